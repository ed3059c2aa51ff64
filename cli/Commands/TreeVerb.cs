using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

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
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string typed = result.GetValue(_unit) ?? "default.target";
        if (!UnitArguments.TryComplete(typed, out string unit))
            return session.Misuse($"'{typed}' is no unit name");
        if (Fetch(session, out DependencyGraph graph) is { } failed)
            return failed;
        if (!graph.Knows(unit))
        {
            return session.Fail(
                ExitCode.NoSuchUnit, $"{unit} is not loaded", "see: initx list --all");
        }

        if (session.Json)
            TreeView.WriteJson(session, graph, unit, result.GetValue(_reverse));
        else if (!session.Quiet)
            TreeView.Write(session, graph, unit, result.GetValue(_reverse), result.GetValue(_all));
        return 0;
    }

    private static int? Fetch(Session session, out DependencyGraph graph)
    {
        graph = new DependencyGraph();
        using var manager = new Manager(session);
        string? after = null;
        do
        {
            CallParameters page = after is null
                ? new CallParameters()
                : new CallParameters { After = after, Present = ParameterKeys.After };
            if (!manager.Ask(Calls.Of(ManagerMethod.ListDependencies, page))
                || !manager.TryRead(
                    AnswerJson.Default.DependencyListAnswer, out DependencyListAnswer answer))
            {
                return manager.Failure;
            }

            foreach (UnitEdgesAnswer unit in answer.Units)
                graph.Add(unit);
            after = answer.Next;
        }
        while (after is not null);
        return null;
    }
}
