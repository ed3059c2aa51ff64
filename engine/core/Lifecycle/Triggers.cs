namespace InitTx.Core.Lifecycle;

/// <summary>
/// What can happen to a service. The supervisor turns events into these after it has written down
/// what they say (result, exit, processes); the guards read only that.
/// </summary>
internal enum ServiceTrigger : byte
{
    /// <summary>A job or an automatic restart begins the start.</summary>
    Start,

    /// <summary>
    /// The start cannot even begin: start limit, unusable definition, failed preparation.
    /// </summary>
    StartRefused,

    /// <summary>A condition or an assert does not hold.</summary>
    ConditionUnmet,

    /// <summary>
    /// The present step is complete: its commands ended well, or the service is ready.
    /// </summary>
    Proceed,

    /// <summary>A step of the start failed; the result says why.</summary>
    StartFailed,

    /// <summary>The main process of a started service has ended.</summary>
    MainEnded,

    /// <summary>Type=dbus: BusName= has no owner of the unit's any more.</summary>
    BusNameLost,

    Reload,
    Stop,

    /// <summary>STOPPING=1: the service stops by itself.</summary>
    StoppingNotified,

    /// <summary>The deadline of the state is over.</summary>
    TimedOut,

    WatchdogExpired,

    /// <summary>Nothing is left of what the state wanted gone.</summary>
    ProcessesGone,

    ResetFailed,
}

/// <summary>What can happen to a socket.</summary>
internal enum SocketTrigger : byte
{
    Start,
    StartRefused,
    ConditionUnmet,

    /// <summary>The present step is complete: conditions hold, its commands have ended.</summary>
    Proceed,

    /// <summary>The descriptors are open and bound.</summary>
    Opened,

    /// <summary>
    /// They cannot be opened, in time or at all; a command of the start failed; or the service
    /// cannot be started.
    /// </summary>
    Failed,

    /// <summary>
    /// Traffic arrived, or the service was started otherwise: it has the descriptors now.
    /// </summary>
    ServiceBegins,

    /// <summary>The service is down: the socket listens again.</summary>
    ServiceEnded,

    Stop,

    /// <summary>The deadline of a state with a command or a signal is over.</summary>
    TimedOut,

    /// <summary>Nothing is left of what the state wanted gone.</summary>
    ProcessesGone,

    ResetFailed,
}

/// <summary>
/// What can happen to units that have nothing to run: targets, slices, devices, scopes.
/// </summary>
internal enum StandingTrigger : byte
{
    Start,
    ConditionUnmet,

    /// <summary>The conditions hold.</summary>
    Proceed,

    /// <summary>The conditions could not be checked.</summary>
    StartRefused,

    Stop,
    ResetFailed,
}

/// <summary>
/// What can happen to a unit that stands for an entry of a kernel table: mounts and swaps.
/// </summary>
internal enum MountTrigger : byte
{
    Start,
    StartRefused,
    ConditionUnmet,

    /// <summary>The conditions hold.</summary>
    Proceed,

    /// <summary>The kernel's table has it now.</summary>
    Appeared,

    /// <summary>The kernel's table has it no more.</summary>
    Vanished,

    /// <summary>
    /// The program that was to bring it about has ended, or could not be made; or nobody waits for
    /// it any longer.
    /// </summary>
    Ended,

    Reload,
    Stop,

    /// <summary>The deadline of the state is over.</summary>
    TimedOut,

    ResetFailed,
}

/// <summary>What can happen to an automount.</summary>
internal enum AutomountTrigger : byte
{
    Start,
    StartRefused,
    ConditionUnmet,

    /// <summary>The conditions hold.</summary>
    Proceed,

    /// <summary>autofs is at the place, and we have its pipe.</summary>
    Made,

    /// <summary>The kernel or the place does not allow it.</summary>
    NotMade,

    /// <summary>Somebody looked, or the mount came up otherwise.</summary>
    MountBegins,

    /// <summary>The mount is gone, or does not come.</summary>
    MountEnded,

    /// <summary>It cannot go on: no answer in time, no mount, or too many starts of it.</summary>
    Failed,

    Stop,

    /// <summary>The place is taken down, or nobody waits for that any longer.</summary>
    Gone,

    ResetFailed,
}

/// <summary>What can happen to a unit that waits and then starts another.</summary>
internal enum ActivatorTrigger : byte
{
    Start,
    StartRefused,
    ConditionUnmet,

    /// <summary>The conditions hold and what the helper had to read is there.</summary>
    Proceed,

    /// <summary>What it waited for has come.</summary>
    Fired,

    /// <summary>What it started is down: there is something to wait for again.</summary>
    UnitEnded,

    /// <summary>Timer: nothing is to come any more.</summary>
    Spent,

    /// <summary>The other unit cannot be started, or too often.</summary>
    Failed,

    Stop,
    ResetFailed,
}
