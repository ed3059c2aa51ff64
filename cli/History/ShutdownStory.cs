using InitTx.Cli.Commands;
using InitTx.Cli.History.Charts;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>
/// `initx blame --shutdown`: the stop jobs of a boot's way down, longest first, and which process
/// did not end on its signal and had to be killed.
/// </summary>
internal static class ShutdownStory
{
    /// <summary>Shows it; the exit status.</summary>
    public static int Show(Session session, HistoryStore store, string boot)
    {
        HistoryRow? begun = store.Query(new HistoryQuery
        {
            Boot = boot,
            Kinds = ["transaction"],
            Reverse = true,
        }).FirstOrDefault(static r =>
            r is { To: "begun", From: "poweroff" or "reboot" or "halt" or "kexec" });
        if (begun is null
            || ChartReader.OfTransaction(store, boot, begun.Transaction) is not { } chart)
        {
            return session.Fail(
                ExitCode.Failed, $"no shutdown of boot {boot} is on record",
                "--boot=-1 is the boot before this one; initx boots lists them");
        }

        Dictionary<string, string> ignored = Ignored(store, begun);
        List<ChartBar> stops = [.. chart.Bars
            .OrderByDescending(static b => b.TookUs)
            .ThenBy(static b => b.Unit, StringComparer.Ordinal)];
        if (session.Json)
            stops.ForEach(s => WriteJson(session, s, ignored.GetValueOrDefault(s.Unit)));
        else if (!session.Quiet)
            Write(session, stops, ignored, chart);
        return 0;
    }

    // A unit whose kill signal was not enough, in words.
    private static Dictionary<string, string> Ignored(HistoryStore store, HistoryRow begun)
    {
        var since = new Dictionary<string, HistoryRow>(StringComparer.Ordinal);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        IReadOnlyList<HistoryRow> rows = store.Query(new HistoryQuery
        {
            Boot = begun.Boot,
            AfterSeq = begun.Seq,
            Kinds = ["transition", "process"],
        });
        foreach (HistoryRow row in rows)
        {
            if (row.Unit is not { } unit)
                continue;
            if (row.Kind == "transition" && row.To is "stop-sigterm" or "final-sigterm")
            {
                since[unit] = row;
            }
            else if (row.Kind == "transition" && row.To is "stop-sigkill" or "final-sigkill")
            {
                long us = row.MonotonicUs - since.GetValueOrDefault(unit, begun).MonotonicUs;
                found[unit] = $"did not end on its signal for {ChartAxis.Span(us)}, "
                    + "then it was killed";
            }
            else if (row is { Kind: "process", To: "exited", ExitKind: "killed", ExitCode: 9 }
                && found.TryGetValue(unit, out string? text)
                && !text.StartsWith("the ", StringComparison.Ordinal))
            {
                found[unit] = FormattableString.Invariant(
                    $"the {row.From} process {row.Pid} {text}");
            }
        }

        return found;
    }

    private static void Write(
        Session session, List<ChartBar> stops, Dictionary<string, string> ignored, Chart chart)
    {
        session.Out.WriteLine(session.Paint.Strong(SafeText.Clean(ChartWords.Title(chart))));
        Table table = Sheet.NewTable("TOOK", "BEGAN AT", "RESULT", "UNIT", "");
        foreach (ChartBar stop in stops)
        {
            string note = ignored.GetValueOrDefault(stop.Unit, "");
            table.AddRow(
                Sheet.Cell(ChartAxis.Span(stop.TookUs)), Sheet.Cell(ChartAxis.Span(stop.BegunUs)),
                Sheet.Cell(stop.Result), Sheet.Cell(stop.Unit),
                Sheet.Cell(note, note.Length > 0 ? new Style(Color.Red) : (Style?)null));
        }

        Sheet.Draw(session, table);
        session.Out.WriteLine();
        ChartText.WritePath(session, chart);
    }

    private static void WriteJson(Session session, ChartBar stop, string? ignored)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, stop.Unit);
            json.WriteString("result"u8, stop.Result);
            json.WriteNumber("began"u8, stop.BegunUs / 1e6);
            json.WriteNumber("seconds"u8, stop.TookUs / 1e6);
            json.WriteBoolean("critical"u8, stop.IsCritical);
            json.WriteString("ignored"u8, ignored);
        });
    }
}
