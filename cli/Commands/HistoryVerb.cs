using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.History;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Journal.History;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx history`: what happened, filtered, followed, or by SQL over the public views.
/// </summary>
internal sealed class HistoryVerb : Verb
{
    private const int FollowMs = 500;

    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Only rows about these units",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _since =
        new("--since") { Description = "From this time on", HelpName = "TIME" };

    private readonly Option<string> _until =
        new("--until") { Description = "Up to this time", HelpName = "TIME" };

    private readonly Option<string> _boot = HistoryOptions.Boot();

    private readonly Option<long?> _tx =
        new("--tx") { Description = "Only this transaction", HelpName = "N" };

    private readonly Option<int?> _uid =
        new("--uid") { Description = "Only what this user asked for", HelpName = "UID" };

    private readonly Option<bool> _failed = new("--failed") { Description = "Only failures" };
    private readonly Option<bool> _refused = new("--refused") { Description = "Only refusals" };
    private readonly Option<bool> _gaps = new("--gaps") { Description = "Only gaps in the record" };

    private readonly Option<string[]> _kinds = new("--kind")
    {
        Description = "Only rows of this kind: transition, request, config, crash … (repeatable)",
        HelpName = "KIND",
    };

    private readonly Option<int?> _limit =
        new("--limit", "-n")
        {
            Description = "Only the newest N rows; with --sql the most it may give",
            HelpName = "N",
        };

    private readonly Option<bool> _follow =
        new("--follow", "-f") { Description = "Go on with new rows as they come" };

    private readonly Option<bool> _reverse =
        new("--reverse", "-r") { Description = "Newest first" };

    private readonly Option<string> _sql = new("--sql")
    {
        Description =
            "One SELECT over v_history, v_transactions, v_jobs, v_processes, v_boots, v_gaps",
        HelpName = "SELECT",
    };

    private readonly Option<string> _timeout = new("--timeout")
    {
        Description = "With --sql: the most time it may take (default 10s)",
        HelpName = "TIME",
    };

    private readonly Option<bool> _csv =
        new("--csv") { Description = "Comma-separated values with a header" };

    private readonly Option<string> _archive = HistoryOptions.Archive();

    public HistoryVerb()
        : base("history", "Show what happened, when, why and on whose request")
    {
        Command.Add(_units);
        foreach (Option option in new Option[]
        {
            _since, _until, _boot, _tx, _uid, _failed, _refused, _gaps, _kinds, _limit, _follow,
            _reverse, _sql, _timeout, _csv, _archive,
        })
        {
            Command.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string[] typed = result.GetValue(_units)!;
        if (typed is ["verify"])
            return HistoryVerify.Run(session, result.GetValue(_archive));
        string? path = result.GetValue(_archive);
        if (Units(session, typed, path is null, out IReadOnlyList<string> units) is { } failed)
            return failed;
        if (Query(result, session, units, out HistoryQuery query) is { } wrong)
            return wrong;
        bool plain = path is null && IsNewestOnly(query, result) && !result.GetValue(_follow)
            && result.GetValue(_sql) is null;
        if (plain && Newest(session, query, result.GetValue(_csv)) is { } status)
            return status;
        using HistorySource? source = HistorySource.Open(session, path, out int failure);
        if (source is null)
            return failure;
        if (result.GetValue(_sql) is not { } sql)
            return Show(session, source, query, result);
        return source.Fetch([], 0)
            ? Sql(session, source, sql, result)
            : source.Failure;
    }

    // The usual look back ends within what the manager has: then no store is opened at all.
    private static int? Newest(Session session, HistoryQuery query, bool csv)
    {
        if (!File.Exists(session.SocketPath))
            return null;
        using var manager = new Manager(session);
        var fetcher = new HistoryFetcher(session, manager);
        if (!fetcher.FetchNewest(
            query.Units, query.Transaction ?? 0, query.Limit!.Value, out List<HistoryRow> rows))
            return manager.Failure;
        if (rows.Count < query.Limit)
            return null;
        if (query.Reverse)
            rows.Reverse();
        if (csv)
            Csv.Write(session, rows, header: true);
        else
            HistoryView.Write(session, rows);
        return 0;
    }

    private static bool IsKind(string word) =>
        Enum.GetValues<RecordKind>().Any(k => RecordWords.Of(k) == word);

    private bool IsNewestOnly(HistoryQuery query, ParseResult result) => query is
    {
        Limit: not null, SinceUs: null, UntilUs: null, Uid: null, Failed: false, Refused: false,
        Gaps: false, Kinds.Count: 0,
    } && result.GetValue(_boot) is null;

    private int Show(
        Session session, HistorySource source, HistoryQuery query, ParseResult result)
    {
        bool csv = result.GetValue(_csv);
        int? newest = IsNewestOnly(query, result) ? query.Limit : null;
        if (!source.Fetch(query.Units, query.Transaction ?? 0, newest))
            return source.Failure;
        if (result.GetValue(_boot) is { } boot)
        {
            query = query with { Boot = source.Store.ResolveBoot(boot) };
            if (query.Boot is null)
                return session.Fail(ExitCode.Failed, $"no rows of boot {boot} are kept");
        }

        IReadOnlyList<HistoryRow> rows = source.Store.Query(query);
        source.ReportProblem();
        if (csv)
            Csv.Write(session, rows, header: true);
        else
            HistoryView.Write(session, rows);
        if (query.Gaps && rows.Count == 0 && !csv && !session.Json && !session.Quiet)
            WriteComplete(session, source, query);
        return result.GetValue(_follow) ? Follow(session, source, query, csv) : 0;
    }

    // No gap row is an answer only for the time of which there are rows.
    private static void WriteComplete(
        Session session, HistorySource source, HistoryQuery query)
    {
        IReadOnlyList<HistoryRow> first = source.Store.Query(
            query with { Gaps = false, Limit = 1, Oldest = true, Reverse = false });
        source.ReportProblem();
        if (first.Count == 0)
        {
            session.Out.WriteLine("no rows are kept of this time: what happened is not known");
            return;
        }

        string stamp = Numbers.Stamp(
            DateTimeOffset.UnixEpoch.AddTicks(first[0].TimeUs * TimeSpan.TicksPerMicrosecond),
            session.Host.TimeZone());
        session.Out.WriteLine(
            $"no row is missing: the first that is kept of this time is of {stamp} "
                + $"(#{first[0].Seq})");
    }

    private int Sql(Session session, HistorySource source, string sql, ParseResult result)
    {
        SqlLimits limits = SqlLimits.Own;
        if (result.GetValue(_limit) is { } rows)
            limits = limits with { Rows = rows };
        if (result.GetValue(_timeout) is { } text)
        {
            if (!Durations.TryParse(text, out long us) || us == 0)
                return session.Misuse($"'{text}' is no time span");
            limits = limits with { Milliseconds = Math.Max(1, us / 1_000) };
        }

        if (source.IsAsked && !session.Quiet)
            session.Error.WriteLine(
                $"{session.Program}: over the rows that the archive has: it is a second behind");
        SqlAnswer answer = source.Store.Sql(sql, limits);
        if (!result.GetValue(_csv) || answer.Error is not null)
            return SqlView.Write(session, answer);
        Csv.Write(session, answer);
        return 0;
    }

    // Without a manager there is nothing to expand a pattern with.
    private static int? Units(
        Session session, string[] typed, bool live, out IReadOnlyList<string> units)
    {
        if (live && File.Exists(session.SocketPath))
            return UnitExpander.Expand(session, typed, out units);
        var names = new List<string>();
        units = names;
        foreach (string word in typed)
        {
            if (!UnitArguments.TryComplete(word, out string unit))
                return session.Misuse($"'{word}' is no unit name");
            names.Add(unit);
        }

        return null;
    }

    private static int Follow(
        Session session, HistorySource source, HistoryQuery query, bool csv)
    {
        session.Host.Flush();
        while (!session.Out.IsBroken)
        {
            Thread.Sleep(FollowMs);
            using var store = new HistoryStore();
            if (!source.FetchNew(store, query.Units, query.Transaction ?? 0))
                return source.Failure;
            IReadOnlyList<HistoryRow> rows =
                store.Query(query with { Limit = null, Reverse = false });
            if (csv)
                Csv.Write(session, rows, header: false);
            else
                HistoryView.Write(session, rows);
            session.Host.Flush();
        }

        return 0;
    }

    private int? Query(
        ParseResult result, Session session, IReadOnlyList<string> units, out HistoryQuery query)
    {
        query = new HistoryQuery
        {
            Units = units,
            Transaction = result.GetValue(_tx),
            Uid = result.GetValue(_uid),
            Failed = result.GetValue(_failed),
            Refused = result.GetValue(_refused),
            Gaps = result.GetValue(_gaps),
            Kinds = [.. (result.GetValue(_kinds) ?? []).SelectMany(
                static k => k.Split(',', StringSplitOptions.RemoveEmptyEntries))],
            Limit = result.GetValue(_limit),
            Reverse = result.GetValue(_reverse),
        };
        string? unknown = query.Kinds.FirstOrDefault(static k => !IsKind(k));
        if (unknown is not null)
        {
            return session.Misuse($"'{unknown}' is no kind of row: "
                + string.Join(' ', Enum.GetValues<RecordKind>().Select(RecordWords.Of)));
        }

        if (query.Limit < 1)
            return session.Misuse("-n takes a number of 1 or more");
        if (query.Reverse && result.GetValue(_follow))
            return session.Misuse("--follow and --reverse exclude each other");
        if (TimeArgument.Read(session, result.GetValue(_since), out long? since) is { } badSince)
            return badSince;
        if (TimeArgument.Read(session, result.GetValue(_until), out long? until) is { } badUntil)
            return badUntil;
        query = query with { SinceUs = since, UntilUs = until };
        return null;
    }
}
