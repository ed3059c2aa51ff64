using System.Globalization;

namespace InitTx.Journal.History;

/// <summary>
/// Rows that only the manager has, in memory, in order; and the numbers of boots.
/// </summary>
internal sealed class LiveRows
{
    private readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _archived = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _latest = new(StringComparer.Ordinal);
    private readonly List<string> _boots = [];
    private readonly SortedList<(long Boot, long Seq), HistoryRow> _rows = [];

    public LiveRows(IReadOnlyList<ArchivedBoot> archived)
    {
        foreach (ArchivedBoot boot in archived)
        {
            _numbers.Add(boot.Boot, boot.Number);
            _archived.Add(boot.Boot, boot.LastSeq);
            _boots.Add(boot.Boot);
            int dot = boot.Boot.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0)
                _latest[boot.Boot[..dot]] = boot.Boot;
        }
    }

    public IReadOnlyList<string> Boots => _boots;

    public IReadOnlyList<HistoryRow> Rows => [.. _rows.Values];

    public long NumberOf(string boot) => _numbers[boot];

    public void Clear() => _rows.Clear();

    public void Add(HistoryRow row)
    {
        // The archive has several histories of this boot: the manager goes on with the last.
        if (_latest.TryGetValue(row.Boot, out string? latest))
            row = row with { Boot = latest };
        long archived = _archived.GetValueOrDefault(row.Boot);
        if (row.Seq <= archived)
            return;
        if (!_numbers.TryGetValue(row.Boot, out long number))
        {
            number = _numbers.Count == 0 ? 0 : _numbers.Values.Max() + 1;
            _numbers.Add(row.Boot, number);
            _boots.Add(row.Boot);
        }

        _ = _rows.TryAdd((number, row.Seq), Clamped(row, archived));
    }

    public IReadOnlyList<HistoryRow> Query(HistoryQuery query)
    {
        var found = new List<HistoryRow>();
        int limit = Math.Max(0, query.Limit ?? int.MaxValue);
        bool backwards = !query.Oldest && (query.Limit is not null || query.Reverse);
        IList<HistoryRow> rows = _rows.Values;
        for (int i = 0; i < rows.Count && found.Count < limit; i++)
        {
            HistoryRow row = rows[backwards ? rows.Count - 1 - i : i];
            if (RowFilters.Matches(row, query))
                found.Add(row);
        }

        if (backwards && !query.Reverse)
            found.Reverse();
        return found;
    }

    // What was trimmed after the archive had taken it is not lost.
    private static HistoryRow Clamped(HistoryRow row, long archived) =>
        row.Kind == "gap" && archived > 0
            && long.TryParse(row.From, CultureInfo.InvariantCulture, out long first)
            && first <= archived
            ? row with { From = (archived + 1).ToString(CultureInfo.InvariantCulture) }
            : row;
}
