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

/// <summary>A unit's time in a state on one day.</summary>
/// <param name="Day">Days since 1970, UTC.</param>
/// <param name="Entered">How often it came into it on that day.</param>
/// <param name="Us">Microseconds; what still goes on is not counted yet.</param>
public readonly record struct UnitDay(long Day, string Unit, string State, long Entered, long Us);

/// <summary>A unit's present state and since when, microseconds since 1970.</summary>
public readonly record struct UnitNow(string Unit, string State, long SinceUs);

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
    SqlAnswer Sql(string sql, SqlLimits? limits = null);

    /// <summary>How long a unit was in each state, by day (UTC), oldest first.</summary>
    /// <param name="unit">Null for all units.</param>
    /// <param name="sinceDay">Days since 1970.</param>
    IReadOnlyList<UnitDay> Days(string? unit, long sinceDay);

    /// <summary>The state that units are in since their last row.</summary>
    IReadOnlyList<UnitNow> Current(string? unit);

    /// <summary>What all units were in at a time; null before the first row.</summary>
    StatesThen? StatesAt(long atUs);
}
