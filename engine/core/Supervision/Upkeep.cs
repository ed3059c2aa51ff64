using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// What holds between units without anyone asking (systemd.unit(5)): BindsTo= units go down with
/// what they are bound to, Upholds= brings back, StopWhenUnneeded= lets go, OnFailure= and
/// OnSuccess= start others. Units are looked at again when they change or their job ends, each
/// once, never while they have a job: the plan that made the job has thought of it.
/// </summary>
internal sealed class Upkeep(Engine engine)
{
    private static readonly DependencyKind[] Pins =
    [
        DependencyKind.Requires, DependencyKind.Requisite, DependencyKind.Wants,
        DependencyKind.BindsTo, DependencyKind.Upholds,
    ];

    private const long OrdersIntervalUs = 10_000_000;
    private const int OrdersBurst = 16;

    private readonly Queue<UnitRuntime> _queue = new();
    private readonly HashSet<UnitRuntime> _queued = [];

    // Whose job came to nothing, with the row that says so.
    private readonly Queue<(UnitRuntime Unit, long Seq)> _cameToNothing = new();

    public bool HasWork => _queue.Count + _cameToNothing.Count > 0;

    /// <summary>Marks a unit to be looked at.</summary>
    public void Look(UnitRuntime unit)
    {
        if (_queued.Add(unit))
            _queue.Enqueue(unit);
    }

    /// <summary>Looks at the next marked unit.</summary>
    public void LookNext()
    {
        if (_cameToNothing.TryDequeue(out (UnitRuntime Unit, long Seq) job))
        {
            if (!engine.IsStopping)
            {
                StartAll(
                    job.Unit, DependencyKind.OnFailure, job.Unit.Definition.OnFailureJobMode,
                    job.Seq);
            }

            return;
        }

        UnitRuntime unit = _queue.Dequeue();
        _queued.Remove(unit);
        if (unit.Job is not null || engine.IsStopping)
            return;
        if (IsDown(unit))
            AfterDown(unit);
        else if (IsUp(unit))
            AfterUp(unit);
        engine.TellActivators(unit);
    }

    /// <summary>
    /// A job of the unit ended in a way that leaves the unit as it was: what it needs failed, or
    /// its time was over. To whoever waits for a failure (OnFailure=) that is one, as in systemd.
    /// </summary>
    /// <param name="seq">The row of its end.</param>
    public void JobCameToNothing(UnitRuntime unit, long seq)
    {
        if (unit.Out[DependencyKind.OnFailure].Count > 0)
            _cameToNothing.Enqueue((unit, seq));
    }

    /// <summary>OnFailure= and OnSuccess=, FailureAction= and SuccessAction=.</summary>
    public void Moved(UnitRuntime unit, SubState from, SubState to)
    {
        if (engine.IsStopping)
            return;
        if (to == SubState.Failed)
        {
            StartAll(
                unit, DependencyKind.OnFailure, unit.Definition.OnFailureJobMode, unit.SinceSeq);
            engine.Carry(
                unit.Definition.FailureAction, unit, "FailureAction=",
                unit.Definition.FailureActionExitStatus ?? ExitStatusOf(unit) ?? 1);
        }
        else if (to == SubState.Dead && from is not (SubState.Dead or SubState.Failed)
            && unit.Result == UnitResult.Success && unit.Check == PrepareOutcome.Ready)
        {
            StartAll(
                unit, DependencyKind.OnSuccess, unit.Definition.OnSuccessJobMode, unit.SinceSeq);
            engine.Carry(
                unit.Definition.SuccessAction, unit, "SuccessAction=",
                unit.Definition.SuccessActionExitStatus ?? ExitStatusOf(unit) ?? 0);
        }
    }

    // As a shell has it: what a signal ended counts from 128.
    private static int? ExitStatusOf(UnitRuntime unit) => unit.MainExitKind switch
    {
        ExitKind.Exited => unit.MainExitCode,
        ExitKind.Killed or ExitKind.Dumped => 128 + unit.MainExitCode,
        _ => null,
    };

    /// <summary>
    /// A unit came up without a job (the kernel mounted it): what it needs and wants is started
    /// after the fact, what it conflicts with is stopped.
    /// </summary>
    public void CameUpUnasked(UnitRuntime unit)
    {
        if (engine.IsStopping)
            return;
        StartMissing(unit, DependencyKind.Requires, JobMode.Replace);
        StartMissing(unit, DependencyKind.BindsTo, JobMode.Replace);
        StartMissing(unit, DependencyKind.Wants, JobMode.Fail);
        foreach (UnitEdge edge in unit.Out[DependencyKind.Conflicts])
        {
            if (IsUp(edge.Other) && edge.Other.Job is null)
                Order(RequestVerb.Stop, edge.Other, unit, edge.Declared);
        }
    }

