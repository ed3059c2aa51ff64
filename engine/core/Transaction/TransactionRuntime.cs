using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>The words of CONTRACT "transaction outcome"; Open while it runs.</summary>
public enum TransactionOutcome : byte
{
    Open,
    Committed,
    RolledBack,
    Failed,
    RollbackFailed,
    Cancelled,
    TimedOut,
    Refused,
}

/// <summary>
/// A unit's part in a transaction: its job, what it came to, and what was there before.
/// </summary>
public sealed class TransactionJob
{
    internal TransactionJob(UnitRuntime unit, JobId job, JobKind kind)
    {
        Runtime = unit;
        Job = job;
        Kind = kind;
    }

    public UnitName Unit => Runtime.Name;
    public JobId Job { get; }
    public JobKind Kind { get; }
    public JobResult Result { get; internal set; }
    public Instant Begun { get; internal set; }
    public Instant Ended { get; internal set; }

    /// <summary>Why it failed, in words.</summary>
    public string? Text { get; internal set; }

    /// <summary>Only wanted: its failure does not fail the transaction.</summary>
    public bool IsWeak { get; internal set; }

    /// <summary>The unit's goal before the transaction: what a rollback restores.</summary>
    public bool PriorGoalActive { get; internal set; }

    /// <summary>The unit's state before the transaction.</summary>
    public ActiveState PriorState { get; internal set; }

    /// <summary>Part of the plan that puts back what was there before.</summary>
    public bool IsCompensation { get; internal set; }

    /// <summary>It ended without doing what it was for.</summary>
    internal bool HasFailed =>
        Result is not (JobResult.Done or JobResult.Skipped or JobResult.None);

    internal UnitRuntime Runtime { get; }
}

/// <summary>
/// A transaction, open or ended. Read by the shell for queries; written by the core only. Open
/// ones are persistent as a whole, ended ones without their jobs (the journal's job rows have
/// them).
/// </summary>
public sealed class TransactionRuntime
{
    private readonly List<TransactionJob> _jobs = [];

    internal TransactionRuntime(TransactionId id, RequestVerb verb)
    {
        Id = id;
        Verb = verb;
    }

    public TransactionId Id { get; }
    public RequestVerb Verb { get; }
    public IReadOnlyList<UnitName> Goals { get; internal set; } = [];
    public Requester Requester { get; internal set; } = Requester.Manager;
    public string? Reason { get; internal set; }

    /// <summary>What began it: a request, the boot, a socket, a dependency.</summary>
    public CauseKind CauseKind { get; internal set; }

    /// <summary>
    /// An automatic restart (Restart=): the unit's own doing, nobody asked for it.
    /// </summary>
    internal bool IsByItself => CauseKind == CauseKind.Timer && Verb == RequestVerb.Restart;

    /// <summary>For Do: the name of the services' verb; else null.</summary>
    public string? Action { get; internal set; }

    /// <summary>ExecCheck= is not asked (--no-check).</summary>
    public bool SkipsChecks { get; internal set; }

    public TransactionOutcome Outcome { get; internal set; }

    /// <summary>The exit code that goes with <see cref="Outcome"/>.</summary>
    public ExitCode Code { get; internal set; }

    /// <summary>Per failed unit a line of why and what next.</summary>
    public IReadOnlyList<string> Messages { get; internal set; } = [];

    public Instant Begun { get; internal set; }
    public Instant Ended { get; internal set; }
    public IReadOnlyList<TransactionJob> Jobs => _jobs;
    public IReadOnlyList<string> Irreversible { get; internal set; } = [];

    /// <summary>
    /// What the plan dropped: wanted units that cannot be, edges of a cycle at boot.
    /// </summary>
    public IReadOnlyList<string> Dropped { get; internal set; } = [];

    public bool IsOpen => Outcome == TransactionOutcome.Open;

    /// <summary>Jobs that have not ended.</summary>
    public int Remaining { get; internal set; }

