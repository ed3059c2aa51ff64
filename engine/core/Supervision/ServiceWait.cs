namespace InitTx.Core.Supervision;

/// <summary>What is known of a unit's processes beside the main and the control process.</summary>
internal enum Leftovers : byte
{
    /// <summary>There are none: nothing ran, or the cgroup was seen empty.</summary>
    None,

    /// <summary>Nobody can tell: there is no cgroup.</summary>
    Unknown,

    /// <summary>There may be some: a process was made, or the cgroup was seen populated.</summary>
    Some,
}

/// <summary>What a service's state waits for beside its processes and its deadline.</summary>
internal enum ServiceWait : byte
{
    Nothing,

    /// <summary>Type=idle: the job queue is not empty yet.</summary>
    Idle,

    /// <summary>Type=forking: the answer to ReadPidFile.</summary>
    PidFile,

    /// <summary>Reload announced by RELOADING=1: READY=1 ends it.</summary>
    Ready,

    /// <summary>Type=notify-reload, signal sent: RELOADING=1, then READY=1.</summary>
    Reloading,
}
