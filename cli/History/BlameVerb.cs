using System.CommandLine;
using InitTx.Cli.Commands;
using InitTx.Cli.History.Charts;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>
/// `initx blame`: the start jobs of a boot's first transaction, longest first: when each began
/// after the first row of the boot, and how long it took; then the chain of jobs, each released by
/// the end of the one before, that decided how long the boot took.
/// </summary>
internal sealed class BlameVerb : Verb
{
    private readonly Option<string> _boot = HistoryOptions.Boot();
    private readonly Option<bool> _shutdown =
        new("--shutdown") { Description = "The way down instead of the way up" };

    private readonly Option<string> _archive = HistoryOptions.Archive();

    public BlameVerb()
        : base("blame", "Show what made the boot slow")
    {
        Command.Add(_boot);
        Command.Add(_shutdown);
        Command.Add(_archive);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        using HistorySource? source = HistorySource.Open(
            session, result.GetValue(_archive), out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        if (source.Store.ResolveBoot(result.GetValue(_boot) ?? "0") is not { } boot)
        {
            return session.Fail(
                ExitCode.Failed, $"no rows of boot {result.GetValue(_boot)} are kept");
        }

        if (result.GetValue(_shutdown))
            return ShutdownStory.Show(session, source.Store, boot);
        if (ChartReader.OfBoot(source.Store, boot, int.MaxValue) is not { } chart)
            return session.Fail(ExitCode.Failed, $"the beginning of boot {boot} is not kept");
        source.ReportProblem();
        List<ChartBar> starts = [.. chart.Bars
            .Where(static b => b.Kind == "start" && b.Result != "open")
            .OrderByDescending(static b => b.TookUs)
            .ThenBy(static b => b.Unit, StringComparer.Ordinal)];
        if (session.Json)
            starts.ForEach(s => WriteJson(session, s));
        else if (!session.Quiet)
            Write(session, starts, chart);
        return 0;
    }

    private static void Write(Session session, List<ChartBar> starts, Chart chart)
    {
        Table table = Sheet.NewTable("TOOK", "BEGAN AT", "RESULT", "UNIT");
        foreach (ChartBar start in starts)
        {
            string[] cells =
                [Millis(start.TookUs), Millis(start.BegunUs), start.Result, start.Unit];
            table.AddRow(cells.Select(c => Sheet.Cell(c)));
        }

        Sheet.Draw(session, table);
        session.Out.WriteLine();
        ChartText.WritePath(session, chart);
    }

    private static string Millis(long us) => (us / 1_000.0).ToString(
        "F1", System.Globalization.CultureInfo.InvariantCulture) + "ms";

    private static void WriteJson(Session session, ChartBar start)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, start.Unit);
            json.WriteString("result"u8, start.Result);
            json.WriteNumber("began"u8, start.BegunUs / 1e6);
            json.WriteNumber("seconds"u8, start.TookUs / 1e6);
            json.WriteBoolean("critical"u8, start.IsCritical);
        });
    }
}