    private void AfterDown(UnitRuntime unit)
    {
        foreach (UnitEdge edge in unit.In[DependencyKind.BindsTo])
        {
            if (edge.Other.Job is null && !IsDown(edge.Other)
                && edge.Other.Active != ActiveState.Deactivating)
                Order(RequestVerb.Stop, edge.Other, unit, edge.Declared);
        }

        foreach (UnitEdge edge in unit.In[DependencyKind.Upholds])
        {
            if (IsUp(edge.Other) && !unit.IsLimited && unit.Job is null)
                Order(RequestVerb.Start, unit, edge.Other, edge.Declared, JobMode.Fail);
        }

        foreach (DependencyKind pin in Pins)
        {
            foreach (UnitEdge edge in unit.Out[pin])
                LetGo(edge.Other);
        }
    }

    private void AfterUp(UnitRuntime unit)
    {
        foreach (UnitEdge edge in unit.Out[DependencyKind.BindsTo])
        {
            if (unit.Job is null && edge.Other.Job is null && IsDown(edge.Other))
                Order(RequestVerb.Stop, unit, edge.Other, edge.Declared);
        }

        foreach (UnitEdge edge in unit.Out[DependencyKind.Upholds])
        {
            if (edge.Other.Job is null && IsDown(edge.Other)
                && !edge.Other.IsLimited)
                Order(RequestVerb.Start, edge.Other, unit, edge.Declared, JobMode.Fail);
        }

        LetGo(unit);
    }

    private void LetGo(UnitRuntime unit)
    {
        if (!unit.Definition.StopWhenUnneeded || unit.Job is not null || !IsUp(unit))
            return;
        foreach (DependencyKind pin in Pins)
        {
            foreach (UnitEdge edge in unit.In[pin])
            {
                if (!IsDown(edge.Other) || edge.Other.Job is not null)
                    return;
            }
        }

        OrderWithinLimit(RequestVerb.Stop, unit,
            new Cause(CauseKind.Dependency, unit.SinceSeq, "StopWhenUnneeded="), JobMode.Fail);
    }

    // The words of OnFailureJobMode=; what would ignore dependencies is taken as replace.
    private void StartAll(
        UnitRuntime unit, DependencyKind kind, string jobMode, long because)
    {
        RequestVerb verb = jobMode == "isolate" ? RequestVerb.Isolate : RequestVerb.Start;
        JobMode mode = jobMode == "fail" ? JobMode.Fail : JobMode.Replace;
        foreach (UnitEdge edge in unit.Out[kind])
        {
            var cause = new Cause(
                CauseKind.Dependency, because, Transaction.PlanText.Edge(edge.Declared));
            if (verb != RequestVerb.Isolate || edge.Other.Definition.AllowIsolate)
            {
                OrderWithinLimit(verb, edge.Other, cause, mode);
                continue;
            }

            engine.Out.Touch(edge.Other);
            engine.Out.Rejected(
                edge.Other, StateWords.Of(edge.Other.Sub),
                Transaction.TransactionWords.Of(verb),
                cause.With($"{cause.Text}: it does not have AllowIsolate=yes"));
        }
    }

    private void StartMissing(UnitRuntime unit, DependencyKind kind, JobMode mode)
    {
        foreach (UnitEdge edge in unit.Out[kind])
        {
            if (IsDown(edge.Other) && edge.Other.Job is null
                && edge.Other.Definition.LoadState == UnitLoadState.Loaded)
                Order(RequestVerb.Start, edge.Other, unit, edge.Declared, mode);
        }
    }

    // Upholding and letting go are not worth destroying what others have asked for; a bond is.
    private void Order(
        RequestVerb verb,
        UnitRuntime unit,
        UnitRuntime because,
        UnitDependency edge,
        JobMode mode = JobMode.Replace) =>
        OrderWithinLimit(verb, unit, new Cause(
            CauseKind.Dependency, because.SinceSeq,
            Transaction.PlanText.Edge(edge)), mode);

    // Two units that undo each other, or one that cannot be started, must not keep the manager busy.
    private void OrderWithinLimit(
        RequestVerb verb, UnitRuntime unit, Cause cause, JobMode mode)
    {
        engine.Out.Touch(unit);
        if (unit.Ordered.TryTake(
            engine.Out.Now.MonotonicUs, OrdersIntervalUs, OrdersBurst, engine.Limits.RateLimitBurst))
        {
            engine.Order(verb, unit, cause, mode);
        }
        else
        {
            engine.Out.Rejected(unit, StateWords.Of(unit.Sub), Transaction.TransactionWords.Of(verb),
                cause.With($"{cause.Text}: ordered too often, left as it is until it changes"));
        }
    }

    private static bool IsDown(UnitRuntime unit) =>
        unit.Active is ActiveState.Inactive or ActiveState.Failed;

    private static bool IsUp(UnitRuntime unit) =>
        unit.Active is ActiveState.Active or ActiveState.Reloading;
}
