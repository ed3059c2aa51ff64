using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>Counts the starts of each unit in its window, by rows.</summary>
internal sealed class I16StartLimit() : SimulationInvariant(
    "I16", "A unit starts at most StartLimitBurst times within StartLimitIntervalSec.")
{
    private readonly Dictionary<string, List<long>> _starts = new(StringComparer.Ordinal);

    // What a rollback puts back is nobody's wish: it neither counts nor is held back.
    private readonly HashSet<long> _rollingBack = [];
    private readonly HashSet<long> _putBack = [];

    public override void Committed(EngineStep step)
    {
        Follow(step);
        foreach (UnitId id in step.ChangedUnits)
        {
            // One of this name begins anew.
            if (View.Engine.Unit(id) is { HasLeft: true } gone)
                _starts.Remove(gone.Name.Value);
        }
    }

    private void Follow(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Kind == RecordKind.Request && r.From == "reset-failed")
                _starts.Clear();
            else if (r is { Kind: RecordKind.Transaction, To: "rollingBack" })
                _rollingBack.Add(r.Transaction);
            else if (r is { Kind: RecordKind.Transaction, To: "ended" })
                _rollingBack.Remove(r.Transaction);
            else if (r is { Kind: RecordKind.Job, To: "queued" })
                Queued(r);
            else if ((r.Kind == RecordKind.Transition ? IsStart(r) : IsCondition(r))
                && !_putBack.Contains(r.Job))
                Count(r);
        }
    }

    private void Queued(in JournalRecord r)
    {
        if (_rollingBack.Contains(r.Transaction))
            _putBack.Add(r.Job);
        else
            _putBack.Remove(r.Job);
    }

    // With ExecCondition= a start counts from the making of that process; recovery may repeat it.
    private bool IsCondition(in JournalRecord r) =>
        r is { Kind: RecordKind.Process, From: "condition", To: "intended" } && !View.IsRecovering;

    private bool IsStart(in JournalRecord r) =>
        View.World.Catalog.Load(UnitName.Parse(r.Unit ?? "")).Service
            is not { ExecCondition.Count: > 0 }
        && r.From is "dead" or "failed" or "auto-restart" or "condition"
        && r.To is "start-pre" or "start" or "start-post" or "running" or "exited"
            or "start-chown" or "waiting";

    private void Count(in JournalRecord r)
    {
        UnitDefinition unit = View.World.Catalog.Load(UnitName.Parse(r.Unit ?? ""));
        if (unit.StartLimitIntervalUs <= 0 || unit.StartLimitBurst <= 0)
            return;
        if (!_starts.TryGetValue(r.Unit ?? "", out List<long>? times))
            _starts.Add(r.Unit ?? "", times = []);
        long now = r.Time.MonotonicUs;
        times.RemoveAll(t => now - t >= unit.StartLimitIntervalUs);
        times.Add(now);
        if (times.Count > unit.StartLimitBurst)
            Fail($"row {r.Seq}: start {times.Count} of {unit.Name} within"
                + $" {unit.StartLimitIntervalUs} µs"
                + $" (at most {unit.StartLimitBurst})");
    }
}
