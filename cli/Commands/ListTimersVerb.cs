using System.CommandLine;
using System.Globalization;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;
using Spectre.Console;

namespace InitTx.Cli.Commands;

/// <summary>`initx list-timers`: what elapses when, the next one first.</summary>
internal sealed class ListTimersVerb : Verb
{
    private readonly Argument<string[]> _patterns = new("PATTERN")
    {
        Description = "Only timers that match one of these",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all =
        new("--all", "-a") { Description = "Inactive timers too" };

    private readonly Option<bool> _noLegend =
        new("--no-legend") { Description = "No header and no count" };

    public ListTimersVerb()
        : base("list-timers", "List timers, when they elapse and what they start")
    {
        Command.Add(_patterns);
        Command.Add(_all);
        Command.Add(_noLegend);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        var filter = new CallParameters();
        string[] patterns = [.. result.GetValue(_patterns)!.Select(Complete)];
        if (patterns.Length > 0)
            filter = filter with { Units = patterns, Present = ParameterKeys.Units };
        if (result.GetValue(_all))
            filter = filter with { All = true, Present = filter.Present | ParameterKeys.All };
        var timers = new List<TimerAnswer>();
        if (Read(session, filter, timers) is { } failed)
            return failed;
        timers.Sort(NextFirst);
        if (session.Json)
        {
            foreach (TimerAnswer timer in timers)
                WriteJson(session, timer);
        }
        else if (!session.Quiet)
        {
            Write(session, timers, legend: !result.GetValue(_noLegend));
        }

        return 0;
    }

    private static string Complete(string pattern) =>
        pattern.EndsWith(".timer", StringComparison.Ordinal) || pattern.EndsWith('*')
            ? pattern
            : pattern + ".timer";

    private static int? Read(Session session, CallParameters filter, List<TimerAnswer> timers)
    {
        using var manager = new Manager(session);
        string? after = null;
        do
        {
            CallParameters page = after is null
                ? filter
                : filter with { After = after, Present = filter.Present | ParameterKeys.After };
            if (!manager.Ask(Calls.Of(ManagerMethod.ListTimers, page))
                || !manager.TryRead(AnswerJson.Default.TimerListAnswer, out TimerListAnswer answer))
            {
                return manager.Failure;
            }

            timers.AddRange(answer.Timers);
            after = answer.Next;
        }
        while (after is not null);
        return null;
    }

    // RFC 3339 in UTC with as many digits each: the order of the texts is that of the times.
    private static int NextFirst(TimerAnswer a, TimerAnswer b)
    {
        if (a.Next is null != b.Next is null)
            return a.Next is null ? 1 : -1;
        int order = string.CompareOrdinal(a.Next, b.Next);
        return order != 0 ? order : string.CompareOrdinal(a.Unit, b.Unit);
    }

    private static void WriteJson(Session session, TimerAnswer timer) =>
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit", timer.Unit);
            json.WriteString("state", timer.State);
            json.WriteString("subState", timer.SubState);
            json.WriteString("activates", timer.Activates);
            json.WriteString("next", timer.Next);
            Number("left", timer.Left);
            json.WriteString("last", timer.Last);
            Number("passed", timer.Passed);

            void Number(string name, double? value)
            {
                if (value is { } number)
                    json.WriteNumber(name, number);
                else
                    json.WriteNull(name);
            }
        });

    private static void Write(Session session, List<TimerAnswer> timers, bool legend)
    {
        Table table = legend
            ? Sheet.NewTable("NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES")
            : Sheet.NewTable("", "", "", "", "", "");
        foreach (TimerAnswer timer in timers)
        {
            table.AddRow(
                Sheet.Cell(Time(timer.Next)),
                Sheet.Cell(Span(timer.Left, " left")),
                Sheet.Cell(Time(timer.Last)),
                Sheet.Cell(Span(timer.Passed, " ago")),
                Sheet.Cell(timer.Unit, Sheet.OfState(timer.State)),
                Sheet.Cell(timer.Activates ?? "-"));
        }

        if (timers.Count > 0)
            Sheet.Draw(session, table);
        if (!legend)
            return;
        session.Out.WriteLine();
        session.Out.WriteLine(timers.Count == 1 ? "1 timer" : $"{timers.Count} timers");
    }

    private static string Time(string? time) =>
        DateTimeOffset.TryParse(
            time, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset at)
            ? Numbers.Time(at, TimeZoneInfo.Local)
            : "-";

    // To the second: nobody waits for the microseconds.
    private static string Span(double? seconds, string word) => seconds switch
    {
        null => "-",
        < 0 => "now",
        { } s => Durations.Format(TimeSpan.FromSeconds(Math.Floor(s))) + word,
    };
}
