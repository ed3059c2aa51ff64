namespace InitTx.Core.Lifecycle;

/// <summary>What a socket does on entering a state; appends to the outbox, cannot fail.</summary>
internal interface ISocketActions
{
    void EnterCondition(UnitRuntime unit);
    void EnterOpening(UnitRuntime unit);
    void EnterListening(UnitRuntime unit);
    void EnterRunning(UnitRuntime unit);
    void EnterDown(UnitRuntime unit);
}

/// <summary>
/// The life of a listening socket unit (Accept=no): <c>start-chown</c> while it is opened,
/// <c>listening</c> while InitTx waits for traffic, <c>running</c> while its service has the
/// descriptors. systemd.socket(5); drawn in docs/generated/states-socket.md.
/// </summary>
internal static class SocketStates
{
    public static Lifecycle<SocketTrigger> Define(
        LifecycleCell cell, ISocketActions actions)
    {
        var machine = cell.NewMachine<SocketTrigger>();
        var roads = new Roads<SocketTrigger>(machine, cell);
        ReadOnlySpan<SubState> down = [SubState.Dead, SubState.Failed];
        foreach (SubState state in down)
        {
            roads.Fork(state, SocketTrigger.Start, "first step", FirstStep,
                [SubState.Condition, SubState.StartChown]);
            machine.Configure(state)
                .Ignore(SocketTrigger.Stop)
                .Ignore(SocketTrigger.ServiceBegins)
                .Ignore(SocketTrigger.ServiceEnded)
                .OnEntry(() => actions.EnterDown(cell.Unit));
        }

        machine.Configure(SubState.Dead)
            .Permit(SocketTrigger.StartRefused, SubState.Failed)
            .Ignore(SocketTrigger.ResetFailed);
        machine.Configure(SubState.Failed)
            .Ignore(SocketTrigger.StartRefused)
            .Permit(SocketTrigger.ResetFailed, SubState.Dead);
        machine.Configure(SubState.Condition)
            .Permit(SocketTrigger.ConditionUnmet, SubState.Dead)
            .Permit(SocketTrigger.StartRefused, SubState.Failed)
            .Permit(SocketTrigger.Proceed, SubState.StartChown)
            .Permit(SocketTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterCondition(cell.Unit));
        machine.Configure(SubState.StartChown)
            .Permit(SocketTrigger.Opened, SubState.Listening)
            .Permit(SocketTrigger.Failed, SubState.Failed)
            .Permit(SocketTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterOpening(cell.Unit));
        machine.Configure(SubState.Listening)
            .Permit(SocketTrigger.ServiceBegins, SubState.Running)
            .Ignore(SocketTrigger.ServiceEnded)
            .Permit(SocketTrigger.Failed, SubState.Failed)
            .Permit(SocketTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterListening(cell.Unit));
        machine.Configure(SubState.Running)
            .Permit(SocketTrigger.ServiceEnded, SubState.Listening)
            .Ignore(SocketTrigger.ServiceBegins)
            .Permit(SocketTrigger.Failed, SubState.Failed)
            .Permit(SocketTrigger.Stop, SubState.Dead)
            .OnEntry(() => actions.EnterRunning(cell.Unit));
        return machine;
    }

    private static SubState FirstStep(UnitRuntime unit) =>
        ServicePath.NeedsCheck(unit) ? SubState.Condition : SubState.StartChown;
}
