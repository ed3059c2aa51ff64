using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// What follows from a change, until nothing is left: first the moves are judged (jobs end, sockets
/// hear of their services), then units go on that had nothing to wait for, then free jobs run, then
/// transactions end, and only when all is quiet the upkeep looks. Each round does one thing, so the
/// order never depends on the depth of a call.
/// </summary>
public sealed partial class Engine
{
    private readonly Queue<(UnitRuntime Unit, SubState From, SubState To)> _moves = new();
    private readonly Queue<UnitRuntime> _following = new();
    private readonly List<UnitRuntime> _idle = [];
    private readonly Dictionary<ulong, UnitRuntime> _asked = [];
    private int _failedUnits;

    private bool HasWork => _moves.Count > 0 || _following.Count > 0 || Queue.HasReady
        || Book.HasGivenUp || Book.HasFinishing || Upkeep.HasWork || _perhapsEnded.Count > 0;

    /// <summary>The unit goes on by itself: its state has nothing to wait for.</summary>
    internal void Follow(UnitRuntime unit) => _following.Enqueue(unit);

    /// <summary>True when a change of this unit has not been judged yet.</summary>
    internal bool HasMoved(UnitRuntime unit)
    {
        foreach ((UnitRuntime moved, _, _) in _moves)
        {
            if (moved == unit)
                return true;
        }

        return false;
    }

    /// <summary>Type=idle may run: no job but those of waiting idle services is busy.</summary>
    internal bool IsIdle(UnitRuntime asking)
    {
        if (!_idle.Contains(asking))
            _idle.Add(asking);
        return OnlyIdleJobsRun();
    }

    /// <summary>Asks the prepare helper for the unit's present start.</summary>
    internal void AskPrepare(UnitRuntime unit, bool restart)
    {
        unit.PrepareToken = new PrepareToken(++_lastToken);
        _asked[unit.PrepareToken.Value] = unit;
        Out.Touch(unit);
        Out.Emit(new Effect.Prepare(unit.PrepareToken, unit.Id, restart));
        ArmState(unit, Limits.PrepareTimeoutUs);
    }

    /// <summary>
    /// Asks once more after the answer was lost. A planned re-exec takes no time from the helper
    /// and gives it none: the deadline stays.
    /// </summary>
    internal void AskPrepareAgain(UnitRuntime unit, bool restart, bool isPlanned)
    {
        long due = unit.DeadlineUs;
        AskPrepare(unit, restart);
        if (isPlanned && due != Deadline.Never)
            Deadlines.Set(unit.StateDeadline, due);
    }

    internal void ArmState(UnitRuntime unit, long spanUs)
    {
        long now = Out.Now.MonotonicUs;
        Deadlines.Set(unit.StateDeadline,
            spanUs >= ServiceSettings.Infinity - now ? Deadline.Never : now + spanUs);
    }

    internal PrepareToken NewLookToken() => new(++_lastToken);

    internal SpawnToken NewSpawnToken(UnitRuntime unit, ExecRole role)
    {
        var token = new SpawnToken(++_lastToken);
        Processes.Expect(token, unit, role);
        return token;
    }

    internal JobId NewJobId() => new(++_lastJob);

    private void Moved(UnitRuntime unit, SubState from, SubState to)
    {
        Deadlines.Disarm(unit.StateDeadline);
        if (to is not (SubState.StartPost or SubState.Running or SubState.Reload))
            Deadlines.Disarm(unit.WatchdogDeadline);
        if (to == SubState.Failed)
            _failedUnits++;
        if (from == SubState.Failed)
            _failedUnits--;
        if (StateWords.ActiveOf(to) == ActiveState.Active
            && StateWords.ActiveOf(from) is not (ActiveState.Active or ActiveState.Reloading))
            unit.ActiveSince = Out.Now;
        _moves.Enqueue((unit, from, to));
    }

