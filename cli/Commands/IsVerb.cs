using System.CommandLine;
using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Protocol;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx is-active` and `is-failed`: a word a unit, and systemctl(1)'s exit status: 0 when any of
/// the units is in the state asked for.
/// </summary>
internal sealed class IsVerb : Verb
{
    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names or patterns",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly int _otherwise;
    private readonly string[] _states;

    private IsVerb(string name, string summary, int otherwise, params string[] states)
        : base(name, summary)
    {
        _otherwise = otherwise;
        _states = states;
        Command.Add(_units);
    }

    public static Verb Active() => new IsVerb(
        "is-active", "Print units' states; 0 when one is active, else 3", 3, "active", "reloading");

    public static Verb Failed() => new IsVerb(
        "is-failed", "Print units' states; 0 when one has failed, else 1", 1, "failed");

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (UnitExpander.Expand(session, result.GetValue(_units)!, out IReadOnlyList<string> units)
            is { } failed)
        {
            return failed;
        }

        using var manager = new Manager(session);
        bool any = false;
        foreach (string[] part in units.Chunk(ProtocolLimits.PageEntries))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, part)))
                return manager.Failure;
            using JsonDocument document = JsonDocument.Parse(manager.Answer.ToArray());
            foreach (JsonElement unit in document.RootElement.GetProperty("units").EnumerateArray())
            {
                string state = JsonLines.Text(unit, "state") ?? "unknown";
                any |= Array.IndexOf(_states, state) >= 0;
                StateWord.Write(session, JsonLines.Text(unit, "unit") ?? "", state);
            }
        }

        return any ? 0 : _otherwise;
    }
}
