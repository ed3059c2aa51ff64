using InitTx.Journal.History;

namespace InitTx.Journal.Asking;

/// <summary>Carries one request and its answer.</summary>
public interface IArchiveLine : IDisposable
{
    /// <summary>The answer's bytes; null with why there is none, for a person.</summary>
    byte[]? Ask(ReadOnlySpan<byte> request, out string problem);
}

/// <summary>
/// An archive that this user may not read, asked for what he may see of it. The first thing that
/// goes wrong is <see cref="Problem"/>; what was not answered is empty. One thread.
/// </summary>
public sealed class AskedArchive : IHistoryArchive
{
    private const int MaxRows = 20_000_000;

    private readonly IArchiveLine _line;

    private AskedArchive(IArchiveLine line) => _line = line;

    /// <inheritdoc/>
    public IReadOnlyList<ArchivedBoot> Boots { get; private set; } = [];

    /// <inheritdoc/>
    public string? Problem { get; private set; }

    /// <summary>Begins with the boots; null with why nothing is answered. Owns the line.</summary>
    public static AskedArchive? Over(IArchiveLine line, out string problem)
    {
        var archive = new AskedArchive(line);
        archive.Boots = archive.List(
            new ArchiveAsk { Kind = AskKind.Boots }, AnswerForm.ReadBoot);
        problem = archive.Problem ?? "";
        if (archive.Problem is null)
            return archive;
        line.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<HistoryRow> Query(HistoryQuery query)
    {
        bool backwards = !query.Oldest && (query.Limit is not null || query.Reverse);
        var rows = new List<HistoryRow>();
        long left = query.Limit ?? MaxRows;
        // What was archived since the boots were asked for is asked of the manager.
        long end = Boots.Count == 0
            ? 0
            : (Boots[^1].Number << OnDisk.ArchiveSchema.SeqBits) + Boots[^1].LastSeq + 1;
        HistoryQuery page = query with
        {
            Oldest = !backwards,
            Reverse = backwards,
            BeforeOrder = end,
        };
        bool more = Boots.Count > 0;
        while (more && left > 0 && Problem is null)
        {
            page = page with { Limit = (int)Math.Min(left, AskLimits.PageRows) };
            int before = rows.Count;
            more = Page(page, rows);
            if (rows.Count == before)
                break;
            left -= rows.Count - before;
            page = backwards
                ? page with { BeforeOrder = rows[^1].Order }
                : page with { AfterOrder = rows[^1].Order };
        }

        if (backwards && !query.Reverse)
            rows.Reverse();
        return rows;
    }

    /// <inheritdoc/>
    public IReadOnlyList<UnitDay> Days(string? unit, long sinceDay) => List(
        new ArchiveAsk { Kind = AskKind.Days, Unit = unit, When = Math.Max(0, sinceDay) },
        AnswerForm.ReadDay);

    /// <inheritdoc/>
    public IReadOnlyList<UnitNow> Current(string? unit) =>
        List(new ArchiveAsk { Kind = AskKind.Current, Unit = unit }, AnswerForm.ReadNow);

    /// <inheritdoc/>
    public StatesThen? StatesAt(long atUs)
    {
        var ask = new ArchiveAsk { Kind = AskKind.StatesAt, When = Math.Max(0, atUs) };
        if (Asked(ask) is not { } answer)
            return null;
        var from = new WireReader(answer);
        if (AnswerForm.Open(ref from) is { } wrong)
            return Failed<StatesThen>(wrong);
        if (!from.Flag())
            return from.IsDone ? null : Failed<StatesThen>(NotUnderstood);
        (string boot, long last, bool ended) =
            (from.Text(AskLimits.Name), from.Long(), from.Flag());
        List<UnitThen> units = Entries(ref from, AnswerForm.ReadThen);
        return from.IsDone
            ? new StatesThen(boot, last, ended, units)
            : Failed<StatesThen>(NotUnderstood);
    }

    /// <inheritdoc/>
    public SqlAnswer Sql(string sql, SqlLimits? limits = null)
    {
        var ask = new ArchiveAsk
        {
            Kind = AskKind.Sql,
            Sql = sql,
            Rows = Math.Min(limits?.Rows ?? AskLimits.SqlRows, AskLimits.SqlRows),
        };
        if (Asked(ask) is not { } answer)
            return new SqlAnswer([], [], Problem, Limit: true);
        var from = new WireReader(answer);
        if (AnswerForm.Open(ref from) is { } wrong)
            return new SqlAnswer([], [], wrong, Limit: true);
        string? error = from.MaybeText(AskLimits.TextMost);
        bool limit = from.Flag();
        string[] columns = new string[from.Count(AskLimits.Word * AskLimits.Word)];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = from.Text(AskLimits.TextMost);
        int count = from.Count(columns.Length == 0 ? 0 : AskLimits.SqlRows);
        var rows = new List<object?[]>();
        for (int i = 0; i < count && !from.Failed; i++)
        {
            object?[] row = new object?[columns.Length];
            for (int cell = 0; cell < row.Length; cell++)
                row[cell] = AnswerForm.ReadCell(ref from);
            rows.Add(row);
        }

        return from.IsDone
            ? new SqlAnswer(columns, rows, error, limit)
            : new SqlAnswer([], [], NotUnderstood, Limit: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();

    private const string NotUnderstood = "the archive's answer is not understood";

    private delegate T Reading<T>(ref WireReader from);

    private bool Page(HistoryQuery query, List<HistoryRow> into)
    {
        if (Asked(new ArchiveAsk { Kind = AskKind.Rows, Query = query }) is not { } answer)
            return false;
        var from = new WireReader(answer);
        if (AnswerForm.Open(ref from) is { } wrong)
        {
            Failed<object>(wrong);
            return false;
        }

        int count = from.Count(AskLimits.PageRows);
        bool more = from.Flag();
        var rows = new List<HistoryRow>(count);
        for (int i = 0; i < count && !from.Failed; i++)
            rows.Add(AnswerForm.ReadRow(ref from));
        if (!from.IsDone || !InOrder(query, rows))
        {
            Failed<object>(NotUnderstood);
            return false;
        }

        into.AddRange(rows);
        return more;
    }

    // A walk over pages ends only when each goes on where the last one ended.
    private static bool InOrder(HistoryQuery query, List<HistoryRow> rows)
    {
        long last = query.Reverse ? query.BeforeOrder ?? long.MaxValue : query.AfterOrder ?? -1;
        foreach (HistoryRow row in rows)
        {
            if (query.Reverse ? row.Order >= last : row.Order <= last)
                return false;
            last = row.Order;
        }

        return true;
    }

    private List<T> List<T>(ArchiveAsk ask, Reading<T> read)
    {
        if (Asked(ask) is not { } answer)
            return [];
        var from = new WireReader(answer);
        if (AnswerForm.Open(ref from) is { } wrong)
        {
            Failed<object>(wrong);
            return [];
        }

        List<T> entries = Entries(ref from, read);
        if (from.IsDone)
            return entries;
        Failed<object>(NotUnderstood);
        return [];
    }

    private static List<T> Entries<T>(ref WireReader from, Reading<T> read)
    {
        int count = from.Count(AskLimits.Entries);
        var entries = new List<T>();
        for (int i = 0; i < count && !from.Failed; i++)
            entries.Add(read(ref from));
        return entries;
    }

    private byte[]? Asked(ArchiveAsk ask)
    {
        byte[]? answer = _line.Ask(ask.ToBytes(), out string problem);
        if (answer is null)
            Failed<object>(problem);
        return answer;
    }

    private T? Failed<T>(string problem)
        where T : class
    {
        Problem ??= problem;
        return null;
    }
}
