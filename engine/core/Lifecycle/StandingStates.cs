using InitTx.Units.Model;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// What a unit without processes does on entering a state; appends to the outbox, cannot fail.
/// </summary>
internal interface IStandingActions
{
    void EnterCondition(UnitRuntime unit);
    void EnterUp(UnitRuntime unit);
    void EnterDown(UnitRuntime unit);
}

/// <summary>
/// The life of units that run nothing: targets and slices are active when their start job runs;
/// devices count as plugged on demand, because nothing watches udev yet. Starting a kind that this
/// version does not carry out is refused by its supervisor before a trigger is fired. Drawn in
/// docs/generated/states-target.md.
/// </summary>
internal static class StandingStates
{
    /// <summary>The sub-state in which a unit of this kind is active.</summary>
    public static SubState UpStateOf(UnitKind kind) => kind switch
    {
        UnitKind.Target or UnitKind.Slice or UnitKind.Swap => SubState.Active,
        UnitKind.Device => SubState.Plugged,
        UnitKind.Mount => SubState.Mounted,
        UnitKind.Scope => SubState.Running,
        UnitKind.Service or UnitKind.Socket or UnitKind.Timer or UnitKind.Path
            or UnitKind.Automount =>
            throw Invariant.Unreachable("has its own states"),
        _ => throw Invariant.Unreachable("unit kind"),
    };

    public static Lifecycle<StandingTrigger> Define(
        LifecycleCell cell, IStandingActions actions, UnitKind kind)
    {
        SubState up = UpStateOf(kind);
        var machine = cell.NewMachine<StandingTrigger>();
        var roads = new Roads<StandingTrigger>(machine, cell);
        ReadOnlySpan<SubState> down = [SubState.Dead, SubState.Failed];
        foreach (SubState state in down)
        {
            roads.Fork(state, StandingTrigger.Start, "first step",
                unit => ServicePath.NeedsCheck(unit) ? SubState.Condition : up,
                [SubState.Condition, up]);
            machine.Configure(state)
                .Ignore(StandingTrigger.Stop)
                .OnEntry(() => actions.EnterDown(cell.Unit));
        }

        machine.Configure(SubState.Dead).Ignore(StandingTrigger.ResetFailed);
        machine.Configure(SubState.Failed).Permit(StandingTrigger.ResetFailed, SubState.Dead);
        machine.Configure(SubState.Condition)
            .Permit(StandingTrigger.Proceed, up)
            .Permit(StandingTrigger.ConditionUnmet, SubState.Dead)
            .Permit(StandingTrigger.StartRefused, SubState.Failed)
            .Permit(StandingTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterCondition(cell.Unit));
        machine.Configure(up)
            .Permit(StandingTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterUp(cell.Unit));
        return machine;
    }
}