    private void Settle()
    {
        for (int i = 0; i < Limits.WorkPerEvent; i++)
        {
            if (_moves.TryDequeue(out (UnitRuntime Unit, SubState From, SubState To) move))
                Judge(move.Unit, move.From, move.To);
            else if (_following.TryDequeue(out UnitRuntime? unit))
                Continue(unit);
            else if (Book.HasGivenUp)
                Book.GiveUpNext();
            else if (Queue.TryTakeReady(out UnitJob job))
                Runner.Run(job);
            else if (Book.HasFinishing)
                Book.FinishNext();
            else if (Upkeep.HasWork)
                Upkeep.LookNext();
            else if (_perhapsEnded.TryDequeue(out UnitRuntime? instance))
                LookAtInstance(instance);
            else if (!ReleaseIdle())
                return;
        }
    }

    private void Continue(UnitRuntime unit)
    {
        if (unit.Name.Kind == UnitKind.Service)
            Services.Continue(unit);
        else if (unit.Name.Kind == UnitKind.Socket)
            Sockets.Continue(unit);
        else
            Mounts.Continue(unit);
    }

    private void Judge(UnitRuntime unit, SubState from, SubState to)
    {
        bool isUnasked = unit.Job is null && (unit.Name.Kind is UnitKind.Mount or UnitKind.Swap)
            && _hasBooted && StateWords.ActiveOf(to) == ActiveState.Active
            && StateWords.ActiveOf(from) is ActiveState.Inactive or ActiveState.Failed;
        Runner.UnitMoved(unit, from, to);
        Book.UnitMoved(unit, to);
        if (isUnasked)
            Upkeep.CameUpUnasked(unit);
        TellActivators(unit);
        Upkeep.Moved(unit, from, to);
        Upkeep.Look(unit);
        MayHaveEnded(unit);
    }

    private bool ReleaseIdle()
    {
        if (_idle.Count == 0 || !OnlyIdleJobsRun())
            return false;

        // By name: in which order they came to wait is not on record.
        _idle.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        foreach (UnitRuntime unit in _idle)
            Services.ReleaseIdle(unit);
        _idle.Clear();
        return true;
    }

    private bool OnlyIdleJobsRun()
    {
        foreach (UnitJob job in Queue.Jobs)
        {
            bool waitsForIdle = job.Unit.Sub == SubState.Start
                && job.Unit.Definition.Service is { Type: ServiceType.Idle };
            if (job.IsRunning && !waitsForIdle)
                return false;
            if (!job.IsRunning && job.Unmet == 0)
                return false;
        }

        return true;
    }

    /// <summary>The delay of an automatic restart is over.</summary>
    internal void RestartDue(UnitRuntime unit, Cause cause)
    {
        // That is what becomes of the unit when its turn comes; should the job come to nothing, the
        // delay begins anew.
        if (unit.Job is { Kind: JobKind.Stop or JobKind.Restart })
        {
            Out.Touch(unit);
            return;
        }

        if (!RestartNeedsPlan(unit))
        {
            Services.RestartNow(unit, cause);
            return;
        }

        if (Order(RequestVerb.Restart, unit, cause) is not null)
            Services.RestartNow(unit, cause);
    }

    // A plan would hold nothing but this start when what it needs is up, nobody depends on it and
    // no job is there to wait for; then it is made without one: a crash costs no planning.
    private static bool RestartNeedsPlan(UnitRuntime unit)
    {
        foreach ((DependencyKind kind, _) in Transaction.Pass2FindUnusable.Pulls)
        {
            foreach (UnitEdge edge in unit.Out[kind])
            {
                if (kind is not (DependencyKind.Wants or DependencyKind.Upholds)
                    && !Transaction.Pass2FindUnusable.Ignorable(edge.Declared, edge.Other)
                    && edge.Other.Active is not (ActiveState.Active or ActiveState.Reloading))
                    return true;
            }
        }

        foreach (UnitEdge edge in unit.Out[DependencyKind.After])
        {
            if (edge.Other.Job is not null)
                return true;
        }

        return HasDependents(unit);
    }

    private static bool HasDependents(UnitRuntime unit)
    {
        ReadOnlySpan<DependencyKind> kinds =
        [
            DependencyKind.Requires, DependencyKind.Requisite, DependencyKind.BindsTo,
            DependencyKind.PartOf,
        ];
        foreach (DependencyKind kind in kinds)
        {
            foreach (UnitEdge edge in unit.In[kind])
            {
                if (edge.Other.Active is not (ActiveState.Inactive or ActiveState.Failed))
                    return true;
            }
        }

        return false;
    }
}
