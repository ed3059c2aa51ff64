using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Journal.History;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;
using Spectre.Console;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx list-sockets`: each address, the descriptor that PID 1 holds for it, what it starts, and
/// the last traffic that did so, from the record.
/// </summary>
internal sealed class ListSocketsVerb : Verb
{
    private const int UnitsPerCall = 16;

    private readonly Argument<string[]> _units = new("PATTERN")
    {
        Description = "Only these socket units",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all =
        new("--all", "-a") { Description = "Also those that are not listening" };

    public ListSocketsVerb()
        : base("list-sockets", "List sockets, who holds them and what they activate")
    {
        Command.Add(_units);
        Command.Add(_all);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string[] typed = result.GetValue(_units)!;
        bool all = result.GetValue(_all) || typed.Length > 0;
        var filter = new CallParameters
        {
            Present = ParameterKeys.Types | (all ? ParameterKeys.All : ParameterKeys.None)
                | (typed.Length > 0 ? ParameterKeys.Units : ParameterKeys.None),
            Types = ["socket"],
            Units = [.. typed.Select(t => t.Contains('.') || t.Contains('*') ? t : t + ".socket")],
            All = all,
        };
        var names = new List<string>();
        if (UnitPages.Each(session, filter, entry => names.Add(entry.Unit)) is { } failed)
            return failed;
        using var manager = new Manager(session);
        var sockets = new List<Listening>();
        foreach (string[] part in names.Chunk(UnitsPerCall))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.ShowUnits, part))
                || !manager.TryRead(AnswerJson.Default.ShowAnswer, out ShowAnswer answer))
                return manager.Failure;
            foreach (ShownUnitAnswer unit in answer.Units)
            {
                if (!Add(session, manager, unit, sockets))
                    return manager.Failure;
            }
        }

        if (session.Json)
            sockets.ForEach(s => WriteJson(session, s));
        else if (!session.Quiet)
            Write(session, sockets);
        return 0;
    }

    private static bool Add(
        Session session, Manager manager, ShownUnitAnswer unit, List<Listening> sockets)
    {
        string service = unit.Dependencies
            .FirstOrDefault(d => d.Kind == "Triggers")?.Unit ?? "";
        HistoryRowAnswer? last = null;
        if (service.Length > 0)
        {
            if (!RecentRows.TryRead(
                session, manager, service, ProtocolLimits.HistoryRows,
                out IReadOnlyList<HistoryRowAnswer> rows))
                return false;
            last = rows.LastOrDefault(r => r.Cause.Kind == "socket" && r.Kind == "job")
                ?? rows.LastOrDefault(r => r.Cause.Kind == "socket");
        }

        // With Accept=yes it is a service for each connection.
        if (unit.Status.Connections is not null)
            service = unit.Status.Unit.Replace(".socket", "@.service", StringComparison.Ordinal);

        // Open exactly in these two states; with Accept=yes in the first.
        bool held = unit.Status.SubState is "listening" or "running";
        foreach (SettingAnswer setting in unit.Settings)
        {
            bool listens = setting.Section == "Socket"
                && setting.Key.StartsWith("Listen", StringComparison.Ordinal);
            if (listens && setting.Value is { Length: > 0 } address)
            {
                sockets.Add(new Listening(
                    setting.Key, address, setting.Source, unit.Status, held, service, last));
            }
        }

        return true;
    }

    private static void Write(Session session, List<Listening> sockets)
    {
        if (sockets.Count == 0)
        {
            session.Out.WriteLine("no sockets");
            return;
        }

        Table table = Sheet.NewTable(
            "LISTENS AT", "UNIT", "STATE", "DESCRIPTOR", "ACTIVATES", "LAST ACTIVATED BY");
        foreach (Listening s in sockets)
        {
            table.AddRow(
                Sheet.Cell($"{s.Address} ({s.Kind["Listen".Length..].ToLowerInvariant()})"),
                Sheet.Cell(s.Unit.Unit),
                Sheet.Cell(s.Unit.SubState, Sheet.OfState(s.Unit.State)),
                Sheet.Cell(HeldBy(s)),
                Sheet.Cell(s.Service),
                Sheet.Cell(s.Last is { } row ? By(session, row) : "nothing yet"));
        }

        Sheet.Draw(session, table);
        int held = sockets.Count(static s => s.Held);
        session.Out.WriteLine(
            $"{sockets.Count} address{(sockets.Count == 1 ? "" : "es")}, {held} held by PID 1");
    }

    private static string HeldBy(Listening s) => (s.Held, s.Unit.SubState) switch
    {
        (true, "running") => "PID 1 and the service",
        (true, _) => "PID 1",
        _ => "closed",
    };

    private static string By(Session session, HistoryRowAnswer row) =>
        $"traffic at {Numbers.Stamp(row.Time, session.Host.TimeZone())}"
            + FormattableString.Invariant($" (#{row.Seq}, transaction {row.Transaction})");

    private static void WriteJson(Session session, Listening s)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, s.Unit.Unit);
            json.WriteString("listen"u8, s.Address);
            json.WriteString("kind"u8, s.Kind);
            json.WriteString("source"u8, s.Source);
            json.WriteString("state"u8, s.Unit.State);
            json.WriteString("subState"u8, s.Unit.SubState);
            json.WriteBoolean("held"u8, s.Held);
            json.WriteString("activates"u8, s.Service);
            if (s.Last is { } row)
            {
                json.WriteStartObject("lastActivation"u8);
                json.WriteNumber("seq"u8, row.Seq);
                json.WriteString("time"u8, Sentences.Time(HistoryRows.Micros(row.Time)));
                json.WriteNumber("transaction"u8, row.Transaction);
                json.WriteString("text"u8, row.Cause.Text);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("lastActivation"u8);
            }
        });
    }

    private sealed record Listening(
        string Kind, string Address, string Source, UnitAnswer Unit, bool Held, string Service,
        HistoryRowAnswer? Last);
}
