using System.Globalization;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;

namespace InitTx.Journal.History;

/// <summary>
/// The reading side, in the client's process: rows of the manager that were fetched, joined with
/// what an archive has, no row twice. Not thread-safe. An SQLite failure of our own statements is
/// a bug or lack of memory, and throws; a failure of the user's SQL is a value.
/// </summary>
/// <param name="archive">Rows on disk; null for none. It stays the caller's.</param>
public sealed class HistoryStore(IHistoryArchive? archive = null) : IDisposable
{
    private readonly LiveRows _live = new(archive?.Boots ?? []);

    /// <summary>
    /// Boot ids, oldest first: the archive's, then others in the order in which they were added.
    /// </summary>
    public IReadOnlyList<string> Boots => _live.Boots;

    /// <summary>Rows that were added and are not in the archive.</summary>
    public IReadOnlyList<HistoryRow> Added => _live.Rows;

    /// <summary>Adds rows; one that is there already, or archived, stays as it is.</summary>
    public void Add(IEnumerable<HistoryRow> rows)
    {
        foreach (HistoryRow row in rows)
            _live.Add(row);
    }

    /// <summary>
    /// Reads CONTRACT "boots": 0 is the newest, -1 the one before, or an id or a unique beginning
    /// of one of at least four characters.
    /// </summary>
    /// <returns>The boot's id, or null when there is no such boot.</returns>
    public string? ResolveBoot(string text)
    {
        IReadOnlyList<string> boots = Boots;
        if (text.Length < 4
            && int.TryParse(
                text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n))
            return n <= 0 && boots.Count - 1 + n >= 0 ? boots[boots.Count - 1 + n] : null;
        List<string> found =
            [.. boots.Where(
                b => text.Length >= 4 && b.StartsWith(text, StringComparison.OrdinalIgnoreCase))];
        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>The rows that a query's filters leave.</summary>
    public IReadOnlyList<HistoryRow> Query(HistoryQuery query)
    {
        if (archive is null)
            return _live.Query(query);
        if (query.Oldest)
            return OldestFirst(query);
        IReadOnlyList<HistoryRow> live = _live.Query(query);
        int? left = query.Limit - live.Count;
        if (left <= 0)
            return live;
        IReadOnlyList<HistoryRow> older = archive.Query(query with { Limit = left });
        return query.Reverse ? [.. live, .. older] : [.. older, .. live];
    }

    /// <summary>
    /// Runs one SELECT over the public views. Whatever else it names is refused by SQLite's
    /// authorizer before it runs.
    /// </summary>
    public SqlAnswer Sql(string sql, SqlLimits? limits = null)
    {
        // An archive that is only asked, not opened, answers for what it has.
        if (archive is not null and not ArchiveReader)
            return archive.Sql(sql, limits);
        using Database db = JoinedViews.Make(_live, archive as ArchiveReader);
        return ReadOnlySql.Run(db, sql, limits);
    }

    /// <summary>The states of all units at a time; null before the first row.</summary>
    public StatesThen? StatesAt(long atUs)
    {
        StatesThen? then = archive?.StatesAt(atUs);
        StateReplay? replay = null;
        foreach (HistoryRow row in _live.Rows)
        {
            if (row.TimeUs > atUs)
                break;
            if (replay is null || row.Boot != then!.Boot)
            {
                replay = new StateReplay();
                foreach (UnitThen unit in row.Boot == then?.Boot ? then.Units : [])
                    replay.Set(unit);
            }

            replay.Take(row);
            then = new StatesThen(row.Boot, row.TimeUs, false, []);
        }

        return replay is null ? then : then! with { Units = replay.Units };
    }

    /// <summary>
    /// How the unit came to be in the state that it is in; see <see cref="WhyAnswer"/>.
    /// </summary>
    /// <param name="unit">The full name.</param>
    /// <param name="untilUs">As it was then, microseconds since 1970; null for now.</param>
    public WhyAnswer Why(string unit, long? untilUs = null) =>
        new WhyWalk(this, unit, untilUs).Answer();

    /// <inheritdoc/>
    public void Dispose() => _live.Clear();

    internal HistoryRow? First(HistoryQuery query)
    {
        IReadOnlyList<HistoryRow> rows = Query(query with { Limit = 1 });
        return rows.Count == 0 ? null : rows[0];
    }

    internal HistoryRow? Row(string boot, long seq) =>
        First(new HistoryQuery { Boot = boot, Seq = seq });

    private IReadOnlyList<HistoryRow> OldestFirst(HistoryQuery query)
    {
        IReadOnlyList<HistoryRow> older = archive!.Query(query);
        int? left = query.Limit - older.Count;
        return left <= 0 ? older : [.. older, .. _live.Query(query with { Limit = left })];
    }
}
