using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Journal.History;

namespace InitTx.Cli.Rendering;

/// <summary>Rows of the history: a sentence a line, or an object a line.</summary>
internal static class HistoryView
{
    public static void Write(Session session, IReadOnlyList<HistoryRow> rows)
    {
        if (session.Json)
        {
            foreach (HistoryRow row in rows)
                JsonLines.WriteObject(session.Out, json => HistoryRows.Write(json, row));
            return;
        }

        if (session.Quiet)
            return;
        foreach (HistoryRow row in rows)
            session.Out.WriteLine(Line(session, row));
    }

    /// <summary>One row for people: time, number, sentence, cause.</summary>
    public static string Line(Session session, HistoryRow row)
    {
        DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(
            row.TimeUs * TimeSpan.TicksPerMicrosecond);
        string stamp = session.Paint.Faint(Numbers.Stamp(time, session.Host.TimeZone()));
        string sentence = SafeText.Clean(Sentences.Of(row));
        string cause = row.CauseSeq > 0
            ? session.Paint.Faint($" [{row.CauseKind} #{row.CauseSeq}]")
            : "";
        return $"{stamp} #{row.Seq} {Painted(session, row, sentence)}{cause}";
    }

    private static string Painted(Session session, HistoryRow row, string sentence) => row switch
    {
        { Kind: "crash" or "hang" or "gap" } => session.Paint.Bad(sentence),
        { Kind: "transition", To: "failed" } => session.Paint.Bad(sentence),
        { Kind: "rejected" } or { Result: "refused" } => session.Paint.Warn(sentence),
        _ => sentence,
    };
}
