namespace InitTx.Journal.History;

/// <summary>A boot as the archive counts it.</summary>
/// <param name="Number">Its place in time; an order, nothing else.</param>
/// <param name="LastSeq">The last row that is kept: rows of the manager after it are newer.</param>
public sealed record ArchivedBoot(
    long Number,
    string Boot,
    long FirstSeq,
    long LastSeq,
    long BegunUs,
    long LastUs,
    long Rows,
    long Gaps,
    long Reexecs,
    long Crashes,
    long Hangs,
    string? Text);

/// <summary>
/// Rows on disk for a reader: the file itself, or the archive process that is asked for them.
/// What cannot be read is a value; an object is used by one thread.
/// </summary>
public interface IHistoryArchive : IDisposable
{
    /// <summary>Oldest first.</summary>
    IReadOnlyList<ArchivedBoot> Boots { get; }

    /// <summary>Why something could not be read, for a person; null when all could.</summary>
    string? Problem { get; }

    /// <summary>The rows that a query's filters leave, in the query's order.</summary>
    IReadOnlyList<HistoryRow> Query(HistoryQuery query);

    /// <summary>One SELECT over the public views, over what is archived only.</summary>
    SqlAnswer Sql(string sql);
}
