using System.IO.Enumeration;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Protocol.Calls;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>
/// `initx list --at=TIME`: the units that had changed their state by then in the boot of that time,
/// as the record has them.
/// </summary>
internal static class ListThen
{
    public static int Run(
        Session session, long atUs, CallParameters filter, string? archive, bool legend)
    {
        using HistorySource? source = HistorySource.Open(session, archive, out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        StatesThen? then = source.Store.StatesAt(atUs);
        source.ReportProblem();
        if (then is null)
        {
            return session.Fail(
                ExitCode.Failed, $"nothing is recorded of {Sentences.Time(atUs)} or before",
                "initx boots lists the boots that rows are kept of");
        }

        List<UnitThen> units = [.. then.Units.Where(u => Passes(u, filter))];
        if (session.Json)
            units.ForEach(u => WriteJson(session, u));
        else if (!session.Quiet)
            Write(session, then, units, atUs, legend);
        return 0;
    }

    /// <summary>The state that a recorded sub-state stands for.</summary>
    public static string StateOf(string subState) =>
        StateWords.TryParse(subState, out SubState sub)
            ? StateWords.Of(StateWords.ActiveOf(sub))
            : subState;

    private static bool Passes(in UnitThen unit, CallParameters filter)
    {
        string name = unit.Unit;
        string state = StateOf(unit.State);
        string sub = unit.State;
        if (filter.Units is { Count: > 0 } patterns
            && !patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, name, false)))
            return false;
        if (filter.Types is { Count: > 0 } types
            && !types.Any(t => name.EndsWith("." + t, StringComparison.Ordinal)))
            return false;
        if (filter.States is { Count: > 0 } states)
            return states.Any(s => s == state || s == sub);
        return filter.All || state != "inactive";
    }

    private static void Write(
        Session session, StatesThen then, List<UnitThen> units, long atUs, bool legend)
    {
        Table table = legend
            ? Sheet.NewTable("UNIT", "ACTIVE", "SUB", "SINCE", "MAIN PID")
            : Sheet.NewTable("", "", "", "", "");
        foreach (UnitThen unit in units)
        {
            string state = StateOf(unit.State);
            Style? style = Sheet.OfState(state);
            table.AddRow(
                Sheet.Cell(unit.Unit, state == "failed" ? style : null),
                Sheet.Cell(state, style), Sheet.Cell(unit.State, style),
                Sheet.Cell(Stamp(session, unit.SinceUs)),
                Sheet.Cell(unit.MainPid == 0 ? "" : Numbers.Plain(unit.MainPid)));
        }

        if (units.Count > 0)
            Sheet.Draw(session, table);
        if (!legend)
            return;
        session.Out.WriteLine();
        string count = units.Count == 1 ? "1 unit" : $"{units.Count} units";
        session.Out.WriteLine(
            $"{count} at {Stamp(session, atUs)}, boot {SafeText.Clean(then.Boot)}");
        if (then.Ended)
            session.Out.WriteLine(
                $"that boot's last row is of {Stamp(session, then.LastUs)}: "
                + "the machine was down, this is how it ended");
    }

    private static string Stamp(Session session, long us) => Numbers.Stamp(
        DateTimeOffset.UnixEpoch.AddTicks(us * TimeSpan.TicksPerMicrosecond),
        session.Host.TimeZone());

    // What `list` has, of which descriptions and load states are not recorded.
    private static void WriteJson(Session session, UnitThen unit)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, unit.Unit);
            json.WriteNull("loadState"u8);
            json.WriteString("state"u8, StateOf(unit.State));
            json.WriteString("subState"u8, unit.State);
            json.WriteNull("description"u8);
            json.WriteNumber("mainPid"u8, unit.MainPid);
            json.WriteString("result"u8, unit.Result);
            json.WriteString("since"u8, Sentences.Time(unit.SinceUs));
        });
    }
}
