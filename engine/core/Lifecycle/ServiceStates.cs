namespace InitTx.Core.Lifecycle;

/// <summary>
/// What a service does on entering a state: appends to the outbox, arms deadlines, cannot fail.
/// </summary>
internal interface IServiceActions
{
    void EnterCondition(UnitRuntime unit);
    void EnterCommands(UnitRuntime unit, ExecRole role);
    void EnterStart(UnitRuntime unit);
    void EnterRunning(UnitRuntime unit);
    void EnterExited(UnitRuntime unit);
    void EnterReload(UnitRuntime unit);

    /// <param name="quietly">The service stops by itself: wait, do not signal.</param>
    void EnterSignalling(UnitRuntime unit, bool quietly);
    void EnterDown(UnitRuntime unit);
    void EnterAutoRestart(UnitRuntime unit);
}

/// <summary>
/// The life of every service, as one Stateless definition (docs/generated/states-service.md is
/// drawn from it). Forks in the road are <see cref="ServicePath"/>'s; a pair of state and trigger
/// that is not here is recorded as rejected.
/// </summary>
internal static class ServiceStates
{
    private static readonly SubState[] Ends = [SubState.Dead, SubState.Failed, SubState.AutoRestart];
    private static readonly SubState[] FinalOn = [SubState.FinalSigterm, .. Ends];
    private static readonly SubState[] StopPostOn = [SubState.StopPost, .. FinalOn];
    private static readonly SubState[] SigtermOn = [SubState.StopSigterm, .. StopPostOn];
    private static readonly SubState[] TimeoutOn =
        [SubState.StopWatchdog, SubState.StopSigkill, .. SigtermOn];
    private static readonly SubState[] StopOn = [SubState.Stop, .. SigtermOn];
    private static readonly SubState[] SettledOn = [SubState.Running, SubState.Exited, .. StopOn];

    public static Lifecycle<ServiceTrigger> Define(
        LifecycleCell cell, IServiceActions actions)
    {
        var machine = cell.NewMachine<ServiceTrigger>();
        var roads = new Roads<ServiceTrigger>(machine, cell);
        Down(machine, roads);
        Starting(machine, roads);
        Up(machine, roads);
        Stopping(machine, roads);
        Entries(machine, cell, actions);
        return machine;
    }

    private static void Down(
        Lifecycle<ServiceTrigger> machine, Roads<ServiceTrigger> roads)
    {
        foreach (SubState state in Ends)
        {
            roads.Fork(state, ServiceTrigger.Start, "first step", ServicePath.FirstStep,
                [SubState.Condition, SubState.StartPre, SubState.Start]);
        }

        machine.Configure(SubState.Dead)
            .Permit(ServiceTrigger.StartRefused, SubState.Failed)
            .Ignore(ServiceTrigger.Stop)
            .Ignore(ServiceTrigger.ProcessesGone)
            .Ignore(ServiceTrigger.ResetFailed);
        machine.Configure(SubState.Failed)
            .Ignore(ServiceTrigger.StartRefused)
            .Ignore(ServiceTrigger.Stop)
            .Ignore(ServiceTrigger.ProcessesGone)
            .Permit(ServiceTrigger.ResetFailed, SubState.Dead);
        machine.Configure(SubState.AutoRestart)
            .Permit(ServiceTrigger.StartRefused, SubState.Failed)
            .Permit(ServiceTrigger.Stop, SubState.Dead)
            .Ignore(ServiceTrigger.ProcessesGone)
            .Ignore(ServiceTrigger.ResetFailed);
    }

