using System.Diagnostics;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;

namespace InitTx.Journal.Asking;

/// <summary>
/// Answers requests over an archive's file: bytes in, bytes out. Promises:
/// <list type="number">
/// <item>Any bytes get an answer, of at most <see cref="AskLimits.Answer"/> bytes and after at most
/// <see cref="AskLimits.Milliseconds"/> of reading.</item>
/// <item>A user sees of it what the manager would show: others' requests come without who they are
/// and what they said.</item>
/// <item>Nothing is written.</item>
/// </list>
/// One thread.
/// </summary>
/// <param name="path">archive.db.</param>
public sealed class ArchiveAnswerer(string path) : IDisposable
{
    // So long one opening is used: a file that took another's place is noticed then.
    private static readonly long FreshTicks = Stopwatch.Frequency;

    private static readonly string[] NotAsked =
    [
        "transition", "process", "job", "gap", "boot", "reexec", "crash", "hang", "signal",
        "rejected",
    ];

    private ArchiveReader? _reader;
    private QueryClock? _clock;
    private long _openedAt;

    /// <summary>An answer that says why there is none.</summary>
    public static byte[] Refuse(string why) => AnswerForm.Refusal(why);

    /// <summary>Answers one request.</summary>
    /// <param name="viewer">-1 or 0 sees everything.</param>
    public byte[] Answer(ReadOnlySpan<byte> request, int viewer)
    {
        if (!ArchiveAsk.TryRead(request, out ArchiveAsk ask))
            return AnswerForm.Refusal("the request is not understood");
        if (Reader(out string problem) is not { } reader)
            return AnswerForm.Refusal(problem.Length > 0 ? problem : "there is no archive yet");
        if (ask.Kind == AskKind.Sql)
            return Sql(reader, ask, viewer);
        _clock!.Begin(AskLimits.Milliseconds);
        byte[] answer = ask.Kind switch
        {
            AskKind.Rows => Rows(reader, ask.Query, viewer),
            AskKind.Boots => List(reader.Boots, AnswerForm.Write),
            AskKind.Days => List(
                reader.Days(ask.Unit, ask.When), static (into, d) => AnswerForm.Write(into, d)),
            AskKind.Current => List(
                reader.Current(ask.Unit), static (into, n) => AnswerForm.Write(into, n)),
            AskKind.StatesAt => StatesAt(reader.StatesAt(ask.When)),
            _ => AnswerForm.Refusal("the request is not understood"),
        };
        bool over = _clock.IsOver;
        _clock.End();
        string? wrong = over
            ? $"took longer than {AskLimits.Milliseconds / 1_000} s: name a unit, a boot, or a "
                + "time with --since"
            : reader.Problem;
        if (wrong is null)
            return answer;
        Close();
        return AnswerForm.Refusal(wrong);
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private void Close()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private ArchiveReader? Reader(out string problem)
    {
        problem = "";
        if (_reader is not null && Stopwatch.GetTimestamp() - _openedAt < FreshTicks)
            return _reader;
        Close();
        _reader = ArchiveReader.Open(path, out problem);
        _clock = _reader is null ? null : new QueryClock(_reader.Database);
        _openedAt = Stopwatch.GetTimestamp();
        return _reader;
    }

    private static byte[] Rows(ArchiveReader reader, HistoryQuery query, int viewer)
    {
        int most = Math.Min(query.Limit ?? AskLimits.PageRows, AskLimits.PageRows);
        query = query with { Limit = most };
        if (viewer > 0 && query.Uid is { } uid && uid != viewer)
        {
            string[] kinds =
                [.. NotAsked.Where(k => query.Kinds.Count == 0 || query.Kinds.Contains(k))];
            if (kinds.Length == 0)
                return Page([], false, viewer);
            query = query with { Kinds = kinds };
        }

        IReadOnlyList<HistoryRow> rows = reader.Query(query);
        return Page(rows, rows.Count == most, viewer);
    }

    private static byte[] Page(IReadOnlyList<HistoryRow> rows, bool more, int viewer)
    {
        WireWriter into = AnswerForm.Begin();
        int head = into.Length;
        into.Int(0);
        into.Flag(false);
        int count = 0;
        while (count < rows.Count && into.Length < AskLimits.Page)
            AnswerForm.Write(into, Censored(rows[count++], viewer));
        into.Put(head, count);
        into.PutFlag(head + sizeof(int), more || count < rows.Count);
        return into.Written.ToArray();
    }

    // As JournalReader does it for rows that the manager has.
    private static HistoryRow Censored(HistoryRow row, int viewer) =>
        viewer <= 0 || row.Uid == viewer || !IsAsked(row)
            ? row
            : row with
            {
                Uid = -1,
                Pid = 0,
                Comm = null,
                Text = row.Kind == "request" ? null : row.Text,
            };

    private static bool IsAsked(HistoryRow row) => row.Kind is "request" or "transaction"
        || row is { Kind: "config", Pid: not 0 };

    private static byte[] List<T>(IReadOnlyList<T> entries, Action<WireWriter, T> write)
    {
        WireWriter into = AnswerForm.Begin();
        into.Int(entries.Count);
        for (int i = 0; i < entries.Count; i++)
        {
            write(into, entries[i]);
            if (into.Length > AskLimits.Answer)
                return AnswerForm.Refusal("the answer is too long: name a unit");
        }

        return into.Written.ToArray();
    }

    private static byte[] StatesAt(StatesThen? then)
    {
        WireWriter into = AnswerForm.Begin();
        into.Flag(then is not null);
        if (then is null)
            return into.Written.ToArray();
        into.Text(then.Boot);
        into.Long(then.LastUs);
        into.Flag(then.Ended);
        into.Int(then.Units.Count);
        foreach (UnitThen unit in then.Units)
        {
            AnswerForm.Write(into, unit);
            if (into.Length > AskLimits.Answer)
                return AnswerForm.Refusal("there are too many units");
        }

        return into.Written.ToArray();
    }

    private static byte[] Sql(ArchiveReader reader, ArchiveAsk ask, int viewer)
    {
        var limits = new SqlLimits(
            Math.Clamp(ask.Rows, 1, AskLimits.SqlRows), AskLimits.Answer / 4,
            AskLimits.Milliseconds);
        string secret = $"_{Guid.NewGuid():N}";
        using Database db = JoinedViews.Censored(reader, viewer, secret);
        SqlAnswer answer = ReadOnlySql.Run(db, ask.Sql, limits, secret);
        WireWriter into = AnswerForm.Begin();
        into.MaybeText(answer.Error);
        into.Flag(answer.Limit);
        into.Int(answer.Columns.Count);
        foreach (string column in answer.Columns)
            into.Text(column);
        into.Int(answer.Rows.Count);
        foreach (object?[] row in answer.Rows)
        {
            foreach (object? cell in row)
                AnswerForm.WriteCell(into, cell);
        }

        return into.Length <= AskLimits.Answer
            ? into.Written.ToArray()
            : AnswerForm.Refusal("the answer is too long: take fewer columns, or LIMIT");
    }
}
