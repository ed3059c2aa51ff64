using System.Globalization;
using System.Text.Json;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// Each elapse of a timer once: the record has as many elapses of the timer as runs of its service,
/// the service itself has written as many lines, no due time has two elapses, and each has one. A
/// due time without one is allowed for in two cases only, both of which the record shows: the
/// service was still running from the time before, or the manager did nothing at all for half a
/// period (a machine that stood still).
/// </summary>
internal sealed class TimerLedger(ActivationWatch watch)
{
    // Two clocks are not read in the same instant.
    private const long SlackUs = 100_000;

    /// <summary>Elapses that were looked at.</summary>
    internal int Elapses { get; private set; }

    /// <summary>A timer that elapses again and again; stopped, and its service ended.</summary>
    /// <param name="isCalendar">Due at multiples of the period since 1970, not counted from the
    /// last run.</param>
    internal IEnumerable<string> Check(string name, long periodUs, bool isCalendar)
    {
        List<JsonElement> elapses = ElapsesOf(name);
        List<JsonElement> runs = [.. watch.Rows(name + ".service").Where(HasExit)];
        int lines = watch.Lines(name).Length;
        Elapses += elapses.Count;
        List<string> problems = [];
        if (elapses.Count < 2)
            problems.Add($"{name}.timer elapsed {elapses.Count} times");
        if (runs.Count != elapses.Count || lines != elapses.Count)
            problems.Add($"{name}: {elapses.Count} elapses, {runs.Count} runs, {lines} lines");
        for (int i = 1; i < elapses.Count; i++)
        {
            long from = At(elapses[i - 1], isCalendar);
            long to = At(elapses[i], isCalendar);
            long periods = isCalendar
                ? ((to + SlackUs) / periodUs) - ((from + SlackUs) / periodUs)
                : (to - from + SlackUs) / periodUs;
            if (periods < 1)
                problems.Add($"{name}.timer: row {Seq(elapses[i])} is a second elapse of one time");
            else if (periods > 1 && !IsAllowedFor(elapses[i - 1], elapses[i], runs, periodUs))
            {
                problems.Add(
                    $"{name}.timer: {periods - 1} elapses before row {Seq(elapses[i])} "
                    + "are missing");
            }
        }

        return problems;
    }

    /// <summary>Timers that elapse once, each with one run, which wrote its number.</summary>
    internal IEnumerable<string> CheckSingles(int count)
    {
        string[] lines = watch.Lines("single");
        for (int i = 1; i <= count; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            int elapses = ElapsesOf($"single{i}").Count;
            int runs = watch.Rows($"single@{i}.service").Count(HasExit);
            int written = lines.Count(line => line == number);
            Elapses += elapses;
            if ((elapses, runs, written) != (1, 1, 1))
                yield return $"single{i}: {elapses} elapses, {runs} runs, {written} lines";
        }
    }

    private List<JsonElement> ElapsesOf(string name) => [.. watch.Rows(name + ".timer").Where(row =>
        row.GetProperty("kind").GetString() == "transition"
        && row.GetProperty("to").GetString() == "running"
        && row.GetProperty("cause").GetProperty("kind").GetString() == "timer")];

    private bool IsAllowedFor(
        JsonElement before, JsonElement after, List<JsonElement> runs, long periodUs)
    {
        long due = Monotonic(before) + periodUs;
        long end = Monotonic(after) - SlackUs;
        bool ran = runs.Any(run => Seq(run) > Seq(before) && Seq(run) < Seq(after)
            && Monotonic(run) > due - SlackUs);
        return ran || !watch.Rows().Any(row =>
            Monotonic(row) > due + (periodUs / 2) && Monotonic(row) < end);
    }

    private static bool HasExit(JsonElement row) =>
        row.GetProperty("kind").GetString() == "process"
        && row.GetProperty("exit").ValueKind == JsonValueKind.Object;

    private static long At(JsonElement row, bool isCalendar) => isCalendar
        ? (DateTimeOffset.Parse(row.GetProperty("time").GetString()!, CultureInfo.InvariantCulture)
            - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
        : Monotonic(row);

    private static long Monotonic(JsonElement row) => row.GetProperty("monotonicUs").GetInt64();

    private static long Seq(JsonElement row) => row.GetProperty("seq").GetInt64();
}