    private static void Starting(
        Lifecycle<ServiceTrigger> machine, Roads<ServiceTrigger> roads)
    {
        machine.Configure(SubState.Condition)
            .Permit(ServiceTrigger.ConditionUnmet, SubState.Dead)
            .Permit(ServiceTrigger.StartRefused, SubState.Failed);
        roads.Fork(SubState.Condition, ServiceTrigger.Proceed, "next step",
            ServicePath.AfterCondition, [SubState.StartPre, SubState.Start]);
        machine.Configure(SubState.StartPre).Permit(ServiceTrigger.Proceed, SubState.Start);
        roads.Fork(SubState.Start, ServiceTrigger.Proceed, "next step", ServicePath.AfterStart,
            [SubState.StartPost, .. SettledOn]);
        roads.Fork(SubState.StartPost, ServiceTrigger.Proceed, "outcome", ServicePath.Settled,
            SettledOn);

        ReadOnlySpan<SubState> steps =
            [SubState.Condition, SubState.StartPre, SubState.Start, SubState.StartPost];
        foreach (SubState step in steps)
        {
            roads.Fork(step, ServiceTrigger.StartFailed, "stage", ServicePath.FromSigterm, SigtermOn);
            roads.Fork(step, ServiceTrigger.TimedOut, "stage", ServicePath.AfterStartTimeout,
                TimeoutOn);
            roads.Fork(step, ServiceTrigger.Stop, "stage", ServicePath.FromSigterm, SigtermOn);
        }

        machine.Configure(SubState.StartPost)
            .Permit(ServiceTrigger.WatchdogExpired, SubState.StopWatchdog);
    }

    private static void Up(
        Lifecycle<ServiceTrigger> machine, Roads<ServiceTrigger> roads)
    {
        roads.Fork(SubState.Running, ServiceTrigger.MainEnded, "outcome", ServicePath.Settled,
            [SubState.Exited, .. StopOn]);
        roads.Fork(SubState.Running, ServiceTrigger.BusNameLost, "outcome", ServicePath.Settled,
            [SubState.Exited, .. StopOn]);
        roads.Fork(SubState.Running, ServiceTrigger.Stop, "stage", ServicePath.FromStop, StopOn);
        roads.Fork(SubState.Running, ServiceTrigger.TimedOut, "stage", ServicePath.FromSigterm,
            SigtermOn);
        machine.Configure(SubState.Running)
            .Permit(ServiceTrigger.Reload, SubState.Reload)
            .Permit(ServiceTrigger.StoppingNotified, SubState.StopSigterm)
            .Permit(ServiceTrigger.WatchdogExpired, SubState.StopWatchdog);

        roads.Fork(SubState.Exited, ServiceTrigger.Stop, "stage", ServicePath.FromStop, StopOn);
        machine.Configure(SubState.Exited)
            .Permit(ServiceTrigger.Reload, SubState.Reload)
            .Ignore(ServiceTrigger.ProcessesGone);

        roads.Fork(SubState.Reload, ServiceTrigger.Proceed, "outcome", ServicePath.Settled, SettledOn);
        roads.Fork(SubState.Reload, ServiceTrigger.TimedOut, "outcome", ServicePath.Settled, SettledOn);
        roads.Fork(SubState.Reload, ServiceTrigger.Stop, "stage", ServicePath.FromSigterm, SigtermOn);
        machine.Configure(SubState.Reload)
            .Permit(ServiceTrigger.WatchdogExpired, SubState.StopWatchdog);
    }

