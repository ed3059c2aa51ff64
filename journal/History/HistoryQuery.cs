namespace InitTx.Journal.History;

/// <summary>
/// The filters of <c>initx history</c>; what is not set does not filter, the rest is ANDed.
/// </summary>
public sealed record HistoryQuery
{
    /// <summary>Full unit names; any of them.</summary>
    public IReadOnlyList<string> Units { get; init; } = [];

    /// <summary>Microseconds since 1970, inclusive.</summary>
    public long? SinceUs { get; init; }

    /// <summary>Microseconds since 1970, exclusive.</summary>
    public long? UntilUs { get; init; }

    /// <summary>A boot id, see <see cref="HistoryStore.ResolveBoot"/>.</summary>
    public string? Boot { get; init; }

    public long? Transaction { get; init; }
    public int? Uid { get; init; }

    /// <summary>
    /// What went wrong: failed states, jobs, processes and transactions, crashes and hangs.
    /// </summary>
    public bool Failed { get; init; }

    /// <summary>
    /// Requests and transactions that were refused, rejected triggers; ORed with the above.
    /// </summary>
    public bool Refused { get; init; }

    /// <summary>Gap rows; ORed with the above.</summary>
    public bool Gaps { get; init; }

    /// <summary>Only ends of processes that had this pid.</summary>
    public int? Pid { get; init; }

    /// <summary>Only this row; needs <see cref="Boot"/>.</summary>
    public long? Seq { get; init; }

    /// <summary>Only rows after this one of the boot; needs <see cref="Boot"/>.</summary>
    public long? AfterSeq { get; init; }

    /// <summary>Only rows before this one of the boot; needs <see cref="Boot"/>.</summary>
    public long? BeforeSeq { get; init; }

    /// <summary>Only rows of these kinds (CONTRACT "history kind"); empty for all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>Whether a word is one of them.</summary>
    public static bool IsKind(string word) => OnDisk.StoredRow.IsKind(word);

    /// <summary>Only rows after this <see cref="HistoryRow.Order"/> of an archive.</summary>
    internal long? AfterOrder { get; init; }

    /// <summary>Only rows before this place of an archive.</summary>
    internal long? BeforeOrder { get; init; }

    /// <summary>The newest so many; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The limit takes the oldest instead; excludes <see cref="Reverse"/>.</summary>
    public bool Oldest { get; init; }

    /// <summary>Newest first; otherwise oldest first, also with a limit.</summary>
    public bool Reverse { get; init; }
}

/// <summary>The answer to <c>--sql</c>.</summary>
/// <param name="Columns">Names in order; empty on error.</param>
/// <param name="Rows">long, double, string, byte[] or null in each cell.</param>
/// <param name="Error">Why the statement was refused or failed, for a person; null when it
/// ran.</param>
/// <param name="Limit">It ran into a limit: the statement is not wrong.</param>
public sealed record SqlAnswer(
    IReadOnlyList<string> Columns,
    IReadOnlyList<object?[]> Rows,
    string? Error,
    bool Limit = false);

/// <summary>What one statement of a user may cost.</summary>
/// <param name="Rows">The most rows.</param>
/// <param name="Bytes">The most bytes of text in them.</param>
/// <param name="Milliseconds">The most time.</param>
public readonly record struct SqlLimits(int Rows, long Bytes, long Milliseconds)
{
    /// <summary>For a client that reads a file itself.</summary>
    public static readonly SqlLimits Own = new(100_000, 64 << 20, 10_000);
}
