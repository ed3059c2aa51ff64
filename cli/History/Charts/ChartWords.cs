namespace InitTx.Cli.History.Charts;

/// <summary>The words of a chart, the same in the drawing and on the terminal.</summary>
internal static class ChartWords
{
    private const int GoalChars = 80;

    /// <summary>What it is, how long it took, how it ended.</summary>
    public static string Title(Chart chart)
    {
        string span = ChartAxis.Span(chart.LengthUs);
        string end = chart.Outcome == "running" ? "still running after" : $"{chart.Outcome} after";
        return chart.IsBoot
            ? FormattableString.Invariant($"Boot {Short(chart.Boot)}: {end} {span}")
            : FormattableString.Invariant(
                $"Transaction {chart.Transaction}, {What(chart)}: {end} {span}");
    }

    /// <summary>When, for whom, and how much of it.</summary>
    public static string Subtitle(Chart chart, string when)
    {
        int jobs = chart.Bars.Count + chart.LeftOut;
        string by = chart.By is { } who ? $", asked for by {who}" : "";
        string planned = chart.IsBoot
            ? $"; transaction planned after {ChartAxis.Span(chart.PlannedUs)}, {What(chart)}"
            : $"; boot {Short(chart.Boot)}";
        return FormattableString.Invariant(
            $"{when}{by}; {jobs} jobs, {chart.CriticalPath.Count} on the critical path{planned}");
    }

    /// <summary>The unit, and the job's kind where it is no start.</summary>
    public static string RowName(ChartBar bar) =>
        bar.Kind == "start" ? bar.Unit : $"{bar.Unit} ({bar.Kind})";

    /// <summary>All there is to say about a bar.</summary>
    public static string Tip(Chart chart, ChartBar bar)
    {
        ChartBar? after = bar.After == 0
            ? null
            : chart.Bars.FirstOrDefault(b => b.Job == bar.After);
        string waited = after is null ? "" : $", released by {after.Unit}";
        return $"{bar.Unit}: {bar.Kind} {bar.Result}, began at {ChartAxis.Span(bar.BegunUs)}"
            + $"{waited}, took {ChartAxis.Span(bar.TookUs)}";
    }

    /// <summary>Cut in the middle: a name's end tells as much as its beginning.</summary>
    public static string Middle(string text, int most)
    {
        if (text.Length <= most)
            return text;
        int head = most / 2;
        int tail = text.Length - (most - head - 1);
        // No half of a character pair is left behind.
        head -= char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail += char.IsLowSurrogate(text[tail]) ? 1 : 0;
        return string.Concat(text.AsSpan(0, head), "…", text.AsSpan(tail));
    }

    private static string What(Chart chart)
    {
        int semicolon = chart.Goals.IndexOf(';', StringComparison.Ordinal);
        string goals = semicolon < 0 ? chart.Goals : chart.Goals[..semicolon];
        return Middle($"{chart.Verb} {goals}".TrimEnd(), GoalChars);
    }

    private static string Short(string boot) => boot.Length > 8 ? boot[..8] : boot;
}