    internal List<TransactionJob> JobList => _jobs;

    /// <summary>The row of its beginning: cause of its jobs.</summary>
    internal long Seq { get; set; }

    internal Deadline? Deadline { get; set; }

    internal bool WasCancelled { get; set; }

    internal bool WasTimedOut { get; set; }

    /// <summary>
    /// Not begun: it waits for other transactions (--job-mode=queue) and is planned when one ends.
    /// </summary>
    internal bool IsQueued { get; set; }

    /// <summary>Of a queued one: it begins with the plan of this hash or is refused.</summary>
    internal string? PlanHash { get; set; }

    /// <summary>Of a queued one: its time limit as asked for; the hash covers it.</summary>
    internal long TimeoutUs { get; set; }

    /// <summary>The going away of the client that asked for it cancels it.</summary>
    internal bool CancelsWithClient { get; set; }

    /// <summary>
    /// After a restart of the manager: until when such a client has to be back; null when it need
    /// not.
    /// </summary>
    internal Deadline? ReturnDeadline { get; set; }

    /// <summary>All or nothing: when a part fails, what was there before comes back.</summary>
    internal bool IsAtomic { get; set; }

    /// <summary>A needed part failed: the rest is not tried any more.</summary>
    internal bool IsGivenUp { get; set; }

    /// <summary>The compensating plan runs, or ran.</summary>
    internal bool IsRollingBack { get; set; }

    /// <summary>The compensating plan was refused, or its time was over.</summary>
    internal bool HasRollbackFailed { get; set; }

    /// <summary>Units that could not be put back, and why, a line each.</summary>
    internal List<string> Unrestored { get; set; } = [];

    /// <summary>
    /// Units that others need or changed since and are left to them, a line each.
    /// </summary>
    internal List<string> Left { get; set; } = [];

    /// <summary>
    /// How long the units have to stay as they are before the commit; 0 for none.
    /// </summary>
    public long SettleUs { get; internal set; }

    /// <summary>All jobs are done and the commit waits for <see cref="SettleUs"/>.</summary>
    public bool IsSettling { get; internal set; }

    /// <summary>The transaction that this one puts back; 0 for none.</summary>
    public TransactionId Undoes { get; internal set; }

    /// <summary>When the time to settle is over.</summary>
    internal Deadline? SettleDeadline { get; set; }

    /// <summary>The time to settle is over and all units stayed.</summary>
    internal bool HasSettled { get; set; }

    /// <summary>Units that did not stay as they were, and why.</summary>
    internal List<FallenUnit> Fallen { get; set; } = [];

    /// <summary>Of an apply or undo: the goals that shall be down.</summary>
    internal IReadOnlyList<UnitName> Stops { get; set; } = [];

    /// <summary>Clients that wait for it. Not persistent: they come back by its id.</summary>
    internal List<Watcher> Watchers { get; } = [];
}

/// <summary>A unit that did not stay as the transaction left it, in words.</summary>
internal readonly record struct FallenUnit(UnitName Unit, string Why);

/// <summary>A client's request that is told of a transaction's progress and end.</summary>
internal readonly record struct Watcher(RequestId Request, bool CancelsWhenGone);

/// <summary>Stable words for transactions and verbs.</summary>
public static class TransactionWords
{
    private static readonly string[] Outcomes =
    [
        "open", "committed", "rolledBack", "failed", "rollbackFailed", "cancelled", "timedOut",
        "refused",
    ];

    private static readonly string[] Verbs =
    [
        "start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "isolate",
        "reset-failed", "kill", "daemon-reload", "reexec", "poweroff", "reboot", "halt", "kexec",
        "apply", "undo", "unit-files", "cancel", "wait", "do", "freeze", "thaw",
    ];

    public static string Of(TransactionOutcome outcome) => Outcomes[(int)outcome];

    public static string Of(RequestVerb verb) => Verbs[(int)verb];
}
