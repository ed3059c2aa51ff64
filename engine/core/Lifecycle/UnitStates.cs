namespace InitTx.Core.Lifecycle;

/// <summary>The words of CONTRACT unit "state".</summary>
public enum ActiveState : byte
{
    Inactive,
    Active,
    Reloading,
    Failed,
    Activating,
    Deactivating,
}

/// <summary>
/// The sub-states of every unit type in one set, systemd's words. Names are persisted, never the
/// numbers. A unit is only ever in states of its own type.
/// </summary>
public enum SubState : byte
{
    Dead,
    Condition,
    StartPre,
    Start,
    StartPost,
    Running,
    Exited,
    Reload,
    Stop,
    StopWatchdog,
    StopSigterm,
    StopSigkill,
    StopPost,
    FinalWatchdog,
    FinalSigterm,
    FinalSigkill,
    Failed,
    AutoRestart,

    /// <summary>Target.</summary>
    Active,

    /// <summary>Socket: being opened.</summary>
    StartChown,

    /// <summary>Socket: waiting for traffic.</summary>
    Listening,

    /// <summary>Device.</summary>
    Plugged,

    /// <summary>Mount: seen in the kernel's table.</summary>
    Mounted,

    /// <summary>Timer, path and automount: what they wait for has not come.</summary>
    Waiting,

    /// <summary>Timer: nothing is to come any more.</summary>
    Elapsed,

    /// <summary>
    /// Mount: mount(8) runs, and nothing is there yet. Automount: the helper sets its place up.
    /// </summary>
    Mounting,

    /// <summary>Mount: it is there, and mount(8) has not ended yet.</summary>
    MountingDone,

    /// <summary>Mount: mount(8) changes its options.</summary>
    Remounting,
    RemountingSigterm,
    RemountingSigkill,

    /// <summary>Mount: umount(8) runs. Automount: the helper takes its place down.</summary>
    Unmounting,
    UnmountingSigterm,
    UnmountingSigkill,

    /// <summary>Swap: swapon(8) runs.</summary>
    Activating,

    /// <summary>Swap: it is in use, and swapon(8) has not ended yet.</summary>
    ActivatingDone,

    /// <summary>Swap: swapoff(8) runs.</summary>
    Deactivating,
    DeactivatingSigterm,
    DeactivatingSigkill,

    /// <summary>Socket: ExecStopPre= runs, before the sockets are closed.</summary>
    StopPre,

    /// <summary>Socket: the command that runs is told to end, the sockets are open.</summary>
    StopPreSigterm,
    StopPreSigkill,
}

/// <summary>Why a unit failed or what its last run came to: systemd's Result words.</summary>
public enum UnitResult : byte
{
    Success,
    Resources,
    Protocol,
    Timeout,
    ExitCode,
    Signal,
    CoreDump,
    Watchdog,
    ExecCondition,
    StartLimitHit,
    OomKill,
    TriggerLimitHit,

    /// <summary>Socket: its service hit its start limit.</summary>
    ServiceStartLimitHit,

    /// <summary>Timer and path: their unit hit its start limit.</summary>
    UnitStartLimitHit,

    /// <summary>Automount: its mount hit its start limit.</summary>
    MountStartLimitHit,
}
