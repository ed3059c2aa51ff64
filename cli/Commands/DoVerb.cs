using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>`initx do UNIT VERB`: a verb that a service defines itself (initx.unit(5)).</summary>
internal sealed class DoVerb : Verb
{
    private readonly Argument<string> _unit = new("UNIT")
    {
        Description = "A service; .service is added where no type is written",
    };

    private readonly Argument<string> _verb = new("VERB")
    {
        Description = "One of its verbs; without it they are listed",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly ChangeOptions _options;

    public DoVerb()
        : base("do", "Run a verb of a service's own (Verb= of [X-InitTx]), or list them")
    {
        Command.Add(_unit);
        Command.Add(_verb);
        _options = new ChangeOptions(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        var parameters = new CallParameters();
        if (_options.Fill(result, session, ref parameters) is { } wrong)
            return wrong;
        string typed = result.GetValue(_unit)!;
        if (!UnitArguments.TryComplete(typed, out string unit))
            return session.Misuse($"'{typed}' is no unit name");
        if (result.GetValue(_verb) is not { } verb)
            return List(session, unit);
        parameters = parameters with
        {
            Units = [unit],
            Action = verb,
            Present = parameters.Present | ParameterKeys.Units | ParameterKeys.Action,
        };
        return _options.IsDryRun(result)
            ? LivePlan.Show(session, "do", parameters, $"{unit} {verb}")
            : Change.Follow(
                session, Calls.Of(ManagerMethod.Do, parameters, more: !parameters.NoBlock));
    }

    private static int List(Session session, string unit)
    {
        using var manager = new Manager(session);
        if (!manager.Ask(Calls.OfUnits(ManagerMethod.ShowUnits, [unit]))
            || !manager.TryRead(AnswerJson.Default.ShowAnswer, out ShowAnswer answer))
            return manager.Failure;
        foreach (ShownUnitAnswer shown in answer.Units)
        {
            if (shown.Status.LoadState == "not-found")
                return session.Fail(ExitCode.NoSuchUnit, $"{unit} is not found");
            List<(string Name, string Command)> verbs = VerbsOf(shown);
            foreach ((string name, string command) in verbs)
            {
                if (session.Json)
                {
                    JsonLines.WriteObject(session.Out, json =>
                    {
                        json.WriteString("unit"u8, unit);
                        json.WriteString("verb"u8, name);
                        json.WriteString("command"u8, command);
                    });
                }
                else
                {
                    session.Out.WriteLine($"{name}  {command}");
                }
            }

            if (verbs.Count == 0 && !session.Json && !session.Quiet)
                session.Out.WriteLine($"{unit} has no verbs of its own (Verb= of [X-InitTx])");
        }

        return 0;
    }

    private static List<(string Name, string Command)> VerbsOf(ShownUnitAnswer unit)
    {
        var verbs = new List<(string, string)>();
        foreach (SettingAnswer setting in unit.Settings)
        {
            if (setting is not { Section: "X-InitTx", Key: "Verb", Value: { } value })
                continue;
            string[] parts = value.Split([' ', '\t'], 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2)
                verbs.Add((parts[0], parts[1]));
            else
                verbs.Clear();
        }

        return verbs;
    }
}
