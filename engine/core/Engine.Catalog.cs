using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// daemon-reload: the new files come in, nothing that runs is touched. A unit that is up keeps its
/// definition when its new file is missing or broken, and the row says so; one that is masked keeps
/// it only to be supervised and stopped.
/// </summary>
public sealed partial class Engine
{
    // The client has done it, with its own rights; the record says who and what, in that order.
    private void RecordUnitFiles(ControlRequest request)
    {
        long seq = Out.Request(
            request, accepted: true, $"{request.FileVerb} {TextOf(request)}".TrimEnd());
        foreach (string change in request.Changes)
            Out.UnitFiles(request, new Cause(CauseKind.Request, seq, change));
        Out.Emit(new Effect.ReloadCatalog(request.Id));
    }

    private void ReplaceCatalog(EngineEvent.CatalogReplaced e)
    {
        if (e.Error is { } error)
        {
            Out.Manager(RecordKind.Config, new Cause(CauseKind.Request, 0, $"daemon-reload: {error}"));
            if (e.Request.Value != 0)
                Reply(e.Request, new EngineReply.Refused(ExitCode.Failed, [error]));
            return;
        }

        Catalog = e.Catalog;
        var notes = new List<string>();
        int known = _units.Count;
        int changed = 0;
        for (int i = 0; i < known; i++)
        {
            if (!TakeNewDefinition(_units[i], notes))
                continue;
            changed++;
            if (_units[i].Name.Kind == UnitKind.Service)
                Services.Redefined(_units[i]);
        }

        RelinkUnits(known);
        RelinkJobs(notes);
        RescheduleTimers();
        if (changed > 0)
            Out.Emit(Effect.ApplyResources.Instance);
        Out.Manager(RecordKind.Config, new Cause(CauseKind.Request, 0, FormattableString.Invariant(
            $"daemon-reload: {known} units looked at, {changed} changed")));
        foreach (string note in notes)
            Out.Manager(RecordKind.Config, new Cause(CauseKind.Request, 0, note));
        if (e.Request.Value != 0)
        {
            Reply(e.Request, new EngineReply.Finished(
                default, TransactionWords.Of(TransactionOutcome.Committed), ExitCode.Done, notes));
        }
    }

    // True when the unit has another definition now.
    private bool TakeNewDefinition(UnitRuntime unit, List<string> notes)
    {
        UnitDefinition next = Catalog.Load(unit.Name);
        if (!unit.Definition.AcceptedBy.IsNone)
            next = next with { AcceptedBy = unit.Definition.AcceptedBy };
        UnitDefinition last = unit.Definition;
        if (last.IsFromKernel)
            Out.Touch(unit);
        bool isDown = unit.Active is ActiveState.Inactive or ActiveState.Failed;
        unit.DiskProblem = null;
        if (next.Name != unit.Name)
        {
            // The name has become an alias of another unit; what is here stays what it is.
            if (isDown)
            {
                unit.Definition =
                    next with { Name = unit.Name, LoadState = UnitLoadState.Merged };
                return true;
            }

            unit.DiskProblem = $"{unit.Name} is now an alias of {next.Name}";
            notes.Add($"{unit.DiskProblem}; it keeps its old definition until it is down");
            return false;
        }

        bool changed = !ReferenceEquals(next, last) && IsOther(next, last);
        if (next.LoadState == UnitLoadState.Loaded || isDown)
        {
            unit.Definition = next;
            if (changed && next.LoadState is UnitLoadState.BadSetting or UnitLoadState.Error)
                notes.Add($"{PlanText.LoadProblem(next)}; it cannot be started any more");
            return changed;
        }

        // A mount of the kernel's table never had a file: none is missing now.
        if (next.LoadState == UnitLoadState.NotFound
            && (last.LoadState == UnitLoadState.NotFound || last.IsFromKernel))
            return false;
        unit.DiskProblem = PlanText.LoadProblem(next);
        if (next.LoadState == UnitLoadState.Masked)
        {
            // What runs is supervised on; whoever masked it wants nobody to start it again.
            unit.Definition = last with
            {
                LoadState = UnitLoadState.Masked,
                LoadError = next.LoadError,
            };
            notes.Add($"{unit.DiskProblem}; it is up, and cannot be started again");
            return false;
        }

        notes.Add($"{unit.DiskProblem}; it is up and keeps its old definition");
        return false;
    }

    private static bool IsOther(UnitDefinition next, UnitDefinition last)
    {
        if (next.ContentDigest != last.ContentDigest || next.LoadState != last.LoadState
            || next.FragmentPath != last.FragmentPath
            || next.Dependencies.Count != last.Dependencies.Count)
            return true;
        for (int i = 0; i < next.Dependencies.Count; i++)
        {
            if (next.Dependencies[i] != last.Dependencies[i])
                return true;
        }

        return false;
    }

    private void RelinkUnits(int known)
    {
        for (int i = 0; i < known; i++)
        {
            _units[i].Out.Clear();
            _units[i].In.Clear();
        }

        _byName.Clear();
        for (int i = 0; i < known; i++)
        {
            _byName[_units[i].Name] = _units[i];
        }

        JoinUnits(0);
    }

    // The new files may order installed jobs in a circle: as at boot, the least edge gives way.
    private void RelinkJobs(List<string> notes)
    {
        foreach (UnitJob job in Queue.Jobs)
            Queue.Reset(job);
        var draft = new PlanDraft(new PlanRequest(RequestVerb.Start, [], JobMode.Replace, IsBoot: true));
        Pass6CheckOrder.Run(this, draft);
        notes.AddRange(draft.Dropped);
        Queue.IgnoreOrderOf(draft);
        foreach (UnitJob job in Queue.Jobs)
            Queue.Link(job);
    }
}
