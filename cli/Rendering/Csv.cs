using System.Buffers;
using System.Globalization;
using InitTx.Cli.Hosting;
using InitTx.Journal.History;

namespace InitTx.Cli.Rendering;

/// <summary>Comma-separated values (RFC 4180) with a header line; no value is no field.</summary>
internal static class Csv
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    private static readonly string[] HistoryColumns =
    [
        "boot", "seq", "time", "kind", "unit", "from", "to", "result", "causeKind", "causeSeq",
        "transaction", "job", "pid", "exitKind", "exitCode", "uid", "comm", "text", "durability",
    ];

    /// <summary>Rows of the history; the header unless it was written before.</summary>
    public static void Write(Session session, IReadOnlyList<HistoryRow> rows, bool header)
    {
        if (header)
            Line(session, HistoryColumns);
        foreach (HistoryRow row in rows)
        {
            Line(session,
            [
                row.Boot, Text(row.Seq), Sentences.Time(row.TimeUs), row.Kind, row.Unit, row.From,
                row.To, row.Result, row.CauseKind, NotZero(row.CauseSeq),
                NotZero(row.Transaction), NotZero(row.Job), NotZero(row.Pid), row.ExitKind,
                row.ExitKind.Length == 0 ? null : Text(row.ExitCode),
                row.Uid is >= 0 ? Text(row.Uid.Value) : null, row.Comm, row.Text, row.Durability,
            ]);
        }
    }

    /// <summary>The answer of a SELECT.</summary>
    public static void Write(Session session, SqlAnswer answer)
    {
        Line(session, answer.Columns);
        foreach (object?[] row in answer.Rows)
            Line(session, [.. row.Select(SqlView.Text)]);
    }

    private static void Line(Session session, IReadOnlyList<string?> fields) =>
        session.Out.WriteLine(string.Join(',', fields.Select(Field)));

    private static string Field(string? text) => text is null || !text.AsSpan().ContainsAny(Quoted)
        ? text ?? ""
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string? NotZero(long number) => number == 0 ? null : Text(number);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
