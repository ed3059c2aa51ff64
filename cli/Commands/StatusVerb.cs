using System.CommandLine;
using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Logs;
using InitTx.Cli.Offline;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx status`: the manager, or units in full. Exit status as systemctl(1): 0 active, 3 not
/// active, 4 no such unit.
/// </summary>
internal sealed class StatusVerb : Verb
{
    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names, patterns or pids; without any, the manager itself",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<int> _lines = new("--lines", "-n")
    {
        Description = "How many rows of the record, and lines of output, to show (default 10)",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<bool> _full =
        new("--full", "-l") { Description = "Accepted: nothing is ever cut" };

    public StatusVerb()
        : base("status", "Show the manager, or units in full")
    {
        Command.Add(_units);
        Command.Add(_lines);
        Command.Add(_full);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string[] typed = result.GetValue(_units)!;
        if (typed.Length == 0)
            return Overall(session);
        if (PidArguments.Resolve(session, typed) is { } wrong)
            return wrong;
        if (UnitExpander.Expand(session, typed, out IReadOnlyList<string> units) is { } failed)
            return failed;
        int lines = Math.Clamp(result.GetValue(_lines), 0, ProtocolLimits.HistoryRows);
        int code = 0;
        LogPlaces places = LogPlaces.Of(session);
        using var manager = new Manager(session);
        foreach (string[] part in units.Chunk(ProtocolLimits.PageEntries))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, part)))
                return manager.Failure;
            using JsonDocument? document =
                session.Json ? JsonDocument.Parse(manager.Answer.ToArray()) : null;
            if (!manager.TryRead(AnswerJson.Default.UnitsAnswer, out UnitsAnswer answer))
                return manager.Failure;
            for (int i = 0; i < answer.Units.Count; i++)
            {
                code = Math.Max(code, CodeOf(answer.Units[i]));
                JsonElement raw = document?.RootElement.GetProperty("units")[i] ?? default;
                if (ShowOne(session, manager, answer.Units[i], raw, lines, places) is { } lost)
                    return lost;
            }
        }

        return code;
    }

    private static int? ShowOne(
        Session session,
        Manager manager,
        UnitAnswer unit,
        JsonElement raw,
        int lines,
        LogPlaces places)
    {
        if (session.Quiet && !session.Json)
            return null;
        IReadOnlyList<HistoryRowAnswer> rows = [];
        if (lines > 0 && unit.LoadState != "not-found")
        {
            if (!RecentRows.TryRead(session, manager, unit.Unit, lines, out rows))
                return manager.Failure;
        }

        // What the logger kept, where this user may read it; status says what it can.
        List<LogLine> log = lines == 0
            ? []
            : new LogReader(places.Directories).Read(
                unit.Unit, new LogQuery { Newest = lines });
        if (session.Json)
            UnitView.WriteJson(session, unit, raw, rows, log);
        else
            UnitView.Write(session, unit, rows, log);
        if (unit.LoadState == "not-found" && !session.Json
            && UnreadFile.Hint(session, unit.Unit) is { } hint)
        {
            session.Out.WriteLine(SafeText.Clean(hint));
        }

        return null;
    }

    private static int CodeOf(UnitAnswer unit) => unit switch
    {
        { LoadState: "not-found", State: "inactive" } => (int)ExitCode.NoSuchUnit,
        { State: "inactive" or "failed" } => (int)ExitCode.NotActive,
        _ => 0,
    };

    private static int Overall(Session session)
    {
        using var manager = new Manager(session);
        if (!manager.Ask(Calls.Of(ManagerMethod.GetManager)))
            return manager.Failure;
        if (session.Json)
            return OverallJson(session, manager.Answer.ToArray());

        if (!manager.TryRead(AnswerJson.Default.ManagerAnswer, out ManagerAnswer answer))
            return manager.Failure;
        if (!session.Quiet)
            ManagerView.Write(session, answer);
        return 0;
    }

    /// <summary>
    /// The manager's own answer, and <c>services[]</c>: those that are not inactive, as
    /// `initx list` has them, each with its main pid.
    /// </summary>
    private static int OverallJson(Session session, ReadOnlySpan<byte> answer)
    {
        var filter = new CallParameters { Present = ParameterKeys.Types, Types = ["service"] };
        var services = new List<string>();
        if (UnitPages.EachAsItCame(session, filter, entry => services.Add(entry.GetRawText()))
            is { } failed)
        {
            return failed;
        }

        session.Out.WriteRaw(answer[..answer.LastIndexOf((byte)'}')]);
        session.Out.Write(",\"services\":[");
        for (int i = 0; i < services.Count; i++)
        {
            session.Out.Write(i > 0 ? "," : "");
            session.Out.Write(services[i]);
        }

        session.Out.WriteLine("]}");
        return 0;
    }
}
