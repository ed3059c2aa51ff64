using InitTx.Core.Supervision;
using InitTx.Units.Model;
using Stateless;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// Hears of every change of state, after its row is written and before the entry action.
/// </summary>
internal interface ILifecycleObserver
{
    void OnMoved(UnitRuntime unit, SubState from, SubState to, Cause cause);
}

/// <summary>
/// The only door to the state machines. Promises:
/// <list type="number">
/// <item>a unit's sub-state changes here and nowhere else (recovery restores it, and says so);</item>
/// <item>each change writes exactly one Transition row, each refusal exactly one Rejected row;</item>
/// <item>one machine per unit type, shared: per unit there is nothing but its own state;</item>
/// <item>entry actions only append to the outbox and never fire.</item>
/// </list>
/// </summary>
internal sealed class UnitLifecycle
{
    private readonly LifecycleCell _cell = new();
    private readonly Outbox _outbox;
    private readonly ILifecycleObserver _observer;
    private readonly IServiceActions _serviceActions;
    private readonly ISocketActions _socketActions;
    private readonly IStandingActions _standingActions;
    private readonly IActivatorActions _timerActions;
    private readonly IActivatorActions _pathActions;
    private readonly IMountActions _mountActions;
    private readonly IAutomountActions _automountActions;

    // Made when a unit of the type first moves: a machine costs about half a millisecond.
    private readonly StateMachine<SubState, byte>?[] _standing =
        new StateMachine<SubState, byte>?[(int)UnitKind.Scope + 1];

    private StateMachine<SubState, byte>? _automounts;
    private StateMachine<SubState, byte>? _mounts;
    private StateMachine<SubState, byte>? _swaps;
    private StateMachine<SubState, byte>? _timers;
    private StateMachine<SubState, byte>? _paths;
    private StateMachine<SubState, byte>? _services;
    private StateMachine<SubState, byte>? _sockets;
    private Cause _cause;
    private bool _rejected;

    public UnitLifecycle(
        Outbox outbox,
        ILifecycleObserver observer,
        IServiceActions services,
        ISocketActions sockets,
        IStandingActions standing,
        IActivatorActions timers,
        IActivatorActions paths,
        IMountActions mounts,
        IAutomountActions automounts)
    {
        _outbox = outbox;
        _observer = observer;
        _serviceActions = services;
        _socketActions = sockets;
        _standingActions = standing;
        _timerActions = timers;
        _pathActions = paths;
        _mountActions = mounts;
        _automountActions = automounts;
    }

    /// <summary>Fires; false when the machine did not take it, which is then on record.</summary>
    public bool Apply(UnitRuntime unit, ServiceTrigger trigger, Cause cause)
    {
        Invariant.Require(unit.Name.Kind == UnitKind.Service, "service triggers go to services");
        _services ??= Watched(
            ServiceStates.Define(_cell, _serviceActions), TriggerWords.OfService);
        return Fire(_services, unit, (byte)trigger, cause);
    }

    /// <inheritdoc cref="Apply(UnitRuntime, ServiceTrigger, Cause)"/>
    public bool Apply(UnitRuntime unit, SocketTrigger trigger, Cause cause)
    {
        Invariant.Require(unit.Name.Kind == UnitKind.Socket, "socket triggers go to sockets");
        _sockets ??= Watched(SocketStates.Define(_cell, _socketActions), TriggerWords.OfSocket);
        return Fire(_sockets, unit, (byte)trigger, cause);
    }

    /// <inheritdoc cref="Apply(UnitRuntime, ServiceTrigger, Cause)"/>
    public bool Apply(UnitRuntime unit, StandingTrigger trigger, Cause cause)
    {
        Invariant.Require(
            unit.Name.Kind is not (UnitKind.Service or UnitKind.Socket or UnitKind.Timer
                or UnitKind.Path or UnitKind.Mount or UnitKind.Swap or UnitKind.Automount),
            "standing triggers go to units that run nothing");
        UnitKind kind = unit.Name.Kind;
        StateMachine<SubState, byte> machine = _standing[(int)kind] ??= Watched(
            StandingStates.Define(_cell, _standingActions, kind), TriggerWords.OfStanding);
        return Fire(machine, unit, (byte)trigger, cause);
    }

