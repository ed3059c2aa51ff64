using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>The verbs that become transactions over units, and daemon-reload.</summary>
internal sealed class Change : Verb
{
    private readonly ManagerMethod _method;
    private readonly Argument<string[]>? _units;
    private readonly ChangeOptions _options;

    private Change(string name, string summary, ManagerMethod method, bool takesUnits = true)
        : base(name, summary)
    {
        _method = method;
        if (takesUnits)
        {
            _units = new Argument<string[]>("UNIT")
            {
                Description = "Unit names or patterns; .service is added where no type is written",
                Arity = ArgumentArity.OneOrMore,
            };
            Command.Add(_units);
        }

        _options = new ChangeOptions(Command);
    }

    public static Verb Start() =>
        new Change("start", "Start units and what they need", ManagerMethod.Start);

    public static Verb Stop() =>
        new Change("stop", "Stop units and what depends on them", ManagerMethod.Stop);

    public static Verb Restart() =>
        new Change("restart", "Stop and start units", ManagerMethod.Restart);

    public static Verb TryRestart() =>
        new Change("try-restart", "Restart units that are active", ManagerMethod.TryRestart);

    public static Verb Reload() =>
        new Change("reload", "Have units read their configuration again", ManagerMethod.Reload);

    public static Verb ReloadOrRestart() => new Change(
        "reload-or-restart",
        "Reload units that can, restart the others",
        ManagerMethod.ReloadOrRestart);

    public static Verb Isolate() =>
        new Change("isolate", "Start a unit and stop all others", ManagerMethod.Isolate);

    public static Verb DaemonReload() => new Change(
        "daemon-reload",
        "Read the unit files again",
        ManagerMethod.DaemonReload,
        takesUnits: false);

    /// <summary>Makes a change and follows it to its end.</summary>
    public static int Follow(Session session, Call call) =>
        Follow(session, call, out _, out _);

    /// <summary>Makes a change and follows it to its end.</summary>
    /// <param name="last">The last answer of the stream; null when there was none.</param>
    /// <param name="wasRefused">Nothing was changed: the manager refused it.</param>
    public static int Follow(
        Session session, Call call, out ChangeAnswer? last, out bool wasRefused)
    {
        ProgressView view = session switch
        {
            { Json: true } => new JsonProgress(session.Out),
            { Quiet: true } => new SilentProgress(),
            { Out.IsTerminal: true } => new TerminalProgress(session.Host, session.Paint),
            _ => new LineProgress(session.Out, call.Parameters.Units),
        };
        using var follower = new ChangeFollower(session, call, view);
        int code = follower.Run();
        ChangeEnd.Report(session, call, follower.Last, code);
        (last, wasRefused) = (follower.Last, follower.WasRefused);
        return code;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        var parameters = new CallParameters();
        if (_options.Fill(result, session, ref parameters) is { } wrong)
            return wrong;
        if (_units is not null)
        {
            if (UnitExpander.Expand(
                session, result.GetValue(_units)!, out IReadOnlyList<string> units)
                is { } failed)
            {
                return failed;
            }

            parameters = parameters with
            {
                Units = units,
                Present = parameters.Present | ParameterKeys.Units,
            };
        }

        if (_options.IsDryRun(result))
        {
            return _units is null
                ? session.Misuse("--dry-run goes with verbs over units")
                : LivePlan.Show(session, Command.Name, parameters);
        }

        bool more = !parameters.NoBlock;
        return Follow(session, Calls.Of(_method, parameters, more));
    }
}