    private static void Stopping(
        Lifecycle<ServiceTrigger> machine, Roads<ServiceTrigger> roads)
    {
        roads.Fork(SubState.Stop, ServiceTrigger.Proceed, "stage", ServicePath.FromSigterm, SigtermOn);
        roads.Fork(SubState.Stop, ServiceTrigger.TimedOut, "stage", ServicePath.AfterStopTimeout,
            TimeoutOn);

        // A stop by hand ends the wait for the core dump that the watchdog's signal asked for.
        roads.Fork(SubState.StopWatchdog, ServiceTrigger.Stop, "stage", ServicePath.FromSigterm,
            SigtermOn);
        ReadOnlySpan<SubState> first = [SubState.StopWatchdog, SubState.StopSigterm];
        foreach (SubState state in first)
        {
            roads.Fork(state, ServiceTrigger.ProcessesGone, "stage", ServicePath.FromStopPost,
                StopPostOn);
        }

        roads.Fork(SubState.StopWatchdog, ServiceTrigger.TimedOut, "stage", ServicePath.Killed,
            [SubState.StopSigkill, .. StopPostOn]);
        roads.Fork(SubState.StopSigterm, ServiceTrigger.TimedOut, "stage",
            ServicePath.AfterSigtermTimeout,
            [SubState.StopWatchdog, SubState.StopSigkill, .. StopPostOn]);

        roads.Fork(SubState.StopSigkill, ServiceTrigger.ProcessesGone, "stage",
            ServicePath.FromStopPost, StopPostOn);
        roads.Fork(SubState.StopSigkill, ServiceTrigger.TimedOut, "stage", ServicePath.FromStopPost,
            StopPostOn);
        roads.Fork(SubState.StopPost, ServiceTrigger.Proceed, "stage", ServicePath.FromFinal, FinalOn);
        roads.Fork(SubState.StopPost, ServiceTrigger.TimedOut, "stage",
            ServicePath.AfterStopPostTimeout,
            [SubState.FinalWatchdog, SubState.FinalSigkill, .. FinalOn]);
        ReadOnlySpan<SubState> last =
            [SubState.FinalWatchdog, SubState.FinalSigterm, SubState.FinalSigkill];
        foreach (SubState state in last)
            roads.Fork(state, ServiceTrigger.ProcessesGone, "end", ServicePath.End, Ends);
        roads.Fork(SubState.FinalWatchdog, ServiceTrigger.TimedOut, "stage",
            ServicePath.FinallyKilled, [SubState.FinalSigkill, .. Ends]);
        roads.Fork(SubState.FinalSigterm, ServiceTrigger.TimedOut, "stage",
            ServicePath.AfterFinalTimeout,
            [SubState.FinalWatchdog, SubState.FinalSigkill, .. Ends]);
        roads.Fork(SubState.FinalSigkill, ServiceTrigger.TimedOut, "end", ServicePath.End, Ends);

        ReadOnlySpan<SubState> stopping =
        [
            SubState.Stop, SubState.StopSigterm, SubState.StopSigkill, SubState.StopPost,
            SubState.FinalWatchdog, SubState.FinalSigterm, SubState.FinalSigkill,
        ];
        foreach (SubState state in stopping)
            machine.Configure(state).Ignore(ServiceTrigger.Stop);
    }

    private static void Entries(
        Lifecycle<ServiceTrigger> machine, LifecycleCell cell, IServiceActions actions)
    {
        machine.Configure(SubState.Condition).OnEntry(() => actions.EnterCondition(cell.Unit));
        machine.Configure(SubState.Start).OnEntry(() => actions.EnterStart(cell.Unit));
        machine.Configure(SubState.Running).OnEntry(() => actions.EnterRunning(cell.Unit));
        machine.Configure(SubState.Exited).OnEntry(() => actions.EnterExited(cell.Unit));
        machine.Configure(SubState.Reload).OnEntry(() => actions.EnterReload(cell.Unit));
        machine.Configure(SubState.Dead).OnEntry(() => actions.EnterDown(cell.Unit));
        machine.Configure(SubState.Failed).OnEntry(() => actions.EnterDown(cell.Unit));
        machine.Configure(SubState.AutoRestart).OnEntry(() => actions.EnterAutoRestart(cell.Unit));

        ReadOnlySpan<(SubState State, ExecRole Role)> commands =
        [
            (SubState.StartPre, ExecRole.StartPre), (SubState.StartPost, ExecRole.StartPost),
            (SubState.Stop, ExecRole.Stop), (SubState.StopPost, ExecRole.StopPost),
        ];
        foreach ((SubState state, ExecRole role) in commands)
            machine.Configure(state).OnEntry(() => actions.EnterCommands(cell.Unit, role));

        ReadOnlySpan<SubState> signalling =
        [
            SubState.StopWatchdog, SubState.StopSigterm, SubState.StopSigkill,
            SubState.FinalWatchdog, SubState.FinalSigterm, SubState.FinalSigkill,
        ];
        foreach (SubState state in signalling)
        {
            machine.Configure(state).OnEntryBy(trigger => actions.EnterSignalling(
                cell.Unit, trigger == ServiceTrigger.StoppingNotified));
        }
    }
}
