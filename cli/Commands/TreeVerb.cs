using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;
using InitTx.Units.Model;

namespace InitTx.Cli.Commands;

/// <summary>`initx tree`: what a unit pulls in, or what pulls it in.</summary>
internal sealed class TreeVerb : Verb
{
    private readonly Argument<string> _unit = new("UNIT")
    {
        Description = "A unit's name, default default.target",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _reverse =
        new("--reverse") { Description = "What pulls the unit in" };

    private readonly Option<bool> _all =
        new("--all", "-a") { Description = "Show a unit's part of the tree wherever it occurs" };

    public TreeVerb()
        : base("tree", "Show what a unit pulls in, each edge with its file and line")
    {
        Command.Add(_unit);
        Command.Add(_reverse);
        Command.Add(_all);
        OfflineOptions.AddTo(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string typed = result.GetValue(_unit) ?? "default.target";
        if (!UnitArguments.TryComplete(typed, out string unit))
            return session.Misuse($"'{typed}' is no unit name");
        bool reverse = result.GetValue(_reverse);
        var graph = new DependencyGraph();
        if (OfflineOptions.IsWanted(result, []))
        {
            if (OfflineOptions.Load(session, result, [], out OfflineUnits units) is { } failed)
                return failed;
            unit = Read(units, UnitName.Parse(unit), graph, reverse);
        }
        else
        {
            using var manager = new Manager(session);
            if (!Resolve(manager, ref unit))
                return manager.Failure;
            if (!Fetch(manager, graph, []) || !(reverse || FetchBelow(manager, graph, unit)))
                return manager.Failure;
            if (!graph.Knows(unit) && !Fetch(manager, graph, [unit]))
                return manager.Failure;
        }

        if (graph.StateOf(unit) == "not-found")
            return session.Fail(ExitCode.NoSuchUnit, $"no unit {unit}", "see: initx list --all");
        if (session.Json)
            TreeView.WriteJson(session, graph, unit, reverse);
        else if (!session.Quiet)
            TreeView.Write(session, graph, unit, reverse, result.GetValue(_all));
        return 0;
    }

    // Below the root what it pulls in; the other way round everything there is has to be read.
    private static string Read(
        OfflineUnits units, UnitName root, DependencyGraph graph, bool reverse)
    {
        UnitDefinition top = units.Loader.Load(root);
        graph.Add(OfflineAnswers.Edges(top));
        if (reverse)
        {
            foreach (UnitName name in units.Loader.Names)
            {
                if (!name.IsTemplate)
                    graph.Add(OfflineAnswers.Edges(units.Loader.Load(name)));
            }
        }

        while (!reverse && graph.UnknownBelow(top.Name.Value) is { Count: > 0 } unknown)
        {
            foreach (string name in unknown)
                graph.Add(OfflineAnswers.Edges(units.Loader.Load(UnitName.Parse(name))));
            graph.Close(unknown);
        }

        return top.Name.Value;
    }

    /// <summary>Units below the root that are not loaded: their files are read for this.</summary>
    private static bool FetchBelow(Manager manager, DependencyGraph graph, string root)
    {
        while (graph.UnknownBelow(root) is { Count: > 0 } unknown)
        {
            foreach (string[] part in unknown.Chunk(ProtocolLimits.PageEntries))
            {
                if (!Fetch(manager, graph, part))
                    return false;
                graph.Close(part);
            }
        }

        return true;
    }

    /// <summary>An alias becomes the name of what it stands for.</summary>
    private static bool Resolve(Manager manager, ref string unit)
    {
        if (!manager.Ask(Calls.OfUnits(ManagerMethod.ListDependencies, [unit]))
            || !manager.TryRead(
                AnswerJson.Default.DependencyListAnswer, out DependencyListAnswer answer))
        {
            return false;
        }

        unit = answer.Units.Count == 1 ? answer.Units[0].Unit : unit;
        return true;
    }

    /// <summary>All pages over the named units, or over all that are loaded.</summary>
    private static bool Fetch(Manager manager, DependencyGraph graph, IReadOnlyList<string> units)
    {
        string? after = null;
        do
        {
            var page = new CallParameters();
            if (units.Count > 0)
                page = page with { Units = units, Present = ParameterKeys.Units };
            if (after is not null)
                page = page with { After = after, Present = page.Present | ParameterKeys.After };
            if (!manager.Ask(Calls.Of(ManagerMethod.ListDependencies, page))
                || !manager.TryRead(
                    AnswerJson.Default.DependencyListAnswer, out DependencyListAnswer answer))
            {
                return false;
            }

            foreach (UnitEdgesAnswer unit in answer.Units)
                graph.Add(unit);
            after = answer.Next;
        }
        while (after is not null);
        return true;
    }
}
