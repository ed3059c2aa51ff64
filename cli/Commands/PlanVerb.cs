using System.CommandLine;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>`initx plan VERB UNIT…`: what a change would do, changing nothing.</summary>
internal sealed class PlanVerb : Verb
{
    private static readonly string[] Verbs =
        ["start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "isolate",
            "undo"];

    private readonly Argument<string> _verb = new("VERB")
    {
        Description =
            "start, stop, restart, try-restart, reload, reload-or-restart, isolate or undo",
    };

    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names or patterns; of undo a transaction's number",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "With undo: plan what others changed since as well",
    };

    private readonly ChangeOptions _options;

    public PlanVerb()
        : base("plan", "Show what a change would do and why, changing nothing")
    {
        Command.Add(_verb);
        Command.Add(_units);
        _options = new ChangeOptions(Command, onlyPlans: true);
        Command.Add(_force);
        OfflineOptions.AddTo(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string verb = result.GetValue(_verb)!;
        if (Array.IndexOf(Verbs, verb) < 0)
            return session.Misuse($"{verb} cannot be planned, only {string.Join(", ", Verbs)}");
        var parameters = new CallParameters();
        if (_options.Fill(result, session, ref parameters) is { } wrong)
            return wrong;
        string[] typed = result.GetValue(_units)!;
        if (verb == "undo")
            return UndoVerb.Plan(session, typed, result.GetValue(_force), parameters);
        if (OfflineOptions.IsWanted(result, []))
            return OfflinePlan.Run(session, result, verb, typed, parameters);
        if (UnitExpander.Expand(session, typed, out IReadOnlyList<string> units) is { } failed)
            return failed;
        return LivePlan.Show(session, verb, parameters with
        {
            Units = units,
            Present = parameters.Present | ParameterKeys.Units,
        });
    }
}
