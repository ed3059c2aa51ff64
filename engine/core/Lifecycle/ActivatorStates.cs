using InitTx.Units.Model;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// What a timer or a path does on entering a state; appends to the outbox, cannot fail.
/// </summary>
internal interface IActivatorActions
{
    void EnterCondition(UnitRuntime unit);
    void EnterWaiting(UnitRuntime unit);
    void EnterRunning(UnitRuntime unit);
    void EnterElapsed(UnitRuntime unit);
    void EnterDown(UnitRuntime unit);
}

/// <summary>
/// The life of units that wait for something and then start another: <c>waiting</c> until it comes,
/// <c>running</c> as long as what they started is up, and for timers <c>elapsed</c> when nothing
/// more is to come. systemd.timer(5), systemd.path(5); drawn in docs/generated/states-timer.md and
/// -path.md.
/// </summary>
internal static class ActivatorStates
{
    public static Lifecycle<ActivatorTrigger> Define(
        LifecycleCell cell, IActivatorActions actions, UnitKind kind)
    {
        var machine = cell.NewMachine<ActivatorTrigger>();
        var roads = new Roads<ActivatorTrigger>(machine, cell);
        bool isTimer = kind == UnitKind.Timer;
        ReadOnlySpan<SubState> down = [SubState.Dead, SubState.Failed];
        foreach (SubState state in down)
        {
            roads.Fork(state, ActivatorTrigger.Start, "first step", FirstStep,
                [SubState.Condition, SubState.Waiting]);
            machine.Configure(state)
                .Ignore(ActivatorTrigger.Stop)
                .OnEntry(() => actions.EnterDown(cell.Unit));
        }

        machine.Configure(SubState.Dead)
            .Permit(ActivatorTrigger.StartRefused, SubState.Failed)
            .Ignore(ActivatorTrigger.ResetFailed);
        machine.Configure(SubState.Failed)
            .Ignore(ActivatorTrigger.StartRefused)
            .Permit(ActivatorTrigger.ResetFailed, SubState.Dead);
        machine.Configure(SubState.Condition)
            .Permit(ActivatorTrigger.Proceed, SubState.Waiting)
            .Permit(ActivatorTrigger.ConditionUnmet, SubState.Dead)
            .Permit(ActivatorTrigger.StartRefused, SubState.Failed)
            .Permit(ActivatorTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterCondition(cell.Unit));
        machine.Configure(SubState.Waiting)
            .Permit(ActivatorTrigger.Fired, SubState.Running)
            .OnEntry(() => actions.EnterWaiting(cell.Unit));
        machine.Configure(SubState.Running)
            .Permit(ActivatorTrigger.UnitEnded, SubState.Waiting)
            .OnEntry(() => actions.EnterRunning(cell.Unit));
        ReadOnlySpan<SubState> up = isTimer
            ? [SubState.Waiting, SubState.Running, SubState.Elapsed]
            : [SubState.Waiting, SubState.Running];
        foreach (SubState state in up)
        {
            machine.Configure(state)
                .Permit(ActivatorTrigger.Failed, SubState.Failed)
                .Permit(ActivatorTrigger.Stop, SubState.Dead);
            if (isTimer && state != SubState.Elapsed)
                roads.Fork(state, ActivatorTrigger.Spent, "rest", Rest,
                    [SubState.Elapsed, SubState.Dead]);
        }

        if (isTimer)
        {
            machine.Configure(SubState.Elapsed)
                .Permit(ActivatorTrigger.UnitEnded, SubState.Waiting)
                .OnEntry(() => actions.EnterElapsed(cell.Unit));
        }

        return machine;
    }

    private static SubState FirstStep(UnitRuntime unit) =>
        ServicePath.NeedsCheck(unit) ? SubState.Condition : SubState.Waiting;

    // OnUnitActiveSec= and OnUnitInactiveSec= may come back by themselves.
    private static SubState Rest(UnitRuntime unit)
    {
        TimerSettings settings = unit.Definition.Timer ?? NoSettings;
        if (settings.RemainAfterElapse)
            return SubState.Elapsed;
        foreach (TimerTrigger trigger in settings.Triggers)
        {
            if (trigger.Base is TimerBase.UnitActive or TimerBase.UnitInactive)
                return SubState.Elapsed;
        }

        return SubState.Dead;
    }

    private static readonly TimerSettings NoSettings = new();
}
