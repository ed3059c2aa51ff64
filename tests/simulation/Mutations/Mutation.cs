namespace InitTx.Simulation.Mutations;

/// <summary>
/// A fault that is put into the simulation's own wrapping of the engine on purpose, to see that
/// the invariant that should catch it does. The engine knows nothing of them.
/// </summary>
internal enum Mutation : byte
{
    None,

    /// <summary>A transition's row does not reach the journal.</summary>
    DropTransition,

    /// <summary>The first effect of a batch runs before its commit.</summary>
    EffectBeforeCommit,

    /// <summary>A unit's changed state is not stored.</summary>
    ForgetUnitState,

    /// <summary>The engine's own state is stored a few times and then no more.</summary>
    ForgetEngineState,

    /// <summary>Each fifth ended transaction is not stored.</summary>
    ForgetEnded,

    /// <summary>No place where counters are kept has them: numbers are given out twice.</summary>
    ForgetCounters,

    /// <summary>Every spawn makes two processes.</summary>
    SpawnTwice,

    /// <summary>A spawn is reported with another unit's process.</summary>
    MixUpProcesses,

    /// <summary>Now and then an exit is reaped and never told.</summary>
    LoseExit,

    /// <summary>The loop never wakes up for a deadline.</summary>
    ForgetTimers,

    /// <summary>The row of a job's end does not reach the journal.</summary>
    DropJobEnd,

    /// <summary>The engine sees no After= and Before=.</summary>
    IgnoreOrdering,

    /// <summary>A transaction is said to be rolled back when its rollback only begins.</summary>
    ClaimRolledBack,

    /// <summary>The engine sees no BindsTo=.</summary>
    IgnoreBinding,

    /// <summary>The engine sees no start limit.</summary>
    IgnoreStartLimit,

    /// <summary>Sockets are never closed.</summary>
    KeepSockets,

    /// <summary>The shell waits for the helper's answer.</summary>
    WaitForHelper,

    /// <summary>A re-exec loses the state of one unit.</summary>
    ReexecLosesUnit,

    /// <summary>A re-exec loses every deadline of a unit's state.</summary>
    ReexecLosesDeadlines,

    /// <summary>A re-exec loses the jobs that wait.</summary>
    ReexecLosesJobs,

    /// <summary>Zombies are reaped when they are read, not when that is committed.</summary>
    ReapBeforeCommit,

    /// <summary>Once the shutdown has begun the loop never wakes up for a deadline.</summary>
    ForgetTimersAtShutdown,

    /// <summary>The engine does not learn that the machine slept.</summary>
    HideSleep,

    /// <summary>What could not be done is not told.</summary>
    HideRefusal,

    /// <summary>The engine is asked to settle for a microsecond only.</summary>
    HurrySettle,

    /// <summary>The engine is asked to undo the transaction before.</summary>
    UndoAnother,

    /// <summary>A new image reads the files, whatever units ran by.</summary>
    ForgetDefinitions,

    /// <summary>After a restart the last process that was made is made again.</summary>
    RepeatSpawn,

    /// <summary>Each look at the store finds another number in it.</summary>
    DriftingReplay,

    /// <summary>Signals go to some other unit's main process.</summary>
    SignalAnother,

    /// <summary>A restored engine sees no Wants=.</summary>
    RestoreWithoutWants,

    /// <summary>Rows tell the environment of services.</summary>
    TellSecret,

    /// <summary>The wall clock of the host shows.</summary>
    HostClock,

    /// <summary>The engine does not learn that a bus name is gone.</summary>
    HideLostName,

    /// <summary>Stored descriptors are never released.</summary>
    KeepStores,

    /// <summary>The engine is given timers with half of their spans.</summary>
    HurryTimers,

    /// <summary>The engine does not learn that the clock was set.</summary>
    HideClock,

    /// <summary>Stamp files are not written.</summary>
    LoseStamps,

    /// <summary>The engine does not learn that a watched path has moved.</summary>
    HideStirs,

    /// <summary>The engine does not know that units are to start one at a time.</summary>
    StartSideBySide,

    /// <summary>Connections are never closed.</summary>
    KeepConnections,

    /// <summary>Now and then the engine is not told of a connection.</summary>
    HideConnections,

    /// <summary>Now and then the engine is not told of the kernel's table.</summary>
    HideMounts,

    /// <summary>The kernel gets no answer about who looks at an automount.</summary>
    KeepLookers,

    /// <summary>Any SIGKILL is taken for a kill for memory.</summary>
    ClaimMemory,

    /// <summary>The engine does not learn why the kernel has killed.</summary>
    HideMemory,

    /// <summary>Every service is told to go on after a kill for memory.</summary>
    ForgiveKills,

    /// <summary>Every command of a socket is said to have ended well.</summary>
    ForgiveCommands,

    /// <summary>The engine sees no ExecStopPre= of sockets.</summary>
    SkipStopCommands,

    /// <summary>Processes of sockets are never signalled.</summary>
    SpareCommands,

    /// <summary>The engine knows of no ExecCheck=.</summary>
    HideChecks,

    /// <summary>Every check seems to end well.</summary>
    ForgiveRefusals,

    /// <summary>No cgroup is ever frozen.</summary>
    LoseFreezes,

    /// <summary>What is frozen is never let go on.</summary>
    KeepFrozen,

    /// <summary>The engine is not told that a cgroup could not be frozen.</summary>
    ClaimFrozen,
}
