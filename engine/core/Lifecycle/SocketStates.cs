namespace InitTx.Core.Lifecycle;

/// <summary>What a socket does on entering a state; appends to the outbox, cannot fail.</summary>
internal interface ISocketActions
{
    void EnterCondition(UnitRuntime unit);
    void EnterCommands(UnitRuntime unit, ExecRole role);
    void EnterOpening(UnitRuntime unit);
    void EnterListening(UnitRuntime unit);
    void EnterRunning(UnitRuntime unit);
    void EnterSignalling(UnitRuntime unit);
    void EnterDown(UnitRuntime unit);
}

/// <summary>
/// The life of a socket unit: <c>start-chown</c> while it is opened, <c>listening</c> while InitTx
/// waits for traffic, <c>running</c> while its service has the descriptors, and a state for each
/// list of commands and for the signals that end them (<see cref="SocketPath"/>).
/// systemd.socket(5); drawn in docs/generated/states-socket.md.
/// </summary>
internal static class SocketStates
{
    private static readonly SubState[] Ends = [SubState.Dead, SubState.Failed];
    private static readonly SubState[] FinalOn = [SubState.FinalSigterm, .. Ends];
    private static readonly SubState[] StopPostOn = [SubState.StopPost, .. FinalOn];
    private static readonly SubState[] SigtermOn = [SubState.StopPreSigterm, .. StopPostOn];
    private static readonly SubState[] StopPreOn = [SubState.StopPre, .. StopPostOn];

    public static Lifecycle<SocketTrigger> Define(
        LifecycleCell cell, ISocketActions actions)
    {
        var machine = cell.NewMachine<SocketTrigger>();
        var roads = new Roads<SocketTrigger>(machine, cell);
        Down(machine, roads);
        Starting(machine, roads);
        Up(machine, roads);
        Stopping(machine, roads);
        Entries(machine, cell, actions);
        return machine;
    }

    private static void Down(Lifecycle<SocketTrigger> machine, Roads<SocketTrigger> roads)
    {
        foreach (SubState state in Ends)
        {
            roads.Fork(state, SocketTrigger.Start, "first step", SocketPath.FirstStep,
                [SubState.Condition, SubState.StartPre, SubState.StartChown]);
            machine.Configure(state)
                .Ignore(SocketTrigger.Stop)
                .Ignore(SocketTrigger.ServiceBegins)
                .Ignore(SocketTrigger.ServiceEnded);
        }

        machine.Configure(SubState.Dead)
            .Permit(SocketTrigger.StartRefused, SubState.Failed)
            .Ignore(SocketTrigger.ResetFailed);
        machine.Configure(SubState.Failed)
            .Ignore(SocketTrigger.StartRefused)
            .Permit(SocketTrigger.ResetFailed, SubState.Dead);
    }

    private static void Starting(Lifecycle<SocketTrigger> machine, Roads<SocketTrigger> roads)
    {
        machine.Configure(SubState.Condition)
            .Permit(SocketTrigger.ConditionUnmet, SubState.Dead)
            .Permit(SocketTrigger.StartRefused, SubState.Failed)
            .Permit(SocketTrigger.Stop, SubState.Dead);
        roads.Fork(SubState.Condition, SocketTrigger.Proceed, "next step",
            SocketPath.AfterCondition, [SubState.StartPre, SubState.StartChown]);

        // Nothing was opened: ExecStopPre= and ExecStopPost= have nothing to follow.
        machine.Configure(SubState.StartPre).Permit(SocketTrigger.Proceed, SubState.StartChown);
        roads.Fork(SubState.StartPre, SocketTrigger.Failed, "stage", SocketPath.FromFinal, FinalOn);
        roads.Fork(SubState.StartPre, SocketTrigger.TimedOut, "stage", SocketPath.FromFinal,
            FinalOn);

        roads.Fork(SubState.StartChown, SocketTrigger.Opened, "next step",
            SocketPath.AfterOpening, [SubState.StartPost, SubState.Listening]);
        machine.Configure(SubState.StartPost).Permit(SocketTrigger.Proceed, SubState.Listening);
        roads.Fork(SubState.StartPost, SocketTrigger.TimedOut, "stage", SocketPath.FromStopPre,
            StopPreOn);
        ReadOnlySpan<SubState> opening = [SubState.StartChown, SubState.StartPost];
        foreach (SubState state in opening)
        {
            roads.Fork(state, SocketTrigger.Failed, "stage", SocketPath.FromStopPre, StopPreOn);
        }

        ReadOnlySpan<SubState> steps =
            [SubState.StartPre, SubState.StartChown, SubState.StartPost];
        foreach (SubState step in steps)
        {
            roads.Fork(step, SocketTrigger.Stop, "stage", SocketPath.FromStopPreSigterm, SigtermOn);
        }
    }

