using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Recovery;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// Coming back: join what was recorded (coldplug, exactly as it was), then take in what the shell
/// found (catch-up, as ordinary rows), then ask again for every effect that may have been lost. A
/// planned re-exec loses only answers, a crash also the effects of its last commit.
/// </summary>
public sealed partial class Engine
{
    // Clean-ups of units that went down this shortly before the crash are done again.
    private const long RecentUs = 2_000_000;

    private readonly UnitSignals _signals;

    private void JoinRestored(Restoration into)
    {
        foreach ((Deadline deadline, long dueUs) in into.Deadlines)
            Deadlines.Set(deadline, dueUs);
        JoinParts(into);
        JoinJobs(into);
        JoinProcesses(into);
        foreach (TransactionRuntime transaction in Book.Open)
            EndOrphanedParts(transaction);
        JoinInstances(into);
        var notes = new List<string>();
        RelinkJobs(notes);
        into.Problems.AddRange(notes);
        foreach (TransactionRuntime transaction in Book.Open)
            Book.Installed(transaction);
    }

    private void JoinParts(Restoration into)
    {
        foreach ((TransactionId id, TransactionJob part) in into.Parts)
        {
            if (Book.Find(id) is not { IsOpen: true } transaction)
                continue;
            transaction.JobList.Add(part);
            part.Runtime.Parts.Add((transaction, part));
            if (part.Result == JobResult.None)
                transaction.Remaining++;
        }

        foreach (TransactionRuntime transaction in Book.Open)
            transaction.JobList.Sort(InOrder);
    }

    // As they were installed: the plan by unit, then the compensating plan by unit.
    private static int InOrder(TransactionJob a, TransactionJob b) =>
        a.IsCompensation != b.IsCompensation
            ? a.IsCompensation.CompareTo(b.IsCompensation)
            : a.Unit.CompareTo(b.Unit);

    private void JoinJobs(Restoration into)
    {
        into.Jobs.Sort(static (a, b) => a.Job.Id.Value.CompareTo(b.Job.Id.Value));
        long last = 0;
        foreach ((UnitRuntime unit, RecordedJob recorded) in into.Jobs)
        {
            if (recorded.Id.Value <= last || recorded.Id.Value > _lastJob)
            {
                into.Problems.Add($"{unit.Name}: the number of its job is not its own");
                continue;
            }

            last = recorded.Id.Value;
            var job = new UnitJob(recorded.Id, unit, recorded.Kind)
            {
                AskedKind = recorded.AskedKind,
                PutsBack = recorded.PutsBack,
                Verb = recorded.Verb,
                Consent = recorded.Consent,
                Queued = recorded.Queued,
                Begun = recorded.Begun,
                Seq = recorded.Seq,
            };
            foreach (TransactionId id in recorded.Owners)
            {
                if (Book.Find(id) is { IsOpen: true } owner && !job.OwnerList.Contains(owner))
                    job.OwnerList.Add(owner);
            }

            Queue.Add(job);
            Queue.SetRunning(job, recorded.IsRunning);
            if (recorded.DueUs != Deadline.Never)
            {
                job.Deadline = new Deadline(DeadlineKind.Job, job);
                Deadlines.Set(job.Deadline, recorded.DueUs);
            }
        }
    }

    private void JoinProcesses(Restoration into)
    {
        for (int i = 0; i < _units.Count; i++)
        {
            UnitRuntime unit = _units[i];
            if (unit.Sub == SubState.Failed)
                _failedUnits++;
            if (unit.PrepareToken.Value != 0)
                _asked[unit.PrepareToken.Value] = unit;
            if (!unit.MainProcess.IsNone && !Processes.TryAdd(unit.MainProcess, unit))
            {
                into.Problems.Add($"{unit.Name}: its main process is another unit's");
                (unit.MainProcess, unit.MainToken) = (default, default);
            }

            if (!unit.ControlProcess.IsNone && !Processes.TryAdd(unit.ControlProcess, unit))
            {
                into.Problems.Add($"{unit.Name}: its control process is another unit's");
                (unit.ControlProcess, unit.ControlToken) = (default, default);
            }

            if (unit.MainToken.Value != 0)
                Processes.Expect(unit.MainToken, unit, ExecRole.Main);
            if (unit.ControlToken.Value != 0)
                Processes.Expect(unit.ControlToken, unit, unit.ControlRole);
        }
    }

    // A part whose job is not there would keep its transaction open for ever.
    private static void EndOrphanedParts(TransactionRuntime transaction)
    {
        foreach (TransactionJob part in transaction.JobList)
        {
            if (part.Result != JobResult.None)
                continue;
            if (part.Runtime.Job is { } job && job.Id == part.Job)
            {
                if (!job.OwnerList.Contains(transaction))
                    job.OwnerList.Add(transaction);
                continue;
            }

            part.Result = JobResult.Canceled;
            part.Text = "its job was not recorded";
            transaction.Remaining--;
        }
    }

