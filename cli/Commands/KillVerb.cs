using System.CommandLine;
using System.Globalization;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>`initx kill`: a signal to a unit's processes; on record, not undoable.</summary>
internal sealed class KillVerb : Verb
{
    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names or patterns",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _signal = new("--signal", "-s")
    {
        Description = "Name or number, default SIGTERM",
        HelpName = "SIGNAL",
    };

    private readonly Option<string> _whom = new("--kill-whom", "--kill-who")
    {
        Description = "main, control or all, default all",
        HelpName = "WHOM",
    };

    private readonly Option<string> _reason =
        new("--reason") { Description = "Put this text on record", HelpName = "TEXT" };

    public KillVerb()
        : base("kill", "Send a signal to a unit's processes; recorded, not undoable")
    {
        Command.Add(_units);
        Command.Add(_signal);
        Command.Add(_whom);
        Command.Add(_reason);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string word = result.GetValue(_signal) ?? "SIGTERM";
        if (!SignalWords.TryParse(word, out int signal))
            return session.Misuse(
                $"'{word}' is no signal: a name like SIGHUP or a number of 1 to 64");
        string whom = result.GetValue(_whom) ?? "all";
        if (whom is not ("main" or "control" or "all"))
            return session.Misuse("--kill-whom is main, control or all");
        if (UnitExpander.Expand(session, result.GetValue(_units)!, out IReadOnlyList<string> units)
            is { } failed)
        {
            return failed;
        }

        var parameters = new CallParameters
        {
            Present = ParameterKeys.Units | ParameterKeys.Signal | ParameterKeys.Whom,
            Units = units,
            Signal = signal,
            Whom = whom,
        };
        parameters = Calls.WithReason(parameters, result.GetValue(_reason));
        return Change.Follow(session, Calls.Of(ManagerMethod.Kill, parameters, more: true));
    }
}

/// <summary>Signals by name or number (signal(7), x86-64).</summary>
internal static class SignalWords
{
    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
        "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private const int RealTimeFirst = 34;
    private const int Last = 64;

    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
            return signal is >= 1 and <= Last;
        string name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        for (int i = 1; i < Names.Length; i++)
        {
            if (name.Equals(Names[i], StringComparison.OrdinalIgnoreCase))
            {
                signal = i;
                return true;
            }
        }

        const string RealTime = "RTMIN";
        if (!name.StartsWith(RealTime, StringComparison.OrdinalIgnoreCase))
            return false;
        ReadOnlySpan<char> offset = name.AsSpan(RealTime.Length);
        int plus = 0;
        if (!offset.IsEmpty
            && (offset[0] != '+' || !int.TryParse(
                offset[1..], NumberStyles.None, CultureInfo.InvariantCulture, out plus)))
        {
            return false;
        }

        signal = RealTimeFirst + plus;
        return signal <= Last;
    }
}
