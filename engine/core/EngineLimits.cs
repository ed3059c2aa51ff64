namespace InitTx.Core;

/// <summary>
/// Every limit of the engine in one place. A request or file beyond one is refused with its name
/// and value; nothing is cut silently.
/// </summary>
public sealed record EngineLimits
{
    /// <summary>Units known at once.</summary>
    public int Units { get; init; } = 32_768;

    /// <summary>Jobs queued at once.</summary>
    public int Jobs { get; init; } = 65_536;

    /// <summary>
    /// Starts of one transaction that run at once, in the order in which they were queued; 1 is
    /// sequential mode (<c>Sequential=yes</c>). A start that several transactions wait for is not
    /// held up.
    /// </summary>
    public int StartsAtOnce { get; init; } = int.MaxValue;

    /// <summary>Transactions open at once, the boot's own included.</summary>
    public int Transactions { get; init; } = 64;

    /// <summary>Goals in one request.</summary>
    public int GoalsPerRequest { get; init; } = 1_024;

    /// <summary>Clients that may wait for one transaction.</summary>
    public int WatchersPerTransaction { get; init; } = 64;

    /// <summary>
    /// Failed instances of Accept=yes sockets that are kept to be looked at, of all sockets
    /// together; the oldest is forgotten first. What happened is in the journal.
    /// </summary>
    public int FailedInstances { get; init; } = 64;

    /// <summary>
    /// How long accepting rests after the kernel refused a descriptor for one, microseconds.
    /// </summary>
    public long AcceptPauseUs { get; init; } = 1_000_000;

    /// <summary>Ended transactions kept for clients that come back.</summary>
    public int EndedTransactions { get; init; } = 256;

    /// <summary>Characters of a notify STATUS text (cleaned UTF-16).</summary>
    public int StatusText { get; init; } = 1_024;

    /// <summary>Characters of a request's reason.</summary>
    public int ReasonText { get; init; } = 512;

    /// <summary>Events handled between two commits.</summary>
    public int EventsPerBatch { get; init; } = 256;

    /// <summary>How long an answer of the prepare helper is awaited, microseconds.</summary>
    public long PrepareTimeoutUs { get; init; } = 30_000_000;

    /// <summary>
    /// How long units may take to stop at shutdown before the rest is killed, microseconds.
    /// </summary>
    public long ShutdownTimeoutUs { get; init; } = 90_000_000;

    /// <summary>
    /// How long one stage of the final shutdown may take before the next begins, microseconds.
    /// </summary>
    public long ShutdownStageTimeoutUs { get; init; } = 15_000_000;

    /// <summary>
    /// Steps of follow-up work in one Handle; what is left goes on with the next event.
    /// </summary>
    public int WorkPerEvent { get; init; } = 1_000_000;

    /// <summary>
    /// Ordering edges that a boot, a shutdown or a rollback drops one by one to break cycles; with
    /// more cycles than that it ignores all order among the units that are on one.
    /// </summary>
    public int CycleBreaks { get; init; } = 1_024;

    /// <summary>
    /// Jobs looked at in search of cycles, those looked at again after a cut included; a cycle
    /// found beyond that is dealt with as one beyond <see cref="CycleBreaks"/>. A million are
    /// about a second.
    /// </summary>
    public long CycleSearch { get; init; } = 1_000_000;

    /// <summary>Contradictions that a plan may resolve by dropping what is only wanted.</summary>
    public int PlanConflicts { get; init; } = 4_096;

    /// <summary>
    /// How long after a restart of the manager a client whose going away cancels its transaction
    /// may take to be back, microseconds.
    /// </summary>
    public long ClientReturnUs { get; init; } = 30_000_000;

    /// <summary>
    /// Starts remembered for StartLimitBurst=, and activations for TriggerLimitBurst=.
    /// </summary>
    public int RateLimitBurst { get; init; } = 1_024;

    /// <summary>
    /// Bytes of one recorded unit that are looked at when the manager comes back: room for its
    /// parts in the 1,024 transactions that a reader accepts, each with why it failed.
    /// </summary>
    public int RestoredUnitBytes { get; init; } = 512 * 1_024;

    /// <summary>
    /// Bytes of the recorded engine state that are looked at when the manager comes back.
    /// </summary>
    public int RestoredEngineBytes { get; init; } = 16 * 1_024 * 1_024;

    /// <summary>How long Type=idle waits for the job queue to become empty, microseconds.</summary>
    public long IdleDelayUs { get; init; } = 5_000_000;

    /// <summary>Time between two looks at a PIDFile= that is not there yet, microseconds.</summary>
    public long PidFileRetryUs { get; init; } = 50_000;

    /// <summary>
    /// How long a failed transaction may take to put back what was there before, microseconds:
    /// two stops of the default length.
    /// </summary>
    public long RollbackTimeoutUs { get; init; } = 180_000_000;

    /// <summary>The longest that a commit may be held (--settle), microseconds: a day.</summary>
    public long SettleUs { get; init; } = 86_400_000_000;

    /// <summary>
    /// Jobs of committed transactions that are remembered so that they can be undone; the oldest
    /// transaction is forgotten first, one with more jobs at once.
    /// </summary>
    public int UndoJobs { get; init; } = 4_096;
}
