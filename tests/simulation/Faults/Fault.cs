namespace InitTx.Simulation.Faults;

/// <summary>
/// Every kind of fault that the plan injects, beside what services do of themselves.
/// </summary>
internal enum FaultKind : byte
{
    /// <summary>The manager dies before it has committed the batch.</summary>
    CrashBeforeCommit,

    /// <summary>… after the commit, before anything else.</summary>
    CrashAfterCommit,

    /// <summary>… between two effects of the batch.</summary>
    CrashBetweenEffects,

    /// <summary>A re-exec, planned, between two batches.</summary>
    Reexec,

    /// <summary>clone fails with EAGAIN, once or several times.</summary>
    CloneFails,

    /// <summary>The prepare helper is stuck on a dead file system.</summary>
    PrepareStuck,

    /// <summary>The helper refuses.</summary>
    PrepareFails,

    /// <summary>The wall clock jumps by up to ten years.</summary>
    RealtimeJump,

    /// <summary>The machine sleeps for minutes to hours.</summary>
    Suspend,

    /// <summary>Commits fail for a while: rows go to the ring.</summary>
    CommitFails,

    /// <summary>Commits take tens of milliseconds for a while.</summary>
    CommitSlow,

    /// <summary>A signal to the manager.</summary>
    ManagerSignal,

    /// <summary>The next pid is one that has just become free.</summary>
    PidReuse,

    /// <summary>Somebody kills a process of a service.</summary>
    KillProcess,

    /// <summary>A socket cannot be bound.</summary>
    SocketFails,

    /// <summary>A burst of connections to a socket.</summary>
    Traffic,

    /// <summary>
    /// A crash, and the last-resort loop collects the statuses of what dies meanwhile.
    /// </summary>
    CrashLosesStatus,

    /// <summary>The next signals, to one or to all of a unit, are refused with EPERM.</summary>
    SignalFails,

    /// <summary>
    /// The kernel kills a process for memory, and tells sooner or later; or a word of it comes that
    /// belongs to nothing that runs.
    /// </summary>
    MemoryRunsOut,
}

/// <summary>One planned fault.</summary>
/// <param name="AfterOperation">The number of operations after which it may happen.</param>
/// <param name="DelayUs">How long after that, active microseconds.</param>
/// <param name="Amount">Which process, how many times, how long: its meaning is the kind's.</param>
internal readonly record struct Fault(FaultKind Kind, int AfterOperation, long DelayUs, int Amount)
{
    /// <summary>
    /// A batch more or an answer lost makes a difference of its own: the commit takes its time, the
    /// clone is tried once more. Not used where two runs are compared.
    /// </summary>
    public bool IsCostly => Kind is FaultKind.CommitFails or FaultKind.CommitSlow
        or FaultKind.CloneFails or FaultKind.SignalFails;

    /// <summary>The manager loses its memory.</summary>
    public bool IsRestart => Kind is FaultKind.CrashBeforeCommit or FaultKind.CrashAfterCommit
        or FaultKind.CrashBetweenEffects or FaultKind.Reexec or FaultKind.CrashLosesStatus;
}
