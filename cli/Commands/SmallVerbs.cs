using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>`initx reset-failed`: forget failures, of named units or of all.</summary>
internal sealed class ResetFailedVerb : Verb
{
    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names or patterns; without any, all that failed",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _reason =
        new("--reason") { Description = "Put this text on record", HelpName = "TEXT" };

    public ResetFailedVerb()
        : base("reset-failed", "Forget failures and restart counters")
    {
        Command.Add(_units);
        Command.Add(_reason);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (UnitExpander.Expand(session, result.GetValue(_units)!, out IReadOnlyList<string> units)
            is { } failed)
        {
            return failed;
        }

        if (units.Count == 0)
        {
            var all = new List<string>();
            int? noAnswer = UnitPages.Each(
                session,
                new CallParameters
                {
                    Present = ParameterKeys.States | ParameterKeys.All,
                    States = ["failed"],
                    All = true,
                },
                entry => all.Add(entry.Unit));
            if (noAnswer is not null || all.Count == 0)
                return noAnswer ?? 0;
            units = all;
        }

        var parameters = new CallParameters { Present = ParameterKeys.Units, Units = units };
        parameters = Calls.WithReason(parameters, result.GetValue(_reason));
        return Change.Follow(session, Calls.Of(ManagerMethod.ResetFailed, parameters, more: true));
    }
}

/// <summary>`initx reexec`: replace the manager's image in place; nothing is restarted.</summary>
internal sealed class ReexecVerb : Verb
{
    private readonly Option<string> _image =
        new("--image") { Description = "Another image (not built yet)", HelpName = "PATH" };

    public ReexecVerb()
        : base("reexec", "Replace the manager in place; services run on") => Command.Add(_image);

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (result.GetValue(_image) is not null)
        {
            return session.Fail(
                Core.Ports.ExitCode.Usage,
                "--image is not built yet in this version",
                "initx reexec starts the installed image");
        }

        return Change.Follow(
            session, Calls.Of(ManagerMethod.Reexec, new CallParameters(), more: true));
    }
}

/// <summary>`initx poweroff`, `reboot` and `halt`.</summary>
internal sealed class PowerVerb : Verb
{
    private readonly ManagerMethod _method;

    private readonly Option<bool> _noBlock =
        new("--no-block") { Description = "Return when the request is accepted" };

    private readonly Option<string> _reason =
        new("--reason") { Description = "Put this text on record", HelpName = "TEXT" };

    private PowerVerb(string name, string summary, ManagerMethod method)
        : base(name, summary)
    {
        _method = method;
        Command.Add(_noBlock);
        Command.Add(_reason);
    }

    public static Verb Poweroff() => new PowerVerb(
        "poweroff", "Stop everything and power off", ManagerMethod.Poweroff);

    public static Verb Reboot() => new PowerVerb(
        "reboot", "Stop everything and boot again", ManagerMethod.Reboot);

    public static Verb Halt() => new PowerVerb(
        "halt", "Stop everything and halt", ManagerMethod.Halt);

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        var parameters = new CallParameters();
        if (result.GetValue(_reason) is { } reason)
            parameters = parameters with { Reason = reason, Present = ParameterKeys.Reason };
        bool noBlock = result.GetValue(_noBlock);
        if (noBlock)
        {
            parameters = parameters with
            {
                NoBlock = true,
                Present = parameters.Present | ParameterKeys.NoBlock,
            };
        }

        return Change.Follow(session, Calls.Of(_method, parameters, more: !noBlock));
    }
}

/// <summary>`initx is-system-running`: the manager's state in one word.</summary>
internal sealed class IsSystemRunningVerb : Verb
{
    public IsSystemRunningVerb()
        : base("is-system-running", "Print the manager's state; 0 when it is running")
    {
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string state = Ask(session);
        if (session.Json)
            session.Out.WriteLine($"{{\"state\":\"{state}\"}}");
        else if (!session.Quiet)
            session.Out.WriteLine(state);
        return state == "running" ? 0 : 1;
    }

    /// <summary>systemctl(1): a machine whose manager cannot be asked is offline.</summary>
    private static string Ask(Session session)
    {
        using ControlClient? client = ControlClient.Connect(session.SocketPath, out _);
        if (client is null || !client.Send(Calls.Of(ManagerMethod.GetManager))
            || client.Read(Manager.QueryTimeoutMs) != ReadStatus.Reply
            || client.Reply.Error is not null)
        {
            return "offline";
        }

        using var document = System.Text.Json.JsonDocument.Parse(client.Parameters.ToArray());
        return JsonLines.Text(document.RootElement, "state") ?? "unknown";
    }
}

/// <summary>`initx version`: of the command line and of the manager.</summary>
internal sealed class VersionVerb : Verb
{
    public VersionVerb()
        : base("version", "Show the versions of both sides")
    {
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        using var manager = new Manager(session);
        if (!manager.Ask(Calls.Of(ManagerMethod.GetVersion))
            || !manager.TryRead(AnswerJson.Default.VersionAnswer, out VersionAnswer answer))
        {
            return manager.Failure;
        }

        if (session.Json)
        {
            session.Out.WriteRaw(manager.Answer);
            session.Out.WriteLine();
        }
        else
        {
            session.Out.WriteLine($"initx   {Invocation.Version}");
            session.Out.WriteLine($"initxd  {answer.Version} (protocol {answer.Protocol})");
        }

        return 0;
    }
}
