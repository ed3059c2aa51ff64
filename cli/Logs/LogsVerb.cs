using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.History;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Linux.Logging;
using InitTx.Protocol;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Logs;

/// <summary>
/// `initx logs UNIT…`: what units wrote to their standard output and error, from the files of the
/// built-in logger. Works without a manager, and after a reboot.
/// </summary>
internal sealed class LogsVerb : Verb
{
    private const int FollowMs = 200;

    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Names or patterns of units",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int?> _lines =
        new("--lines", "-n") { Description = "Only the newest N lines", HelpName = "N" };

    private readonly Option<bool> _follow =
        new("--follow", "-f") { Description = "Go on with new lines as they come" };

    private readonly Option<string> _since =
        new("--since") { Description = "From this time on", HelpName = "TIME" };

    private readonly Option<string> _until =
        new("--until") { Description = "Up to this time", HelpName = "TIME" };

    private readonly Option<string> _boot = HistoryOptions.Boot();

    private readonly Option<int?> _pid =
        new("--pid") { Description = "Only what this process wrote", HelpName = "PID" };

    private readonly Option<bool> _bare =
        new("--bare") { Description = "Only the text, without time and process" };

    public LogsVerb()
        : base("logs", "Show the output of units")
    {
        Command.Add(_units);
        foreach (Option option in
            new Option[] { _lines, _follow, _since, _until, _boot, _pid, _bare })
            Command.Add(option);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (Query(result, session, out LogQuery query) is { } wrong)
            return wrong;
        LogPlaces places = LogPlaces.Of(session);
        if (Units(session, result.GetValue(_units)!, out List<string> units) is { } failed)
            return failed;
        var reader = new LogReader(places.Directories);
        bool bare = result.GetValue(_bare);
        List<LogLine> lines = [];
        foreach (string unit in units)
            lines.AddRange(reader.Read(unit, query));
        if (units.Count > 1)
            lines = [.. lines.OrderBy(static l => l.Record.TimeUs)];
        if (query.Newest is { } newest && lines.Count > newest)
            lines = lines[^newest..];
        if (reader.Problem is { } problem && lines.Count == 0)
        {
            return session.Fail(
                ExitCode.NotPermitted, problem, "root and members of the group adm may read logs");
        }

        if (lines.Count == 0 && NoSuchUnit(session, reader, units) is { } unknown)
            return unknown;
        Show(session, lines, bare);
        if (lines.Count == 0)
            SayWhyNothing(session, places, units);
        return result.GetValue(_follow)
            ? Follow(session, places, units, query with { Newest = null }, bare)
            : 0;
    }

    private static void Show(Session session, IReadOnlyList<LogLine> lines, bool bare)
    {
        foreach (LogLine line in lines)
        {
            if (session.Json)
                line.WriteJson(session);
            else if (bare)
                session.Out.WriteLine(
                    session.Out.IsTerminal ? SafeText.Clean(line.Text) : line.Text);
            else
                session.Out.WriteLine(line.Show(session));
        }
    }

    // One that left lines once is known by them, whatever became of its file.
    private static int? NoSuchUnit(Session session, LogReader reader, List<string> units)
    {
        if (units.Exists(reader.Knows) || !File.Exists(session.SocketPath))
            return null;
        using var manager = new Manager(session);
        if (!manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, units))
            || !manager.TryRead(AnswerJson.Default.UnitsAnswer, out UnitsAnswer answer))
            return manager.Failure;
        return answer.Units.Any(static u => u.LoadState != "not-found")
            ? null
            : session.Fail(
                ExitCode.NoSuchUnit, $"{units[0]}: no such unit, and no output of it is kept",
                "see: initx list --all");
    }

    private static void SayWhyNothing(
        Session session, LogPlaces places, IReadOnlyList<string> units)
    {
        if (session.Quiet || session.Json)
            return;
        string of = units.Count == 1 ? units[0] : "these units";
        session.Error.WriteLine(places.HasFiles
            ? $"{session.Program} logs: no such lines of {SafeText.Clean(of)} are kept below "
                + string.Join(" or ", places.Directories)
            : $"{session.Program} logs: LogTarget={places.Target} in initx.conf: output is not "
                + "kept in files"
                + (places.Target == "journald" ? "; see: journalctl -u UNIT" : ""));
    }

    // A unit that is not loaded may have left lines all the same.
    private static int? Units(Session session, string[] typed, out List<string> units)
    {
        units = [];
        bool live = File.Exists(session.SocketPath);
        if (live)
        {
            int? failed = UnitExpander.Expand(session, typed, out IReadOnlyList<string> expanded);
            units.AddRange(expanded);
            return failed;
        }

        foreach (string word in typed)
        {
            if (!UnitArguments.TryComplete(word, out string unit))
                return session.Misuse($"'{word}' is no unit name");
            units.Add(unit);
        }

        return null;
    }

    private static int Follow(
        Session session, LogPlaces places, List<string> units, LogQuery query, bool bare)
    {
        var followers = new List<LogFollower>();
        foreach (string directory in places.Directories)
        {
            foreach (string unit in units)
                followers.Add(new LogFollower(directory, unit, query));
        }

        followers.ForEach(static f => f.Begin());
        session.Host.Flush();
        while (!session.Out.IsBroken)
        {
            Thread.Sleep(FollowMs);
            List<LogLine> lines = [];
            foreach (LogFollower follower in followers)
                lines.AddRange(follower.Take());
            Show(session, [.. lines.OrderBy(static l => l.Record.TimeUs)], bare);
            session.Host.Flush();
        }

        followers.ForEach(static f => f.Dispose());
        return 0;
    }

    private int? Query(ParseResult result, Session session, out LogQuery query)
    {
        query = new LogQuery { Newest = result.GetValue(_lines), Pid = result.GetValue(_pid) };
        if (query.Newest < 0)
            return session.Misuse("-n takes a number of 0 or more");
        if (TimeArgument.Read(session, result.GetValue(_since), out long? since) is { } badSince)
            return badSince;
        if (TimeArgument.Read(session, result.GetValue(_until), out long? until) is { } badUntil)
            return badUntil;
        query = query with
        {
            SinceUs = since ?? long.MinValue,
            UntilUs = until ?? long.MaxValue,
        };
        return result.GetValue(_boot) is { } boot ? WithBoot(session, boot, ref query) : null;
    }

    private static int? WithBoot(Session session, string boot, ref LogQuery query)
    {
        using HistorySource? source = HistorySource.Open(session, null, out int failure);
        if (source is null)
            return failure;
        if (!source.Fetch([], 0))
            return source.Failure;
        if (source.Store.ResolveBoot(boot) is not { } id)
            return session.Fail(ExitCode.Failed, $"no rows of boot {boot} are kept");
        query = query with { Boot = LogRecord.ShortBoot(id) };
        return null;
    }
}
