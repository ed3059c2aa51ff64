namespace InitTx.Core.Lifecycle;

/// <summary>
/// What an automount does on entering a state; appends to the outbox, cannot fail.
/// </summary>
internal interface IAutomountActions
{
    void EnterCondition(UnitRuntime unit);
    void EnterMaking(UnitRuntime unit);
    void EnterWaiting(UnitRuntime unit);
    void EnterUnmaking(UnitRuntime unit);
    void EnterDown(UnitRuntime unit);
}

/// <summary>
/// The life of an automount: <c>mounting</c> while the helper sets the place up, <c>waiting</c>
/// until somebody looks there, <c>running</c> from then on until the mount is gone again,
/// <c>unmounting</c> while the helper takes the place down, which also a failure does.
/// systemd.automount(5) knows no states with the helper at work; drawn in
/// docs/generated/states-automount.md.
/// </summary>
internal static class AutomountStates
{
    public static Lifecycle<AutomountTrigger> Define(LifecycleCell cell, IAutomountActions actions)
    {
        var machine = cell.NewMachine<AutomountTrigger>();
        var roads = new Roads<AutomountTrigger>(machine, cell);
        ReadOnlySpan<SubState> down = [SubState.Dead, SubState.Failed];
        foreach (SubState state in down)
        {
            roads.Fork(state, AutomountTrigger.Start, "first step", FirstStep,
                [SubState.Condition, SubState.Mounting]);
            machine.Configure(state)
                .Ignore(AutomountTrigger.Stop)
                .OnEntry(() => actions.EnterDown(cell.Unit));
        }

        machine.Configure(SubState.Dead)
            .Permit(AutomountTrigger.StartRefused, SubState.Failed)
            .Ignore(AutomountTrigger.ResetFailed);
        machine.Configure(SubState.Failed)
            .Ignore(AutomountTrigger.StartRefused)
            .Permit(AutomountTrigger.ResetFailed, SubState.Dead);
        machine.Configure(SubState.Condition)
            .Permit(AutomountTrigger.Proceed, SubState.Mounting)
            .Permit(AutomountTrigger.ConditionUnmet, SubState.Dead)
            .Permit(AutomountTrigger.StartRefused, SubState.Failed)
            .Permit(AutomountTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterCondition(cell.Unit));

        // Nobody knows how far a helper came that does not answer: what it may have made is taken
        // down.
        machine.Configure(SubState.Mounting)
            .Permit(AutomountTrigger.Made, SubState.Waiting)
            .Permit(AutomountTrigger.NotMade, SubState.Failed)
            .OnEntry(() => actions.EnterMaking(cell.Unit));
        machine.Configure(SubState.Waiting)
            .Permit(AutomountTrigger.MountBegins, SubState.Running)
            .OnEntry(() => actions.EnterWaiting(cell.Unit));
        machine.Configure(SubState.Running)
            .Permit(AutomountTrigger.MountEnded, SubState.Waiting);
        ReadOnlySpan<SubState> up = [SubState.Mounting, SubState.Waiting, SubState.Running];
        foreach (SubState state in up)
        {
            machine.Configure(state)
                .Permit(AutomountTrigger.Failed, SubState.Unmounting)
                .Permit(AutomountTrigger.Stop, SubState.Unmounting);
        }

        roads.Fork(SubState.Unmounting, AutomountTrigger.Gone, "result",
            unit => unit.Result == UnitResult.Success ? SubState.Dead : SubState.Failed,
            [SubState.Dead, SubState.Failed]);
        machine.Configure(SubState.Unmounting)
            .Ignore(AutomountTrigger.Stop)
            .OnEntry(() => actions.EnterUnmaking(cell.Unit));
        return machine;
    }

    private static SubState FirstStep(UnitRuntime unit) =>
        ServicePath.NeedsCheck(unit) ? SubState.Condition : SubState.Mounting;
}