    private static void Up(Lifecycle<SocketTrigger> machine, Roads<SocketTrigger> roads)
    {
        machine.Configure(SubState.Listening)
            .Permit(SocketTrigger.ServiceBegins, SubState.Running)
            .Ignore(SocketTrigger.ServiceEnded);
        machine.Configure(SubState.Running)
            .Permit(SocketTrigger.ServiceEnded, SubState.Listening)
            .Ignore(SocketTrigger.ServiceBegins);
        ReadOnlySpan<SubState> up = [SubState.Listening, SubState.Running];
        foreach (SubState state in up)
        {
            roads.Fork(state, SocketTrigger.Failed, "stage", SocketPath.FromStopPre, StopPreOn);
            roads.Fork(state, SocketTrigger.Stop, "stage", SocketPath.FromStopPre, StopPreOn);
        }
    }

    private static void Stopping(Lifecycle<SocketTrigger> machine, Roads<SocketTrigger> roads)
    {
        roads.Fork(SubState.StopPre, SocketTrigger.Proceed, "stage", SocketPath.FromStopPost,
            StopPostOn);
        roads.Fork(SubState.StopPre, SocketTrigger.TimedOut, "stage",
            SocketPath.FromStopPreSigterm, SigtermOn);
        roads.Fork(SubState.StopPreSigterm, SocketTrigger.TimedOut, "stage",
            SocketPath.AfterStopPreSigterm, [SubState.StopPreSigkill, .. StopPostOn]);
        roads.Fork(SubState.StopPreSigkill, SocketTrigger.TimedOut, "stage",
            SocketPath.FromStopPost, StopPostOn);
        ReadOnlySpan<SubState> first = [SubState.StopPreSigterm, SubState.StopPreSigkill];
        foreach (SubState state in first)
        {
            roads.Fork(state, SocketTrigger.ProcessesGone, "stage", SocketPath.FromStopPost,
                StopPostOn);
        }

        roads.Fork(SubState.StopPost, SocketTrigger.Proceed, "stage", SocketPath.FromFinal,
            FinalOn);
        roads.Fork(SubState.StopPost, SocketTrigger.TimedOut, "stage", SocketPath.FromFinal,
            FinalOn);
        roads.Fork(SubState.FinalSigterm, SocketTrigger.TimedOut, "stage",
            SocketPath.AfterFinalSigterm, [SubState.FinalSigkill, .. Ends]);
        roads.Fork(SubState.FinalSigkill, SocketTrigger.TimedOut, "end", SocketPath.End, Ends);
        ReadOnlySpan<SubState> last = [SubState.FinalSigterm, SubState.FinalSigkill];
        foreach (SubState state in last)
            roads.Fork(state, SocketTrigger.ProcessesGone, "end", SocketPath.End, Ends);

        ReadOnlySpan<SubState> all =
        [
            SubState.StopPre, SubState.StopPreSigterm, SubState.StopPreSigkill, SubState.StopPost,
            SubState.FinalSigterm, SubState.FinalSigkill,
        ];
        foreach (SubState state in all)
            machine.Configure(state).Ignore(SocketTrigger.Stop);
    }

    private static void Entries(
        Lifecycle<SocketTrigger> machine, LifecycleCell cell, ISocketActions actions)
    {
        foreach (SubState state in Ends)
            machine.Configure(state).OnEntry(() => actions.EnterDown(cell.Unit));
        machine.Configure(SubState.Condition).OnEntry(() => actions.EnterCondition(cell.Unit));
        machine.Configure(SubState.StartChown).OnEntry(() => actions.EnterOpening(cell.Unit));
        machine.Configure(SubState.Listening).OnEntry(() => actions.EnterListening(cell.Unit));
        machine.Configure(SubState.Running).OnEntry(() => actions.EnterRunning(cell.Unit));
        ReadOnlySpan<(SubState State, ExecRole Role)> commands =
        [
            (SubState.StartPre, ExecRole.StartPre), (SubState.StartPost, ExecRole.StartPost),
            (SubState.StopPre, ExecRole.StopPre), (SubState.StopPost, ExecRole.StopPost),
        ];
        foreach ((SubState state, ExecRole role) in commands)
            machine.Configure(state).OnEntry(() => actions.EnterCommands(cell.Unit, role));

        ReadOnlySpan<SubState> signalling =
        [
            SubState.StopPreSigterm, SubState.StopPreSigkill, SubState.FinalSigterm,
            SubState.FinalSigkill,
        ];
        foreach (SubState state in signalling)
            machine.Configure(state).OnEntry(() => actions.EnterSignalling(cell.Unit));
    }
}
