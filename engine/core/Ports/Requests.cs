using InitTx.Units.Model;

namespace InitTx.Core.Ports;

/// <summary>
/// Verbs that change something; queries are answered by the shell from the read model.
/// </summary>
public enum RequestVerb : byte
{
    Start,
    Stop,
    Restart,
    TryRestart,
    Reload,
    ReloadOrRestart,
    Isolate,
    ResetFailed,
    Kill,
    DaemonReload,
    Reexec,
    Poweroff,
    Reboot,
    Halt,
    Kexec,

    /// <summary>Some units up and others down, in one transaction.</summary>
    Apply,

    /// <summary>Put back what a committed transaction changed.</summary>
    Undo,

    /// <summary>A client changed unit files: record what, and read them again.</summary>
    UnitFiles,
    CancelTransaction,
    WaitTransaction,

    /// <summary>A verb of the services' own (initx.unit(5)).</summary>
    Do,

    /// <summary>Suspend the processes of services that are up (cgroup freezer).</summary>
    Freeze,

    /// <summary>Let them go on.</summary>
    Thaw,
}

/// <summary>CONTRACT <c>--job-mode</c>.</summary>
public enum JobMode : byte
{
    /// <summary>Refuse when the plan would destroy another transaction's job.</summary>
    Fail,

    /// <summary>Cancel conflicting jobs.</summary>
    Replace,

    /// <summary>Wait for conflicting jobs.</summary>
    Queue,
}

/// <summary>CONTRACT <c>--kill-whom</c>.</summary>
public enum KillWhom : byte
{
    All,
    Main,
    Control,
}

/// <summary>
/// Who asked, from the kernel at accept (DESIGN §11); never from the request's text.
/// </summary>
/// <param name="Verified">False where the pid could have been reused before it was looked up.</param>
public sealed record Requester(
    int Pid,
    int Uid,
    int Gid,
    string Comm,
    string Exe,
    string Tty,
    int LoginUid,
    bool Verified)
{
    /// <summary>The manager itself.</summary>
    public static readonly Requester Manager = new(1, 0, 0, "initxd", "", "", -1, true);

    /// <summary>
    /// The cgroup below the hierarchy's root (cgroups(7)); empty where it is not known.
    /// </summary>
    public string Cgroup { get; init; } = "";
}

/// <summary>
/// One request that changes something, already authorised and syntactically valid.
/// </summary>
public sealed record ControlRequest
{
    public required RequestId Id { get; init; }
    public required RequestVerb Verb { get; init; }
    public required Requester Requester { get; init; }
    public IReadOnlyList<UnitName> Units { get; init; } = [];
    public JobMode Mode { get; init; }

    /// <summary>True: the reply ends with the acceptance.</summary>
    public bool NoBlock { get; init; }

    /// <summary>Only plan.</summary>
    public bool DryRun { get; init; }

    /// <summary>Run exactly the plan with this hash, or refuse; null for none.</summary>
    public string? PlanHash { get; init; }

    /// <summary>The whole transaction's limit in microseconds, 0 for none.</summary>
    public long TimeoutUs { get; init; }

    /// <summary>What works is kept when something fails.</summary>
    public bool NoRollback { get; init; }

    /// <summary>
    /// The commit is held until the units stayed as they are for so long, microseconds; 0 for none.
    /// </summary>
    public long SettleUs { get; init; }

    /// <summary>For Apply: units that shall be down; <see cref="Units"/> shall be up.</summary>
    public IReadOnlyList<UnitName> Stops { get; init; } = [];

    /// <summary>
    /// For Undo: also what other transactions changed since, and what has to change with it.
    /// </summary>
    public bool Force { get; init; }

    public string? Reason { get; init; }

    /// <summary>For Do: the name of the services' verb; null for none.</summary>
    public string? Action { get; init; }

    /// <summary>ExecCheck= is not asked: what it would forbid is done.</summary>
    public bool NoCheck { get; init; }

    /// <summary>For UnitFiles: the install verb.</summary>
    public string FileVerb { get; init; } = "";

    /// <summary>For UnitFiles: what was done, a sentence each.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>For Kill.</summary>
    public int Signal { get; init; } = 15;

    public KillWhom Whom { get; init; }

    /// <summary>For CancelTransaction, WaitTransaction and Undo.</summary>
    public TransactionId Transaction { get; init; }

    /// <summary>The client's going away cancels the transaction (otherwise it detaches).</summary>
    public bool CancelOnDisconnect { get; init; }
}

/// <summary>CONTRACT "Exit status" of a finished or refused request.</summary>
public enum ExitCode : byte
{
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotActive = 3,
    NoSuchUnit = 4,
    NotPermitted = 5,
    NotReachable = 6,
    Refused = 7,
    RollbackFailed = 8,
    TimedOut = 124,
}

/// <summary>What a client is told; the last one has <see cref="IsFinal"/>.</summary>
public abstract record EngineReply
{
    private EngineReply()
    {
    }

    /// <summary>Nothing follows this one.</summary>
    public virtual bool IsFinal => false;

    /// <summary>The request became a transaction.</summary>
    public sealed record Accepted(TransactionId Transaction, int Jobs) : EngineReply;

    /// <summary>A job changed; Result is null while it lives.</summary>
    public sealed record Progress(
        TransactionId Transaction,
        JobId Job,
        UnitName Unit,
        string JobKind,
        string JobState,
        string? Result,
        string UnitState,
        string? Detail) : EngineReply;

    /// <summary>All jobs are done; the commit waits for this long.</summary>
    public sealed record Settling(TransactionId Transaction, long SettleUs) : EngineReply;

    /// <summary>
    /// The end: outcome word of CONTRACT, exit code, and per failed unit a line of why and what
    /// next.
    /// </summary>
    public sealed record Finished(
        TransactionId Transaction,
        string Outcome,
        ExitCode Code,
        IReadOnlyList<string> Messages) : EngineReply
    {
        /// <inheritdoc/>
        public override bool IsFinal => true;
    }

    /// <summary>Refused before anything changed.</summary>
    public sealed record Refused(ExitCode Code, IReadOnlyList<string> Messages) : EngineReply
    {
        /// <inheritdoc/>
        public override bool IsFinal => true;
    }

    /// <summary>The answer to a dry run.</summary>
    public sealed record Planned(Transaction.TransactionPlan Plan) : EngineReply
    {
        /// <inheritdoc/>
        public override bool IsFinal => true;
    }
}
