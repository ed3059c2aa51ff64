using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Journal.History;

namespace InitTx.Cli.History;

/// <summary>
/// A process that has ended, from the record: `initx status PID` when no process has that pid. The
/// last one that had it is shown; numbers are used again.
/// </summary>
internal static class EndedProcess
{
    private const int Most = 16;

    /// <summary>Shows it: 3, as of a unit that is not active; 4 when the record has none.</summary>
    public static int Show(Session session, int pid)
    {
        using HistorySource? source = HistorySource.Open(session, null, out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        IReadOnlyList<HistoryRow> ends = source.Store.Query(
            new HistoryQuery { Pid = pid, Kinds = ["process"], Limit = Most, Reverse = true });
        source.ReportProblem();
        if (ends.Count == 0)
        {
            return session.Fail(
                ExitCode.NoSuchUnit,
                $"pid {pid}: no process has it, and none of a unit that the record has had it",
                "main and control processes of units are recorded, what these fork is not");
        }

        HistoryRow end = ends[0];
        HistoryRow? start = StartOf(source.Store, end);
        if (session.Json)
            WriteJson(session, end, start, ends.Count - 1);
        else if (!session.Quiet)
            Write(session, end, start, ends);
        return (int)ExitCode.NotActive;
    }

    private static HistoryRow? StartOf(HistoryStore store, HistoryRow end) => store.Query(
        new HistoryQuery
        {
            Units = end.Unit is { } unit ? [unit] : [],
            Boot = end.Boot,
            BeforeSeq = end.Seq,
            Kinds = ["process"],
            Limit = 64,
            Reverse = true,
        }).FirstOrDefault(r => r.Pid == end.Pid && r.To is "started" or "adopted");

    private static void Write(
        Session session, HistoryRow end, HistoryRow? start, IReadOnlyList<HistoryRow> ends)
    {
        session.Out.WriteLine($"○ pid {end.Pid} has ended: the {SafeText.Clean(end.From)} process "
            + $"of {SafeText.Clean(end.Unit)}");
        var fields = new Fields(session, "Unit");
        fields.Add("Boot", end.Boot);
        fields.Add("Role", end.From);
        fields.Add("Began", start is null ? "not in the rows that are kept" : Stamp(start));
        fields.Add("Ended", Stamp(end) + (start is null
            ? ""
            : " after " + Durations.Format(
                TimeSpan.FromMicroseconds(end.MonotonicUs - start.MonotonicUs))));
        fields.Add("How", Sentences.Of(end));
        fields.Add("Next", $"initx why {end.Unit}; initx history {end.Unit}");
        if (ends.Count > 1)
            fields.Add("Others", $"{ends.Count - 1} before it had this pid, the last of "
                + $"{ends[1].Unit}, {Stamp(ends[1])}");

        string Stamp(HistoryRow row) => Numbers.Time(
            DateTimeOffset.UnixEpoch.AddTicks(row.TimeUs * TimeSpan.TicksPerMicrosecond),
            session.Host.TimeZone());
    }

    private static void WriteJson(Session session, HistoryRow end, HistoryRow? start, int others)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteNumber("pid"u8, end.Pid);
            json.WriteBoolean("ended"u8, true);
            json.WriteString("unit"u8, end.Unit);
            json.WriteString("role"u8, end.From);
            json.WriteString("boot"u8, end.Boot);
            json.WriteString("began"u8, start is null ? null : Sentences.Time(start.TimeUs));
            json.WriteString("endedAt"u8, Sentences.Time(end.TimeUs));
            json.WriteStartObject("exit"u8);
            json.WriteString("kind"u8, end.ExitKind);
            json.WriteNumber("code"u8, end.ExitCode);
            json.WriteEndObject();
            json.WriteNumber("seq"u8, end.Seq);
            json.WriteNumber("others"u8, others);
        });
    }
}