    private void Recover(RecoveryFacts facts)
    {
        if (facts.ExpectedHeadSeq >= Out.NextSeq && facts.ExpectedHeadSeq < long.MaxValue / 2)
        {
            long missing = facts.ExpectedHeadSeq - Out.NextSeq + 1;
            Out.NextSeq = facts.ExpectedHeadSeq + 1;
            Out.Manager(RecordKind.Gap, new Cause(CauseKind.Recovery, 0,
                FormattableString.Invariant($"{missing} rows are missing before this one")));
        }

        LoadPerpetual();
        bool isPlanned = facts.Kind == RecordKind.Reexec;

        // Counted from the last change before the crash: units change anew from here on, and how
        // long the manager (or with it the machine) was away does not matter.
        long recent = LastChangeUs() - RecentUs;
        long seq = Out.Manager(facts.Kind, new Cause(CauseKind.Recovery, 0, facts.Text));
        var cause = new Cause(CauseKind.Recovery, seq);
        foreach (UnitRuntime unit in RecordedByName())
            ResumeFreezer(unit, isPlanned, recent);
        ResolveSlots(facts);
        foreach (ProcessIdentity process in facts.Lost)
        {
            if (Processes.OwnerOf(process) is { } unit)
                ProcessesOf(unit).Lost(unit, process);
        }

        foreach (UnitRuntime unit in RecordedByName())
        {
            Resume(unit, cause, facts, isPlanned, recent);

            // What was ordered or refused before a planned re-exec is not thought of again.
            if (!isPlanned)
                Upkeep.Look(unit);
        }

        foreach (UnitRuntime unit in _units)
            MayHaveEnded(unit);
        CompareClock();
        foreach (UnitJob job in JobsNow())
        {
            if (job.IsRunning && !job.HasEnded)
                Runner.UnitMoved(job.Unit, SubState.Reload, job.Unit.Sub);
        }

        AwaitClients();
        if (_stage is { } stage)
            Out.Emit(new Effect.Shutdown(stage, _shutdown!.Value, _shutdownArgument));
        else if (_shutdown is not null && Book.Find(_shutdownTransaction) is not { IsOpen: true })
            EnterStage(ShutdownStage.TerminateAll);
    }

    private void ResolveSlots(RecoveryFacts facts)
    {
        var open = new List<(UnitRuntime Unit, SpawnToken Token)>();
        foreach (UnitRuntime unit in RecordedByName())
        {
            if (unit.MainToken.Value != 0 && unit.MainProcess.IsNone)
                open.Add((unit, unit.MainToken));
            if (unit.ControlToken.Value != 0 && unit.ControlProcess.IsNone)
                open.Add((unit, unit.ControlToken));
        }

        var found = new HashSet<ulong>();
        foreach (SlotFinding slot in facts.Slots)
        {
            if (!found.Add(slot.Token.Value))
                continue;
            if (!Processes.TryFind(slot.Token, out UnitRuntime unit, out _))
                EndUnwanted(slot);
            else if (slot.Process.IsNone)
                ProcessesOf(unit).DidNotRun(unit, slot.Token);
            else
                ProcessesOf(unit).FoundAlive(unit, slot.Token, slot.Process, slot.Executed);
        }

        // No slot: the intent was committed, but the manager ended before it made one.
        foreach ((UnitRuntime unit, SpawnToken token) in open)
        {
            if (!found.Contains(token.Value))
                ProcessesOf(unit).DidNotRun(unit, token);
        }
    }

    // Its intent was given up before anybody heard that it lives; as a late result of a spawn.
    private void EndUnwanted(SlotFinding slot)
    {
        if (slot.Process.IsNone || slot.Unit.IsNone || Processes.OwnerOf(slot.Process) is not null)
            return;
        _signals.SendToGivenUp(GetOrLoad(slot.Unit), slot.Token, slot.Process);
    }

    private void Resume(
        UnitRuntime unit, Cause cause, RecoveryFacts facts, bool isPlanned, long recent)
    {
        switch (unit.Name.Kind)
        {
            case UnitKind.Service when unit.Active is ActiveState.Inactive or ActiveState.Failed
                || unit.Sub == SubState.AutoRestart:
                if (!isPlanned && unit.Since.MonotonicUs >= recent)
                    Services.ResumeDown(unit);
                break;
            case UnitKind.Service:
                Services.Resume(unit, cause, isPlanned);
                break;
            case UnitKind.Mount or UnitKind.Swap
                when unit.Active is ActiveState.Inactive or ActiveState.Failed:
                if (!isPlanned && unit.Since.MonotonicUs >= recent)
                    Mounts.ResumeDown(unit);
                break;
            case UnitKind.Socket:
                Sockets.Resume(
                    unit, cause, isPlanned, Contains(facts.OpenSockets, unit.Name));
                if (!isPlanned && unit.Since.MonotonicUs >= recent
                    && unit.Active is ActiveState.Inactive or ActiveState.Failed)
                    Sockets.ResumeDown(unit);
                break;
            case UnitKind.Automount when unit.Sub is SubState.Waiting or SubState.Running
                && !Contains(facts.OpenAutomounts, unit.Name):
                Automounts.Lost(unit, cause,
                    "the pipe of its autofs did not survive the restart of the manager");
                break;
            case UnitKind.Automount when unit.Active is ActiveState.Inactive or ActiveState.Failed
                && Contains(facts.OpenAutomounts, unit.Name):
                Automounts.Left(unit);
                break;
            default:
                SupervisorOf(unit).Resume(unit, cause, isPlanned);
                break;
        }
    }

    private List<UnitRuntime> RecordedByName()
    {
        var units = new List<UnitRuntime>();
        foreach (UnitRuntime unit in _units)
        {
            if (unit.IsRecorded)
                units.Add(unit);
        }

        units.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        return units;
    }

    private List<UnitJob> JobsNow() => [.. Queue.Jobs];

    private long LastChangeUs()
    {
        long last = 0;
        foreach (UnitRuntime unit in _units)
            last = Math.Max(last, unit.Since.MonotonicUs);
        return last;
    }

    private static bool Contains(IReadOnlyList<UnitName> names, UnitName name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return true;
        }

        return false;
    }
}
