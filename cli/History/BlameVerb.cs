using System.CommandLine;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>
/// `initx blame`: the start jobs of a boot's first transaction, longest first: when each began
/// after the first row of the boot, and how long it took.
/// </summary>
internal sealed class BlameVerb : Verb
{
    private readonly Option<string> _boot = HistoryOptions.Boot();
    private readonly Option<string> _archive = HistoryOptions.Archive();

    public BlameVerb()
        : base("blame", "Show what made the boot slow")
    {
        Command.Add(_boot);
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
        string typed = result.GetValue(_boot) ?? "0";
        if (source.Store.ResolveBoot(typed) is not { } boot)
            return session.Fail(ExitCode.Failed, $"no rows of boot {typed} are kept");
        HistoryRow? first = source.Store.Query(
            new HistoryQuery { Boot = boot, Limit = 1, Oldest = true }).FirstOrDefault();
        HistoryRow? begun = source.Store.Query(new HistoryQuery
        {
            Boot = boot,
            Kinds = ["transaction"],
            Limit = 1,
            Oldest = true,
        }).FirstOrDefault();
        if (first is null || begun is null)
            return session.Fail(ExitCode.Failed, $"the beginning of boot {boot} is not kept");
        IReadOnlyList<HistoryRow> rows = source.Store.Query(new HistoryQuery
        {
            Boot = boot,
            Transaction = begun.Transaction,
            Kinds = ["job"],
        });
        source.ReportProblem();
        List<Start> starts = Starts(rows, first.MonotonicUs);
        if (session.Json)
            starts.ForEach(s => WriteJson(session, s));
        else if (!session.Quiet)
            Write(session, starts);
        return 0;
    }

    private static List<Start> Starts(IReadOnlyList<HistoryRow> rows, long firstUs)
    {
        var begun = new Dictionary<long, long>();
        var starts = new List<Start>();
        foreach (HistoryRow row in rows)
        {
            if (row.From != "start")
                continue;
            if (row.To is "queued" or "running")
                begun[row.Job] = row.MonotonicUs;
            else if (row.To == "ended" && begun.TryGetValue(row.Job, out long at))
                starts.Add(new Start(
                    row.Unit ?? "", row.Result ?? "", at - firstUs, row.MonotonicUs - at));
        }

        starts.Sort(static (a, b) => b.Us != a.Us
            ? b.Us.CompareTo(a.Us)
            : string.CompareOrdinal(a.Unit, b.Unit));
        return starts;
    }

    private static void Write(Session session, List<Start> starts)
    {
        Table table = Sheet.NewTable("TOOK", "BEGAN AT", "RESULT", "UNIT");
        foreach (Start start in starts)
        {
            string[] cells =
                [Millis(start.Us), Millis(start.BeganUs), start.Result, start.Unit];
            table.AddRow(cells.Select(c => Sheet.Cell(c)));
        }

        Sheet.Draw(session, table);
    }

    private static string Millis(long us) => (us / 1_000.0).ToString(
        "F1", System.Globalization.CultureInfo.InvariantCulture) + "ms";

    private static void WriteJson(Session session, Start start)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, start.Unit);
            json.WriteString("result"u8, start.Result);
            json.WriteNumber("began"u8, start.BeganUs / 1e6);
            json.WriteNumber("seconds"u8, start.Us / 1e6);
        });
    }

    private readonly record struct Start(string Unit, string Result, long BeganUs, long Us);
}
