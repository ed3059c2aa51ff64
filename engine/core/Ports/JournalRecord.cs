namespace InitTx.Core.Ports;

/// <summary>What a row is about; the words of CONTRACT "history kind".</summary>
public enum RecordKind : byte
{
    Transition,
    Process,
    Job,
    Transaction,
    Request,
    Config,
    Gap,
    Boot,
    Reexec,
    Crash,
    Hang,
    Signal,
    Rejected,
}

/// <summary>Why a row came to be; the words of CONTRACT "cause.kind".</summary>
public enum CauseKind : byte
{
    Request,
    Job,
    Dependency,
    Exit,
    Signal,
    Notify,
    Timer,
    Socket,
    Path,
    Watchdog,
    Limiter,
    Oom,
    Recovery,
    Boot,
    Shutdown,
}

/// <summary>How a process ended; the words of CONTRACT "exit.kind".</summary>
public enum ExitKind : byte
{
    None,
    Exited,
    Killed,
    Dumped,
}

/// <summary>
/// One row of the journal. Which fields are set depends on <see cref="Kind"/>:
/// <list type="bullet">
/// <item>Transition: Unit, From, To (sub-states), Result (unit result word or null).</item>
/// <item>Process: Unit, From = role (main, control word such as start-pre), To = "intended",
/// "started", "executed", "exited", "failed", "adopted", "lost"; Pid, ExitKind, ExitCode. With
/// role main also "frozen" and "thawed": all of the unit's processes.</item>
/// <item>Job: Unit, Job, From = job kind, To = "queued", "running" or "ended", Result = job result.</item>
/// <item>Transaction: Transaction, From = verb, To = "begun" or "ended", Result = outcome, Text = goals.</item>
/// <item>Request: From = verb, Result = "accepted" or "refused", Text = goals or reason; Uid, Pid, Comm.</item>
/// <item>Signal: a signal to the manager; Text = its name.</item>
/// <item>Rejected: a trigger that the state machine did not take; From = state, To = trigger.</item>
/// <item>Boot, Reexec, Crash, Hang, Gap, Config: Text says the rest.</item>
/// </list>
/// No secrets: never environment values, never command lines.
/// </summary>
public readonly record struct JournalRecord
{
    /// <summary>Strictly increasing over re-exec and clock jumps; starts at 1.</summary>
    public required long Seq { get; init; }

    public required Instant Time { get; init; }
    public required RecordKind Kind { get; init; }

    /// <summary>The unit's name, or null.</summary>
    public string? Unit { get; init; }

    public string? From { get; init; }
    public string? To { get; init; }
    public string? Result { get; init; }
    public CauseKind Cause { get; init; }

    /// <summary>The row that caused this one, 0 for none.</summary>
    public long CauseSeq { get; init; }

    public long Transaction { get; init; }
    public long Job { get; init; }
    public int Pid { get; init; }
    public ExitKind ExitKind { get; init; }

    /// <summary>Exit code, or signal number when killed or dumped.</summary>
    public int ExitCode { get; init; }

    /// <summary>The requester's uid, -1 for none.</summary>
    public int Uid { get; init; }

    public string? Comm { get; init; }

    /// <summary>The cause in words and what else a person wants to know.</summary>
    public string? Text { get; init; }
}
