using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx freeze` and `initx thaw`: suspend the processes of services, and let them go on; on
/// record, not undoable. The kernel suspends in its own time; this waits until it has.
/// </summary>
internal sealed class FreezeVerb : Verb
{
    private const int LookMs = 20;
    private const long DefaultTimeoutUs = 10_000_000;

    private readonly ManagerMethod _method;

    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Services or patterns; .service is added where no type is written",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _noBlock =
        new("--no-block") { Description = "Do not wait until the kernel has done it" };

    private readonly Option<string> _timeout = new("--timeout")
    {
        Description = "How long to wait for the kernel (default 10s)",
        HelpName = "TIME",
    };

    private readonly Option<string> _reason =
        new("--reason") { Description = "Put this text on record", HelpName = "TEXT" };

    private FreezeVerb(string name, string summary, ManagerMethod method)
        : base(name, summary)
    {
        _method = method;
        Command.Add(_units);
        Command.Add(_noBlock);
        Command.Add(_timeout);
        Command.Add(_reason);
    }

    public static Verb Freeze() => new FreezeVerb(
        "freeze",
        "Suspend all processes of services until thaw, or until something else is done with them",
        ManagerMethod.Freeze);

    public static Verb Thaw() => new FreezeVerb(
        "thaw", "Let the processes of frozen services go on", ManagerMethod.Thaw);

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        long timeoutUs = DefaultTimeoutUs;
        if (result.GetValue(_timeout) is { } text
            && (!Durations.TryParse(text, out timeoutUs) || timeoutUs == 0))
            return session.Misuse($"--timeout: '{text}' is no time: write 30, 90s or 5min");
        if (UnitExpander.Expand(session, result.GetValue(_units)!, out IReadOnlyList<string> units)
            is { } failed)
        {
            return failed;
        }

        var parameters = new CallParameters { Present = ParameterKeys.Units, Units = units };
        parameters = Calls.WithReason(parameters, result.GetValue(_reason));
        int code = Change.Follow(session, Calls.Of(_method, parameters, more: true));
        return code != 0 || result.GetValue(_noBlock) || _method == ManagerMethod.Thaw
            ? code
            : Await(session, units, timeoutUs);
    }

    private static int Await(Session session, IReadOnlyList<string> units, long timeoutUs)
    {
        long until = session.Host.TickMs() + (timeoutUs / 1_000);
        using var manager = new Manager(session);
        foreach (string[] part in units.Chunk(ProtocolLimits.PageEntries))
        {
            while (true)
            {
                if (!manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, part))
                    || !manager.TryRead(AnswerJson.Default.UnitsAnswer, out UnitsAnswer answer))
                    return manager.Failure;
                string[] frozen =
                    [.. answer.Units.Where(u => u.Freezer != "running").Select(u => u.Unit)];
                if (part.Except(frozen).FirstOrDefault() is { } running)
                    return NotFrozen(session, manager, running);
                if (answer.Units.FirstOrDefault(u => u.Freezer != "frozen") is not { } late)
                    break;
                if (session.Host.TickMs() >= until)
                    return StillFreezing(session, late.Unit, timeoutUs);
                Thread.Sleep(LookMs);
            }
        }

        return 0;
    }

    // Refused by the kernel, or let go on at once because something was done with it.
    private static int NotFrozen(Session session, Manager manager, string unit)
    {
        if (!RecentRows.TryRead(session, manager, unit, 1, out var rows))
            return manager.Failure;
        string why = rows.Count > 0 ? rows[0].Cause.Text ?? rows[0].To ?? "" : "";
        return session.Fail(
            ExitCode.Failed, $"{unit} is not frozen: {why}", $"see: initx history {unit}");
    }

    private static int StillFreezing(Session session, string unit, long timeoutUs) => session.Fail(
        ExitCode.TimedOut,
        $"{unit} is not frozen yet after {Durations.Format(TimeSpan.FromMicroseconds(timeoutUs))}",
        "a process that waits for a device is suspended when that is over",
        $"see: initx show {unit} -p FreezerState; to let it go on: initx thaw {unit}");
}
