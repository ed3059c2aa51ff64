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
        ["start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "isolate"];

    private readonly Argument<string> _verb = new("VERB")
    {
        Description = "start, stop, restart, try-restart, reload, reload-or-restart or isolate",
    };

    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names or patterns",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _jobMode = new("--job-mode")
    {
        Description = "fail, replace or queue when a job is in the way (default fail)",
        HelpName = "MODE",
    };

    public PlanVerb()
        : base("plan", "Show what a change would do and why, changing nothing")
    {
        Command.Add(_verb);
        Command.Add(_units);
        Command.Add(_jobMode);
        OfflineOptions.AddTo(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string verb = result.GetValue(_verb)!;
        if (Array.IndexOf(Verbs, verb) < 0)
            return session.Misuse($"{verb} cannot be planned, only {string.Join(", ", Verbs)}");
        string? mode = result.GetValue(_jobMode);
        if (mode is not (null or "fail" or "replace" or "queue"))
            return session.Misuse("--job-mode is fail, replace or queue");
        string[] typed = result.GetValue(_units)!;
        if (OfflineOptions.IsWanted(result, []))
            return OfflinePlan.Run(session, result, verb, typed, mode);
        if (UnitExpander.Expand(session, typed, out IReadOnlyList<string> units) is { } failed)
            return failed;
        var parameters = new CallParameters { Units = units };
        if (mode is not null)
            parameters = parameters with { Mode = mode, Present = ParameterKeys.Mode };
        return LivePlan.Show(session, verb, parameters);
    }
}
