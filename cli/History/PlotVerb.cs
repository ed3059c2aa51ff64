using System.CommandLine;
using InitTx.Cli.Commands;
using InitTx.Cli.History.Charts;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;

namespace InitTx.Cli.History;

/// <summary>
/// `initx plot`: a boot or a transaction over time, with the chain of jobs that decided how long
/// it took. SVG into a pipe or a file, a table on a terminal, the data with --json.
/// </summary>
internal sealed class PlotVerb : Verb
{
    private readonly Option<string> _boot = HistoryOptions.Boot();

    private readonly Option<long?> _tx = new("--tx")
    {
        Description = "This transaction of the boot instead of the boot itself",
        HelpName = "N",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Write the SVG into this file",
        HelpName = "FILE",
    };

    private readonly Option<bool> _text =
        new("--text") { Description = "The table, also where no terminal is" };

    private readonly Option<string> _archive = HistoryOptions.Archive();

    public PlotVerb()
        : base("plot", "Draw a boot or a transaction (SVG)")
    {
        foreach (Option option in new Option[] { _boot, _tx, _output, _text, _archive })
            Command.Add(option);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        long? tx = result.GetValue(_tx);
        if (tx < 1)
            return session.Misuse("--tx takes a transaction's number");
        string? file = result.GetValue(_output);
        if (file is not null && (session.Json || result.GetValue(_text)))
            return session.Misuse("--output writes SVG: it excludes --json and --text");
        using HistorySource? source = HistorySource.Open(
            session, result.GetValue(_archive), out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        if (Find(session, source, result.GetValue(_boot) ?? "0", tx, out Chart? chart) is { } none)
            return none;
        source.ReportProblem();
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, json => ChartJson.Write(json, chart!));
            return 0;
        }

        if (file is null && (result.GetValue(_text) || session.Out.IsTerminal))
        {
            ChartText.Write(session, chart!, $"{Stamp(session, chart!.BegunAtUs)} {Zone(session)}");
            return 0;
        }

        string svg = new ChartSvg(chart!, Zone(session), us => Stamp(session, us)).Draw();
        return file is null ? Print(session, svg) : Save(session, svg, file);
    }

    /// <summary>The chart that was asked for; an exit status when there is none.</summary>
    public static int? Find(
        Session session, HistorySource source, string typed, long? tx, out Chart? chart)
    {
        chart = null;
        if (source.Store.ResolveBoot(typed) is not { } boot)
        {
            return session.Fail(
                ExitCode.Failed, $"no rows of boot {typed} are kept", "initx boots lists them");
        }

        chart = tx is { } id
            ? ChartReader.OfTransaction(source.Store, boot, id)
            : ChartReader.OfBoot(source.Store, boot);
        if (chart is not null)
            return null;
        return tx is null
            ? session.Fail(ExitCode.Failed, $"the beginning of boot {boot} is not kept")
            : session.Fail(
                ExitCode.Failed, $"no rows of transaction {tx} of boot {boot} are kept",
                "initx tx lists those of this boot; --boot=N names another");
    }

    private static int Print(Session session, string svg)
    {
        session.Out.Write(svg);
        return 0;
    }

    private static int Save(Session session, string svg, string file)
    {
        try
        {
            File.WriteAllText(file, svg);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or ArgumentException or NotSupportedException)
        {
            return session.Fail(ExitCode.Failed, $"{file} was not written", e.Message);
        }
    }

    private static string Stamp(Session session, long us) => Numbers.Stamp(
        DateTimeOffset.UnixEpoch.AddTicks(us * TimeSpan.TicksPerMicrosecond),
        session.Host.TimeZone());

    private static string Zone(Session session) =>
        session.Host.TimeZone().BaseUtcOffset == TimeSpan.Zero
            ? "UTC"
            : session.Host.TimeZone().Id;
}
