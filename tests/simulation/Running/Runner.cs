using System.Diagnostics;
using InitTx.Simulation.Invariants;
using InitTx.Simulation.Mutations;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Running;

/// <summary>
/// Many boots, one simulation a thread. Threads share nothing but the counter of boots and the
/// totals; what a boot does depends on its seed alone.
/// </summary>
internal sealed class Runner(Seed seed, long boots, int jobs, TimeSpan limit, int reexecs = 0)
{
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(120);
    private readonly Lock _lock = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<SimulationResult> _failed = [];
    private readonly (Seed Seed, TimeSpan Since)[] _current = new (Seed, TimeSpan)[jobs];
    private readonly Dictionary<string, int> _shown = new(StringComparer.Ordinal);
    private long _next;
    private long _done;

    /// <summary>What all boots came to.</summary>
    public Distribution Distribution { get; } = new();

    /// <summary>Boots that violated something, in the order in which they ended.</summary>
    public IReadOnlyList<SimulationResult> Failed => _failed;

    /// <summary>Failures that were printed with their replay command.</summary>
    public int Shown { get; private set; }

    /// <summary>Boots that were run.</summary>
    public long Done => _done;

    /// <summary>Runs them all, or as many as the time allows.</summary>
    /// <returns>False when a boot did not come back: its seed has been printed.</returns>
    public bool Run()
    {
        var threads = new Thread[jobs];
        for (int i = 0; i < jobs; i++)
        {
            int worker = i;
            threads[i] = new Thread(() => Work(worker), 16 * 1024 * 1024) { IsBackground = true };
            threads[i].Start();
        }

        foreach (Thread thread in threads)
        {
            while (!thread.Join(2_000))
            {
                if (FindStuck() is not { } stuck)
                    continue;
                Console.WriteLine(
                    $"FAIL a boot did not end within {Stuck.TotalSeconds} s:"
                        + $" {Report.ReplayCommand(stuck)}");
                return false;
            }
        }

        return true;
    }

    private void Work(int worker)
    {
        while (_watch.Elapsed < limit)
        {
            long index = Interlocked.Increment(ref _next) - 1;
            if (index >= boots)
                return;
            Seed boot = seed.Boot(index);
            lock (_lock)
                _current[worker] = (boot, _watch.Elapsed);
            SimulationResult result = BootCheck.Run(boot, Mutation.None, reexecs: reexecs);
            lock (_lock)
            {
                _current[worker] = default;
                _done++;
                Distribution.Add(result);
                if (Distribution.WhyTooSmall(result) is { } why && result.IsGood)
                    result = result with { Broken = why };
                if (result.IsGood)
                    continue;
                _failed.Add(result);
                if (ShowsSomethingNew(result))
                {
                    Shown++;
                    Report.Failure(result);
                }
            }
        }
    }

    // Each invariant has its own share, so that a frequent one does not hide the others.
    private bool ShowsSomethingNew(SimulationResult result)
    {
        bool isNew = result.Broken is not null;
        foreach (Violation v in result.Violations)
        {
            int shown = _shown.GetValueOrDefault(v.Invariant);
            _shown[v.Invariant] = shown + 1;
            isNew |= shown < Report.MostShown;
        }

        return isNew;
    }

    private Seed? FindStuck()
    {
        lock (_lock)
        {
            foreach ((Seed boot, TimeSpan since) in _current)
            {
                if (boot.Value != 0 && _watch.Elapsed - since > Stuck)
                    return boot;
            }
        }

        return null;
    }
}
