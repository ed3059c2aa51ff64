using System.CommandLine;
using InitTx.Cli.History;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>`initx list`: units, active ones unless asked otherwise.</summary>
internal sealed class ListVerb : Verb
{
    private readonly Argument<string[]> _patterns = new("PATTERN")
    {
        Description = "Only units that match one of these",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _states = new("--state")
    {
        Description = "Only these states, load states or sub-states (comma-separated)",
        HelpName = "STATE",
    };

    private readonly Option<string> _types = new("--type", "-t")
    {
        Description = "Only these types (comma-separated)",
        HelpName = "TYPE",
    };

    private readonly Option<bool> _failed =
        new("--failed") { Description = "Only units that failed" };

    private readonly Option<bool> _all =
        new("--all", "-a") { Description = "Inactive units too" };

    private readonly Option<string> _at =
        new("--at") { Description = "As it was then, from the record", HelpName = "TIME" };

    private readonly Option<string> _archive = HistoryOptions.Archive();

    private readonly Option<bool> _noLegend =
        new("--no-legend") { Description = "No header and no count" };

    public ListVerb()
        : base("list", "List units; without --all only those that are not inactive")
    {
        Command.Add(_patterns);
        Command.Add(_states);
        Command.Add(_types);
        Command.Add(_failed);
        Command.Add(_all);
        Command.Add(_at);
        Command.Add(_archive);
        Command.Add(_noLegend);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        CallParameters filter = Filter(result);
        if (result.GetValue(_archive) is not null && result.GetValue(_at) is null)
            return session.Misuse("--archive needs --at=TIME");
        if (result.GetValue(_at) is { } at)
        {
            return TimeArgument.Read(session, at, out long? us)
                ?? ListThen.Run(
                    session, us!.Value, filter, result.GetValue(_archive),
                    legend: !result.GetValue(_noLegend));
        }

        if (session.Json)
        {
            return UnitPages.EachAsItCame(session, filter, entry =>
            {
                session.Out.Write(entry.GetRawText());
                session.Out.WriteLine();
            }) ?? 0;
        }

        var entries = new List<ListEntryAnswer>();
        if (UnitPages.Each(session, filter, entries.Add) is { } failed)
            return failed;
        if (!session.Quiet)
            UnitTable.Write(session, entries, legend: !result.GetValue(_noLegend));
        return 0;
    }

    private CallParameters Filter(ParseResult result)
    {
        var filter = new CallParameters();
        string[] patterns = [.. result.GetValue(_patterns)!.Select(UnitArguments.CompletePattern)];
        if (patterns.Length > 0)
            filter = filter with { Units = patterns, Present = ParameterKeys.Units };
        var states = new List<string>(Words(result.GetValue(_states)));
        if (result.GetValue(_failed))
            states.Add("failed");
        if (states.Count > 0)
        {
            filter = filter with
            {
                States = states,
                Present = filter.Present | ParameterKeys.States,
            };
        }

        string[] types = Words(result.GetValue(_types));
        if (types.Length > 0)
            filter = filter with { Types = types, Present = filter.Present | ParameterKeys.Types };
        bool all = result.GetValue(_all) || states.Count > 0 || patterns.Length > 0;
        return all
            ? filter with { All = true, Present = filter.Present | ParameterKeys.All }
            : filter;
    }

    private static string[] Words(string? text) =>
        text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        ?? [];
}
