using InitTx.Core.Ports;
using InitTx.Simulation.Faults;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Running;

/// <summary>How much of everything the boots of a run had.</summary>
internal sealed class Distribution
{
    private const int LeastUnits = 20;
    private const int LeastTransitions = 200;
    private const int LeastFaults = 3;

    private readonly List<int> _units = [];
    private readonly List<int> _transitions = [];
    private readonly List<int> _faults = [];
    private readonly List<int> _operations = [];
    private readonly List<int> _events = [];
    private readonly List<int> _restarts = [];
    private readonly List<int> _seconds = [];
    private readonly Statistics _sum = new();
    private ulong _traces;

    /// <summary>Why a boot does not count; null when it is large enough.</summary>
    public static string? WhyTooSmall(SimulationResult result)
    {
        Statistics s = result.Statistics;
        return s.Units < LeastUnits ? $"only {s.Units} units"
            : s.Transitions < LeastTransitions ? $"only {s.Transitions} transitions"
            : s.FaultCount < LeastFaults ? $"only {s.FaultCount} faults" : null;
    }

    /// <summary>Adds one boot.</summary>
    public void Add(SimulationResult result)
    {
        Statistics s = result.Statistics;
        _units.Add(s.Units);
        _transitions.Add(s.Transitions);
        _faults.Add(s.FaultCount);
        _operations.Add(s.Operations);
        _events.Add(s.Events);
        _restarts.Add(s.Restarts);
        _seconds.Add((int)Math.Min(int.MaxValue, s.VirtualUs / 1_000_000));
        for (int i = 0; i < s.Faults.Length; i++)
            _sum.Faults[i] += s.Faults[i];
        for (int i = 0; i < s.Rows.Length; i++)
            _sum.Rows[i] += s.Rows[i];
        for (int i = 0; i < s.Verbs.Length; i++)
            _sum.Verbs[i] += s.Verbs[i];
        foreach ((string outcome, long count) in s.Outcomes)
            _sum.Outcomes[outcome] = _sum.Outcomes.GetValueOrDefault(outcome) + count;

        // Which boot ended first must not show.
        _traces += Seed.Finish(result.TraceHash ^ result.Seed.Value);
    }

    /// <summary>Prints it.</summary>
    public void Print()
    {
        if (_units.Count == 0)
            return;
        Console.WriteLine("a boot has                min   median      p95      max");
        Line("units", _units);
        Line("transitions", _transitions);
        Line("faults", _faults);
        Line("operations", _operations);
        Line("events", _events);
        Line("manager restarts", _restarts);
        Line("virtual seconds", _seconds);
        Console.WriteLine("faults   " + Words(_sum.Faults, i => ((FaultKind)i).ToString()));
        Console.WriteLine("rows     " + Words(_sum.Rows, i => RecordWords.Of((RecordKind)i)));
        Console.WriteLine("verbs    " + Words(_sum.Verbs, i => ((RequestVerb)i).ToString()));
        long ended = 0;
        foreach ((_, long count) in _sum.Outcomes)
            ended += count;
        Console.WriteLine($"figure: {_units.Count} boots with {ended} transactions: "
            + string.Join(", ", _sum.Outcomes.Select(o => $"{o.Value} {o.Key}")));
        Console.WriteLine($"figure: all traces 0x{_traces:X16} (the same on every machine)");
    }

    private static void Line(string name, List<int> values)
    {
        values.Sort();
        Console.WriteLine($"{name,-20} {values[0],8} {values[values.Count / 2],8}"
            + $" {values[values.Count * 95 / 100],8} {values[^1],8}");
    }

    private static string Words(int[] counts, Func<int, string> name)
    {
        var parts = new List<string>();
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
                parts.Add($"{name(i)} {counts[i]}");
        }

        return string.Join(", ", parts);
    }
}
