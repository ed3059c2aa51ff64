using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Protocol.Answers;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>
/// `initx stats [UNIT]`: from the archive's daily roll-ups, how often a unit came up and failed,
/// those that restarted most first, how long between that, and how long it was in each state; of
/// one unit also its start limit. What
/// lasts now counts up to now.
/// </summary>
internal sealed class StatsVerb : Verb
{
    private const long DayUs = 86_400_000_000;
    private const int DefaultDays = 30;

    private readonly Argument<string?> _unit = new("UNIT")
    {
        Description = "Only this unit, with each state",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int> _days = new("--days")
    {
        Description = "So many days back, today included (default 30)",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultDays,
    };

    private readonly Option<string> _archive = HistoryOptions.Archive();

    public StatsVerb()
        : base("stats", "Show restarts and availability")
    {
        Command.Add(_unit);
        Command.Add(_days);
        Command.Add(_archive);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        int days = result.GetValue(_days);
        if (days < 1)
            return session.Misuse("--days takes a number of 1 or more");
        string? unit = null;
        if (result.GetValue(_unit) is { } typed && !UnitArguments.TryComplete(typed, out unit))
            return session.Misuse($"'{typed}' is no unit name");
        using HistorySource? source = HistorySource.Open(
            session, result.GetValue(_archive), out int failure);
        if (source is null)
            return failure;
        if (source.Archive is not { } archive)
        {
            return session.Fail(
                ExitCode.Failed, "there is no archive that can be read or asked here",
                "stats are counted there: initx status says how it is");
        }

        long nowUs = HistoryRows.Micros(session.Host.Now());
        long sinceDay = (nowUs / DayUs) - days + 1;
        List<UnitStats> stats =
        [
            .. UnitStats.Collect(archive, unit, sinceDay, nowUs)
                .OrderByDescending(static s => s.Restarts).ThenByDescending(static s => s.Failed)
                .ThenBy(static s => s.Unit, StringComparer.Ordinal),
        ];
        LimitHits? hits = unit is null ? null : HitsOf(source, unit, sinceDay * DayUs);
        source.ReportProblem();
        if (session.Json)
            stats.ForEach(s => WriteJson(session, s, hits));
        else if (!session.Quiet)
            Write(session, stats, days, hits);
        return 0;
    }

    private static readonly string Limiter = RecordWords.Of(CauseKind.Limiter);

    // How often the start limit was hit is in the rows; what is left of it only the manager knows.
    private static LimitHits HitsOf(HistorySource source, string unit, long sinceUs)
    {
        var query = new HistoryQuery
        {
            Units = [unit],
            Failed = true,
            Kinds = ["transition"],
            SinceUs = sinceUs,
        };
        source.Fetch([unit], 0);
        var hits = new LimitHits(0, null, source.StartLimitOf(unit));
        foreach (HistoryRow row in source.Store.Query(query))
        {
            if (row.CauseKind == Limiter)
                hits = hits with { Count = hits.Count + 1, LastUs = row.TimeUs };
        }

        return hits;
    }

    private static void Write(Session session, List<UnitStats> stats, int days, LimitHits? hits)
    {
        Table table = Sheet.NewTable(
            "UNIT", "CAME UP", "FAILED", "RESTARTS", "A DAY", "BETWEEN FAILURES", "UP", "OF",
            "UP %");
        foreach (UnitStats s in stats)
        {
            string[] cells =
            [
                s.Unit, Numbers.Plain(s.CameUp), Numbers.Plain(s.Failed),
                Numbers.Plain(s.Restarts), Number(s.RestartsPerDay, "F2"),
                s.BetweenFailuresUs is { } us ? Span(us) : "-", Span(s.UpUs), Span(s.TotalUs),
                Number(100 * s.Availability, "F3"),
            ];
            table.AddRow(cells.Select(c => Sheet.Cell(c)));
        }

        Sheet.Draw(session, table);
        session.Out.WriteLine($"over the last {days} days (UTC)");
        if (hits is null)
            return;
        foreach (UnitStats s in stats)
        {
            foreach ((string state, (long entered, long us)) in s.States)
                session.Out.WriteLine($"  {SafeText.Clean(state)}: {entered} times, {Span(us)}");
        }

        string last = hits.LastUs is { } at
            ? ", the last time at " + Numbers.Stamp(
                DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond),
                session.Host.TimeZone())
            : "";
        session.Out.WriteLine($"start limit: hit {hits.Count} times{last}");
        if (hits.Limit is { } limit)
            session.Out.WriteLine("  now: " + (StartBudget.Words(session, limit)
                ?? $"all of its {limit.Burst} starts within "
                    + $"{Durations.Format(TimeSpan.FromSeconds(limit.Interval))} are free"));
    }

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Span(long us) =>
        Durations.Format(TimeSpan.FromMicroseconds(us));

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void WriteJson(Session session, UnitStats s, LimitHits? hits)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, s.Unit);
            json.WriteNumber("cameUp"u8, s.CameUp);
            json.WriteNumber("failed"u8, s.Failed);
            json.WriteNumber("restarts"u8, s.Restarts);
            WriteNumber(json, "restartsPerDay", s.RestartsPerDay);
            WriteNumber(json, "betweenFailures", s.BetweenFailuresUs / 1e6);
            WriteNumber(json, "availability", s.Availability);
            json.WriteNumber("up"u8, s.UpUs / 1e6);
            json.WriteNumber("total"u8, s.TotalUs / 1e6);
            json.WriteStartObject("states"u8);
            foreach ((string state, (long entered, long us)) in s.States)
            {
                json.WriteStartObject(state);
                json.WriteNumber("entered"u8, entered);
                json.WriteNumber("seconds"u8, us / 1e6);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            if (hits is null)
                return;
            json.WriteStartObject("startLimit"u8);
            json.WriteNumber("hits"u8, hits.Count);
            json.WriteString(
                "lastHit"u8, hits.LastUs is { } last ? Sentences.Time(last) : null);
            DateTimeOffset now = session.Host.Now();
            WriteNumber(json, "burst", hits.Limit?.Burst);
            WriteNumber(json, "interval", hits.Limit?.Interval);
            WriteTime(
                json, "nextStart", hits.Limit is { } l ? StartBudget.NextAt(l, now) : null);
            WriteTime(json, "full", hits.Limit is { } f ? StartBudget.FullAt(f, now) : null);
            json.WriteEndObject();
        });
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at)
            json.WriteString(name, Sentences.Time(HistoryRows.Micros(at)));
        else
            json.WriteNull(name);
    }

    private sealed record LimitHits(long Count, long? LastUs, StartLimitAnswer? Limit);
}
