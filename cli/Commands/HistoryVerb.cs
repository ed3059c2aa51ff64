using System.CommandLine;
using InitTx.Cli.Client;
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

    private readonly Option<string> _boot = new("--boot")
    {
        Description = "0 this boot, -1 the one before, or an id",
        HelpName = "N|ID",
    };

    private readonly Option<long?> _tx =
        new("--tx") { Description = "Only this transaction", HelpName = "N" };

    private readonly Option<int?> _uid =
        new("--uid") { Description = "Only what this user asked for", HelpName = "UID" };

    private readonly Option<bool> _failed = new("--failed") { Description = "Only failures" };
    private readonly Option<bool> _refused = new("--refused") { Description = "Only refusals" };
    private readonly Option<bool> _gaps = new("--gaps") { Description = "Only gaps in the record" };

    private readonly Option<int?> _limit =
        new("--limit", "-n") { Description = "Only the newest N rows", HelpName = "N" };

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

    public HistoryVerb()
        : base("history", "Show what happened, when, why and on whose request")
    {
        Command.Add(_units);
        foreach (Option option in new Option[]
        {
            _since, _until, _boot, _tx, _uid, _failed, _refused, _gaps, _limit, _follow, _reverse,
            _sql,
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
        {
            return session.Fail(
                ExitCode.Usage,
                "verify is not built yet in this version",
                "gaps are on record: initx history --gaps");
        }

        if (UnitExpander.Expand(session, typed, out IReadOnlyList<string> units) is { } failed)
            return failed;
        using var manager = new Manager(session);
        var fetcher = new HistoryFetcher(session, manager);
        if (result.GetValue(_sql) is { } sql)
        {
            using var rows = new HistoryStore();
            return fetcher.Fetch(rows, [], 0)
                ? SqlView.Write(session, rows.Sql(sql))
                : manager.Failure;
        }

        if (Query(result, session, units, out HistoryQuery query) is { } wrong)
            return wrong;
        bool newestOnly = query is
        {
            Limit: not null, SinceUs: null, UntilUs: null, Uid: null, Failed: false,
            Refused: false, Gaps: false,
        } && result.GetValue(_boot) is null;
        int? end = newestOnly
            ? Newest(session, fetcher, manager, query)
            : Filtered(session, fetcher, manager, ref query, result.GetValue(_boot));
        return end
            ?? (result.GetValue(_follow) ? Follow(session, fetcher, manager, query) : 0);
    }

    /// <summary>The manager itself knows the newest rows: no store of our own.</summary>
    private static int? Newest(
        Session session, HistoryFetcher fetcher, Manager manager, HistoryQuery query)
    {
        if (!fetcher.FetchNewest(
            query.Units, query.Transaction ?? 0, query.Limit!.Value, out List<HistoryRow> rows))
        {
            return manager.Failure;
        }

        if (query.Reverse)
            rows.Reverse();
        HistoryView.Write(session, rows);
        return null;
    }

    private static int? Filtered(
        Session session,
        HistoryFetcher fetcher,
        Manager manager,
        ref HistoryQuery query,
        string? boot)
    {
        using var store = new HistoryStore();
        if (!fetcher.Fetch(store, query.Units, query.Transaction ?? 0))
            return manager.Failure;
        if (boot is not null)
        {
            query = query with { Boot = store.ResolveBoot(boot) };
            if (query.Boot is null)
                return session.Fail(ExitCode.Failed, $"no rows of boot {boot} are kept");
        }

        HistoryView.Write(session, store.Query(query));
        return null;
    }

    private static int Follow(
        Session session, HistoryFetcher fetcher, Manager manager, HistoryQuery query)
    {
        session.Host.Flush();
        while (!session.Out.IsBroken)
        {
            Thread.Sleep(FollowMs);
            using var store = new HistoryStore();
            if (!fetcher.Fetch(store, query.Units, query.Transaction ?? 0))
                return manager.Failure;
            HistoryView.Write(session, store.Query(query with { Limit = null, Reverse = false }));
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
            Limit = result.GetValue(_limit),
            Reverse = result.GetValue(_reverse),
        };
        if (query.Limit < 1)
            return session.Misuse("-n takes a number of 1 or more");
        if (query.Reverse && result.GetValue(_follow))
            return session.Misuse("--follow and --reverse exclude each other");
        if (TimeOf(result.GetValue(_since), session, out long? since) is { } badSince)
            return badSince;
        if (TimeOf(result.GetValue(_until), session, out long? until) is { } badUntil)
            return badUntil;
        query = query with { SinceUs = since, UntilUs = until };
        return null;
    }

    private static int? TimeOf(string? text, Session session, out long? us)
    {
        us = null;
        if (text is null)
            return null;
        if (!TimeWords.TryParse(
            text, session.Host.Now(), session.Host.TimeZone(), out DateTimeOffset time))
        {
            return session.Misuse(
                $"'{text}' is no time: 2026-05-01T12:00:00Z, today, yesterday, 14:05, -2h or "
                + "\"2 days ago\"");
        }

        us = HistoryRows.Micros(time);
        return null;
    }
}
