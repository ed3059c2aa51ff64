using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>
/// Socket units: opened before their service, watched for traffic while it is down, left alone
/// while it has the descriptors; with Accept=yes watched as long as they are open (Accept); with
/// commands before and behind (Commands).
/// Promises: traffic starts the service at most TriggerLimitBurst= times a
/// TriggerLimitIntervalSec=; stopping the service never closes the socket; the descriptors are
/// open exactly from start-chown's end to the end of ExecStopPre= (SocketPath.IsOpen).
/// </summary>
internal sealed partial class SocketSupervisor(Engine engine)
    : ConditionedSupervisor<SocketTrigger>(engine, Common), ISocketActions, IProcessSupervisor
{
    private static readonly CommonTriggers<SocketTrigger> Common = new(
        SocketTrigger.Proceed, SocketTrigger.ConditionUnmet, SocketTrigger.StartRefused,
        SocketTrigger.Stop, SocketTrigger.ResetFailed);

    /// <inheritdoc/>
    public override string? Start(UnitRuntime unit, Cause cause)
    {
        BeginRun(unit);
        unit.Triggers.Clear();
        if (WhyUnable(unit) is { } why)
        {
            Refuse(unit, UnitResult.Resources, why, cause);
            return why;
        }

        if (!ServicePath.NeedsCheck(unit) && Limited(unit) is { } limit)
            return limit;
        Fire(unit, SocketTrigger.Start, cause);
        return null;
    }

    /// <inheritdoc/>
    protected override void Ready(UnitRuntime unit, Cause cause)
    {
        if (Limited(unit) is null)
            base.Ready(unit, cause);
    }

    /// <inheritdoc/>
    public override void TimedOut(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub == SubState.Condition)
            base.TimedOut(unit, cause);
        else if (unit.Sub == SubState.Listening)
            Out.Emit(new Effect.PollSockets(unit.Id, Enable: true));
        else if (unit.Sub == SubState.StartChown)
            Fail(unit, UnitResult.Timeout, "the sockets could not be opened in time", cause);
        else
            TimeOutCommand(unit, cause);
    }

    /// <inheritdoc/>
    public override void ResetFailed(UnitRuntime unit, Cause cause)
    {
        unit.Triggers.Clear();
        unit.Starts.Clear();
        Out.Touch(unit);
        base.ResetFailed(unit, cause);
    }

    /// <summary>The shell opened the sockets, or could not.</summary>
    public void Opened(UnitRuntime unit, string? error)
    {
        if (unit.Sub is not (SubState.StartChown or SubState.StartPost or SubState.Listening
            or SubState.Running))
            return;
        if (error is not null && unit.Sub == SubState.StartPost)
            EndStartPost(unit, UnitResult.Resources, error, SocketTrigger.Failed, unit.Why);
        else if (error is not null)
            Fail(unit, UnitResult.Resources, error, unit.Why);
        else if (unit.Sub == SubState.StartChown)
            Fire(unit, SocketTrigger.Opened, unit.Why);
        else if (unit.Sub == SubState.Listening)
            Out.Emit(new Effect.PollSockets(unit.Id, Enable: true));
    }

    /// <summary>There is traffic.</summary>
    public void Ready(UnitRuntime unit)
    {
        if (unit.Sub != SubState.Listening)
            return;
        if (IsTriggeredTooOften(unit, Settings(unit)))
            return;

        UnitRuntime service = Engine.GetOrLoad(ServiceOf(unit));
        var cause = new Cause(CauseKind.Socket, unit.SinceSeq, $"traffic on {unit.Name}");
        Fire(unit, SocketTrigger.ServiceBegins, cause);
        if (Engine.Order(RequestVerb.Start, service, cause) is { } refused)
            Fail(unit, UnitResult.Resources, refused, cause);
    }

    // Takes one activation; too many of them are the end of the socket.
    private bool IsTriggeredTooOften(UnitRuntime unit, SocketSettings socket)
    {
        if (unit.Triggers.TryTake(
            Out.Now.MonotonicUs, socket.TriggerLimitIntervalUs, socket.TriggerLimitBurst,
            Engine.Limits.RateLimitBurst))
            return false;
        Fail(unit, UnitResult.TriggerLimitHit,
            FormattableString.Invariant($"activated {socket.TriggerLimitBurst} times within ")
            + Durations.Words(socket.TriggerLimitIntervalUs) + " (TriggerLimitBurst=)",
            new Cause(CauseKind.Limiter, unit.SinceSeq));
        return true;
    }

    /// <summary>The service of a socket changed its state, or a job of it ended.</summary>
    public void ServiceMoved(UnitRuntime socket, UnitRuntime service)
    {
        if (Settings(socket).Accept)
            return;
        if (socket.Sub is not (SubState.Listening or SubState.Running))
            return;
        var cause = new Cause(CauseKind.Dependency, service.SinceSeq);
        if (service.Sub == SubState.Failed
            && service.IsLimited && socket.Sub == SubState.Running)
        {
            Fail(socket, UnitResult.ServiceStartLimitHit,
                $"{service.Name} hit its start limit", cause);
        }
        else if (service.Active is ActiveState.Inactive or ActiveState.Failed)
        {
            if (service.Job is null && socket.Sub == SubState.Running)
                Fire(socket, SocketTrigger.ServiceEnded, cause);
        }
        else if (service.Active is ActiveState.Active or ActiveState.Activating
            && socket.Sub == SubState.Listening)
        {
            Fire(socket, SocketTrigger.ServiceBegins, cause);
        }
    }

    /// <inheritdoc/>
    public override void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        switch (unit.Sub)
        {
            case SubState.StartChown:
                Out.Emit(new Effect.OpenSockets(unit.Id));
                break;
            case SubState.Listening:
                Out.Emit(new Effect.PollSockets(unit.Id, Enable: true));
                break;
            case var state when HasCommands(state):
                if (!isPlanned && IsGivenUp(unit))
                    KillCommand(unit);
                Engine.Follow(unit);
                break;
            case var state when IsSignalling(state):
                // A planned re-exec lost no signal, and what ended meanwhile is told as ever.
                if (!isPlanned)
                    SendStateSignal(unit);
                Engine.Follow(unit);
                break;
            default:
                base.Resume(unit, cause, isPlanned);
                break;
        }
    }

    /// <summary>
    /// The manager came back: what it holds of the unit's sockets is made to fit the state, and all
    /// else goes on.
    /// </summary>
    /// <param name="isOpen">All of the unit's descriptors have survived.</param>
    public void Resume(UnitRuntime unit, Cause cause, bool isPlanned, bool isOpen)
    {
        bool opensAnew = !isOpen && unit.Sub is SubState.StartPost or SubState.Listening
            or SubState.Running;
        if (opensAnew)
            Out.Emit(new Effect.OpenSockets(unit.Id));
        else if (isOpen && unit.Sub != SubState.StartChown && !SocketPath.IsOpen(unit.Sub))
            Out.Emit(new Effect.CloseSockets(unit.Id));
        if (!opensAnew || unit.Sub == SubState.StartPost)
            Resume(unit, cause, isPlanned);
    }

    public void EnterOpening(UnitRuntime unit)
    {
        Out.Emit(new Effect.OpenSockets(unit.Id));
        Engine.ArmState(unit, Settings(unit).TimeoutUs);
    }

    public void EnterListening(UnitRuntime unit) => Out.Emit(new Effect.PollSockets(
        unit.Id, Enable: true, Settings(unit) is { FlushPending: true, Accept: false }));

    public void EnterRunning(UnitRuntime unit) =>
        Out.Emit(new Effect.PollSockets(unit.Id, Enable: false));

    public void EnterDown(UnitRuntime unit)
    {
        unit.PrepareToken = default;
        if (unit.Result == UnitResult.Success)
            unit.FailureText = null;
        _control.Leave(unit);
        Out.Emit(new Effect.CloseSockets(unit.Id));
        KeepNothing(unit);
    }

    private void Fail(UnitRuntime unit, UnitResult result, string why, Cause cause) =>
        Fail(unit, SocketTrigger.Failed, result, why, cause);

    private string? WhyUnable(UnitRuntime unit)
    {
        if (unit.Definition.Socket is not { } socket)
            return unit.Definition.LoadError ?? "the unit has no [Socket] section";
        if (socket.Accept)
            return null;

        // The service would run without these descriptors until its next start.
        UnitRuntime service = Engine.GetOrLoad(ServiceOf(unit));
        return service.Active is ActiveState.Active or ActiveState.Reloading
            ? $"{service.Name} is active already: stop it before its socket is started"
            : null;
    }

    protected override void Fire(UnitRuntime unit, SocketTrigger trigger, Cause cause) =>
        Engine.Lifecycle.Apply(unit, trigger, cause);

    private static SocketSettings Settings(UnitRuntime unit) =>
        unit.Definition.Socket ?? DefaultSettings;

    internal static UnitName ServiceOf(UnitRuntime unit) =>
        Settings(unit).Service is { IsNone: false } name
            ? name
            : unit.Name.WithKind(UnitKind.Service);

    private static readonly SocketSettings DefaultSettings = new();
}
