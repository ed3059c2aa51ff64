using System.CommandLine;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Journal.OnDisk;
using Spectre.Console;

namespace InitTx.Cli.History;

/// <summary>
/// `initx stats [UNIT]`: from the archive's daily roll-ups, how often a unit came up and failed,
/// and how long it was in each state. What lasts now counts up to now.
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
        if (source.Archive is not ArchiveReader archive)
        {
            return session.Fail(
                ExitCode.Failed, "there is no archive that can be read here",
                "stats are counted there: initx status says how it is, root may read it");
        }

        long nowUs = HistoryRows.Micros(session.Host.Now());
        List<UnitStats> stats = Collect(archive, unit, (nowUs / DayUs) - days + 1, nowUs);
        source.ReportProblem();
        if (session.Json)
            stats.ForEach(s => WriteJson(session, s));
        else if (!session.Quiet)
            Write(session, stats, days, unit is not null);
        return 0;
    }

    private static List<UnitStats> Collect(
        ArchiveReader archive, string? unit, long sinceDay, long nowUs)
    {
        var all = new SortedDictionary<string, UnitStats>(StringComparer.Ordinal);
        UnitStats Of(string name) =>
            all.TryGetValue(name, out UnitStats? known) ? known : all[name] = new UnitStats(name);
        foreach (UnitDay day in archive.Days(unit, sinceDay))
            Of(day.Unit).Add(day.State, day.Entered, day.Us);
        foreach (UnitNow now in archive.Current(unit))
        {
            long since = Math.Max(now.SinceUs, sinceDay * DayUs);
            Of(now.Unit).Add(now.State, 0, Math.Max(0, nowUs - since));
        }

        return [.. all.Values];
    }

    private static void Write(Session session, List<UnitStats> stats, int days, bool one)
    {
        Table table = Sheet.NewTable("UNIT", "CAME UP", "FAILED", "RESTARTS", "UP", "OF", "UP %");
        foreach (UnitStats s in stats)
        {
            string[] cells =
            [
                s.Unit, Numbers.Plain(s.CameUp), Numbers.Plain(s.Failed),
                Numbers.Plain(s.Restarts), Span(s.UpUs), Span(s.TotalUs), Percent(s),
            ];
            table.AddRow(cells.Select(c => Sheet.Cell(c)));
        }

        Sheet.Draw(session, table);
        session.Out.WriteLine($"over the last {days} days (UTC)");
        if (!one)
            return;
        foreach (UnitStats s in stats)
        {
            foreach ((string state, (long entered, long us)) in s.States)
                session.Out.WriteLine($"  {SafeText.Clean(state)}: {entered} times, {Span(us)}");
        }
    }

    private static string Span(long us) =>
        Durations.Format(TimeSpan.FromMicroseconds(us));

    private static string Percent(UnitStats s) => s.TotalUs == 0
        ? "-"
        : (100.0 * s.UpUs / s.TotalUs).ToString(
            "F3", System.Globalization.CultureInfo.InvariantCulture);

    private static void WriteJson(Session session, UnitStats s)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, s.Unit);
            json.WriteNumber("cameUp"u8, s.CameUp);
            json.WriteNumber("failed"u8, s.Failed);
            json.WriteNumber("restarts"u8, s.Restarts);
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
        });
    }

    private sealed class UnitStats(string unit)
    {
        public string Unit => unit;
        public SortedDictionary<string, (long Entered, long Us)> States { get; } =
            new(StringComparer.Ordinal);

        public long CameUp => States.Where(s => IsUp(s.Key)).Sum(s => s.Value.Entered);
        public long Failed => States.GetValueOrDefault("failed").Entered;
        public long Restarts => States.GetValueOrDefault("auto-restart").Entered;
        public long UpUs => States.Where(s => IsUp(s.Key)).Sum(s => s.Value.Us);
        public long TotalUs => States.Sum(s => s.Value.Us);

        public void Add(string state, long entered, long us)
        {
            (long before, long already) = States.GetValueOrDefault(state);
            States[state] = (before + entered, already + us);
        }

        // The sub-states that systemd(1) counts as active.
        private static bool IsUp(string state) => state is "running" or "exited" or "active"
            or "listening" or "mounted" or "waiting" or "plugged" or "elapsed";
    }
}
