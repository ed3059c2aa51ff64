using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using Spectre.Console;

namespace InitTx.Cli.History.Charts;

/// <summary>A chart for a terminal: a table with bars of characters, the critical path.</summary>
internal static class ChartText
{
    private const int BarColumns = 48;
    private const string Marks = "·▒█░×";

    public static void Write(Session session, Chart chart, string when)
    {
        session.Out.WriteLine(session.Paint.Strong(SafeText.Clean(ChartWords.Title(chart))));
        session.Out.WriteLine(SafeText.Clean(ChartWords.Subtitle(chart, when)));
        if (chart.Facts is { } facts)
            session.Out.WriteLine(SafeText.Clean(facts));
        session.Out.WriteLine();
        if (chart.Bars.Count > 0)
        {
            Table table = Sheet.NewTable("BEGAN AT", "TOOK", "", "UNIT");
            foreach (ChartBar bar in chart.Bars)
            {
                table.AddRow(
                    Sheet.Cell(ChartAxis.Span(bar.BegunUs)),
                    Sheet.Cell(ChartAxis.Span(bar.TookUs)),
                    Sheet.Cell(Bar(chart, bar), Color(bar)),
                    Sheet.Cell(
                        (bar.IsCritical ? "» " : "  ") + ChartWords.RowName(bar)
                            + (bar.Result == "done" ? "" : $"  {bar.Result}"),
                        bar.IsCritical ? new Style(decoration: Decoration.Bold) : (Style?)null));
            }

            Sheet.Draw(session, table);
        }

        if (chart.LeftOut > 0)
            session.Out.WriteLine($"and {chart.LeftOut} shorter ones: initx plot --json");
        session.Out.WriteLine();
        WritePath(session, chart);
        session.Out.WriteLine(
            "· waiting  ▒ activating  █ active  ░ deactivating  × failed  » critical path");
    }

    /// <summary>The chain of jobs that decided how long it took, first to last.</summary>
    public static void WritePath(Session session, Chart chart)
    {
        if (chart.CriticalPath.Count == 0)
            return;
        session.Out.WriteLine("critical path, each released by the end of the one before:");
        long last = 0;
        foreach (ChartBar bar in chart.CriticalPath)
        {
            string gap = bar.BegunUs - last > 999
                ? $", {ChartAxis.Span(bar.BegunUs - last)} after the one before"
                : "";
            last = bar.EndedUs;
            string line = $"  {ChartAxis.Span(bar.EndedUs),8} +{ChartAxis.Span(bar.TookUs)} "
                + $"{ChartWords.RowName(bar)}{(bar.Result == "done" ? "" : $" {bar.Result}")}";
            session.Out.WriteLine(SafeText.Clean(line) + session.Paint.Faint(gap));
        }
    }

    private static Style? Color(ChartBar bar) => bar.Result switch
    {
        "done" => (Style?)null,
        "failed" or "timeout" or "dependency" or "assert" => new Style(Spectre.Console.Color.Red),
        _ => new Style(Spectre.Console.Color.Yellow),
    };

    private static string Bar(Chart chart, ChartBar bar)
    {
        Span<char> cells = stackalloc char[BarColumns];
        cells.Fill(' ');
        foreach (PhaseSpan span in bar.Phases)
        {
            int from = Column(chart, span.FromUs);
            int to = Math.Max(from, Column(chart, span.ToUs - 1));
            cells[from..(to + 1)].Fill(Marks[(int)span.Phase]);
        }

        if (cells.IndexOfAnyExcept(' ') < 0)
            cells[Column(chart, bar.BegunUs)] = '|';
        return new string(cells).TrimEnd();
    }

    private static int Column(Chart chart, long us) => (int)Math.Clamp(
        Math.Max(0, us) * BarColumns / chart.LengthUs, 0, BarColumns - 1);
}