    /// <inheritdoc cref="Apply(UnitRuntime, ServiceTrigger, Cause)"/>
    public bool Apply(UnitRuntime unit, ActivatorTrigger trigger, Cause cause)
    {
        bool isTimer = unit.Name.Kind == UnitKind.Timer;
        Invariant.Require(
            isTimer || unit.Name.Kind == UnitKind.Path, "for units that start another in time");
        StateMachine<SubState, byte> machine = isTimer
            ? _timers ??= Watched(
                ActivatorStates.Define(_cell, _timerActions, UnitKind.Timer),
                TriggerWords.OfActivator)
            : _paths ??= Watched(
                ActivatorStates.Define(_cell, _pathActions, UnitKind.Path),
                TriggerWords.OfActivator);
        return Fire(machine, unit, (byte)trigger, cause);
    }

    /// <inheritdoc cref="Apply(UnitRuntime, ServiceTrigger, Cause)"/>
    public bool Apply(UnitRuntime unit, MountTrigger trigger, Cause cause)
    {
        bool isMount = unit.Name.Kind == UnitKind.Mount;
        Invariant.Require(
            isMount || unit.Name.Kind == UnitKind.Swap, "for entries of the kernel's tables");
        StateMachine<SubState, byte> machine = isMount
            ? _mounts ??= Watched(
                MountStates.Define(_cell, _mountActions, UnitKind.Mount), TriggerWords.OfMount)
            : _swaps ??= Watched(
                MountStates.Define(_cell, _mountActions, UnitKind.Swap), TriggerWords.OfMount);
        return Fire(machine, unit, (byte)trigger, cause);
    }

    /// <inheritdoc cref="Apply(UnitRuntime, ServiceTrigger, Cause)"/>
    public bool Apply(UnitRuntime unit, AutomountTrigger trigger, Cause cause)
    {
        Invariant.Require(
            unit.Name.Kind == UnitKind.Automount, "automount triggers go to automounts");
        _automounts ??= Watched(
            AutomountStates.Define(_cell, _automountActions), TriggerWords.OfAutomount);
        return Fire(_automounts, unit, (byte)trigger, cause);
    }

    private bool Fire(
        StateMachine<SubState, byte> machine, UnitRuntime unit, byte trigger, Cause cause)
    {
        _cell.Enter(unit);
        _cause = cause;
        _rejected = false;
        try
        {
            machine.Fire(trigger);
            return !_rejected;
        }
        finally
        {
            _cell.Leave();
        }
    }

    private StateMachine<SubState, byte> Watched<TTrigger>(
        Lifecycle<TTrigger> lifecycle, string[] words)
        where TTrigger : struct, Enum
    {
        StateMachine<SubState, byte> machine = lifecycle.Machine;
        machine.OnTransitioned(t => Moved(t.Source, t.Destination));
        machine.OnUnhandledTrigger((state, trigger) => Reject(state, words[trigger]));
        return machine;
    }

    private void Moved(SubState from, SubState to)
    {
        UnitRuntime unit = _cell.Unit;
        _outbox.Touch(unit);
        Cause why = to == SubState.AutoRestart && _cause.Text is null
            ? _cause.With(RestartPolicy.Words(unit))
            : _cause;
        long seq = _outbox.Transition(unit, from, to, why);
        unit.Since = _outbox.Now;
        unit.SinceSeq = seq;
        bool wasDown = IsDown(from);
        if (wasDown != IsDown(to))
            (unit.Began, unit.Ended) = wasDown
                ? (_outbox.Now, unit.Ended)
                : (unit.Began, _outbox.Now);
        if (IsAtRest(from) && !IsAtRest(to))
            unit.ActivationSeq = seq;
        unit.Why = new Cause(_cause.Kind, seq);
        _observer.OnMoved(unit, from, to, unit.Why);
    }

    // systemd's "inactive": the delay before an automatic restart belongs to the activation.
    private static bool IsDown(SubState state) => state is SubState.Dead or SubState.Failed;

    private static bool IsAtRest(SubState state) =>
        state is SubState.Dead or SubState.Failed or SubState.AutoRestart;

    private void Reject(SubState state, string trigger)
    {
        _rejected = true;
        _outbox.TouchEngine();
        _outbox.Rejected(_cell.Unit, StateWords.Of(state), trigger, _cause);
    }
}
