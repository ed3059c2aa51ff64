namespace InitTx.Protocol.Answers;

/// <summary>Why a row came to be.</summary>
public sealed record CauseAnswer
{
    public string Kind { get; init; } = "";

    /// <summary>The causing row, 0 for none.</summary>
    public long Seq { get; init; }

    public string? Text { get; init; }
}

/// <summary>One row of the history.</summary>
public sealed record HistoryRowAnswer
{
    public long Seq { get; init; }
    public string Boot { get; init; } = "";
    public DateTimeOffset Time { get; init; }

    /// <summary>CLOCK_BOOTTIME in microseconds.</summary>
    public long MonotonicUs { get; init; }

    public string Kind { get; init; } = "";
    public string? Unit { get; init; }
    public string? From { get; init; }
    public string? To { get; init; }
    public string? Result { get; init; }
    public CauseAnswer Cause { get; init; } = new();
    public long Transaction { get; init; }
    public long Job { get; init; }
    public int Pid { get; init; }
    public ExitAnswer? Exit { get; init; }

    /// <summary>-1 for none, null when it is withheld from this reader.</summary>
    public int? Uid { get; init; }

    public string? Comm { get; init; }
    public string Durability { get; init; } = "";
}

/// <summary>ReadHistory: one page, in the order that was asked for.</summary>
public sealed record HistoryAnswer
{
    public IReadOnlyList<HistoryRowAnswer> Rows { get; init; } = [];

    /// <summary>The highest sequence number there is.</summary>
    public long Head { get; init; }

    /// <summary>The boot of the newest rows.</summary>
    public string Boot { get; init; } = "";

    /// <summary>The archive's path; empty where none is kept.</summary>
    public string Archive { get; init; } = "";

    /// <summary>The last row of this boot that is known to be in the archive.</summary>
    public long Kept { get; init; }

    /// <summary>Ask on from here; it moves even when no row matched.</summary>
    public long Cursor { get; init; }

    public bool More { get; init; }

    /// <summary>What could not be read, in words.</summary>
    public string? Problem { get; init; }
}

/// <summary>Who asked.</summary>
public sealed record RequesterAnswer
{
    public int Uid { get; init; }
    public int Pid { get; init; }
    public string Comm { get; init; } = "";
    public string Exe { get; init; } = "";
    public string Tty { get; init; } = "";
    public int LoginUid { get; init; }
    public string Cgroup { get; init; } = "";

    /// <summary>The unit that its process belongs to; null where it is in none.</summary>
    public string? Unit { get; init; }

    public bool Verified { get; init; }
}

/// <summary>One job of a transaction.</summary>
public sealed record TransactionJobAnswer
{
    public string Unit { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Result { get; init; } = "";
    public DateTimeOffset? Begun { get; init; }
    public DateTimeOffset? Ended { get; init; }
}

/// <summary>One transaction: `initx tx N --json`.</summary>
public sealed record TransactionAnswer
{
    public long Id { get; init; }
    public string Verb { get; init; } = "";
    public IReadOnlyList<string> Goals { get; init; } = [];
    public RequesterAnswer? Requester { get; init; }
    public string? Reason { get; init; }

    /// <summary>The transaction that this one put back; null for none.</summary>
    public long? Undoes { get; init; }

    /// <summary>For how many seconds the commit was to be held.</summary>
    public double Settle { get; init; }

    /// <summary>All jobs are done; the commit is being held.</summary>
    public bool Settling { get; init; }

    /// <summary>Null while it runs.</summary>
    public string? Outcome { get; init; }

    public int Code { get; init; }
    public DateTimeOffset? Begun { get; init; }
    public DateTimeOffset? Ended { get; init; }
    public IReadOnlyList<TransactionJobAnswer> Jobs { get; init; } = [];
    public IReadOnlyList<TransactionJobAnswer> Rollback { get; init; } = [];
    public IReadOnlyList<string> Irreversible { get; init; } = [];
    public IReadOnlyList<string> Messages { get; init; } = [];
}

/// <summary>GetTransaction.</summary>
public sealed record OneTransactionAnswer
{
    public TransactionAnswer Transaction { get; init; } = new();
}

/// <summary>ListTransactions: one page.</summary>
public sealed record TransactionListAnswer
{
    public IReadOnlyList<TransactionAnswer> Transactions { get; init; } = [];
    public long? Next { get; init; }
}
