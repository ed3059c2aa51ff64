using InitTx.Simulation.Invariants;
using InitTx.Simulation.Mutations;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Running;

/// <summary>
/// All that is looked at for one seed: the boot itself; for a sample a second run that must give
/// the same trace; for a sample two runs with and without a re-exec (I22). Which samples a seed
/// belongs to follows from the seed, so that a replay does the same.
/// </summary>
internal static class BootCheck
{
    private const int TwiceOneIn = 40;
    private const int BisimulationOneIn = 6;

    /// <summary>Runs and judges one seed.</summary>
    /// <param name="reexecs">
    /// How many places of a re-exec are tried; 0: one, of a sample of boots.
    /// </param>
    public static SimulationResult Run(
        Seed seed, Mutation mutation, bool everything = false, int reexecs = 0)
    {
        var settings = new SimulationSettings { Mutation = mutation };
        SimulationResult result = new Simulation(seed, settings).Run();
        ulong draw = seed.Draw(Purpose.Sampling);
        if (everything || draw % TwiceOneIn == 0)
            result = Again(seed, settings, result);
        if (reexecs > 0 || everything || draw % BisimulationOneIn == 1)
            result = Bisimulate(seed, mutation, result, Math.Max(1, reexecs));
        return result;
    }

    /// <summary>The step after which the n-th re-exec of I22 comes.</summary>
    private static long ReexecBatch(Seed seed, long batches, int n) =>
        1 + (long)(seed.Draw(Purpose.Reexec, n) % (ulong)Math.Max(1, batches - 1));

    private static SimulationResult Again(Seed seed, SimulationSettings settings,
        SimulationResult first)
    {
        SimulationResult second = new Simulation(seed, settings).Run();
        return second.TraceHash == first.TraceHash ? first : With(first, new Violation(
            "I28", "The same seed and code give the same trace.",
            $"two runs gave 0x{first.TraceHash:X16} and 0x{second.TraceHash:X16}", 0, 0));
    }

    private static SimulationResult Bisimulate(
        Seed seed, Mutation mutation, SimulationResult result, int reexecs)
    {
        SimulationResult plain = Observe(seed, mutation, -1, false, out ObservableTrace left);
        result = Adopt(result, plain);
        for (int n = 0; n < reexecs; n++)
        {
            long batch = ReexecBatch(seed, plain.Batches, n);
            SimulationResult other =
                Observe(seed, mutation, batch, false, out ObservableTrace right);
            result = Adopt(result, other);
            if (left.Digest() != right.Digest())
                result = With(result, Compare(seed, mutation, batch));
        }

        return result;
    }

    private static Violation Compare(Seed seed, Mutation mutation, long batch)
    {
        Observe(seed, mutation, -1, true, out ObservableTrace left);
        Observe(seed, mutation, batch, true, out ObservableTrace right);
        string what = $"with a re-exec after batch {batch}: {FirstDifference(left, right)}";
        return new Violation(left.Name, left.Sentence, what, 0, batch);
    }

    private static SimulationResult Adopt(SimulationResult result, SimulationResult other) =>
        other.IsGood ? result : result with
        {
            Violations = [.. result.Violations, .. other.Violations],
            Broken = result.Broken ?? other.Broken,
        };

    private static SimulationResult Observe(
        Seed seed, Mutation mutation, long reexecAfter, bool keepsLines, out ObservableTrace trace)
    {
        var request = new ObservableTraceRequest(keepsLines);
        SimulationResult result = new Simulation(seed, new SimulationSettings
        {
            Mutation = mutation,
            Observes = request,
            ReexecAfterBatch = reexecAfter,
        }).Run();
        trace = request.Trace!;
        return result;
    }

    // The earliest difference of all units: what comes later follows from it.
    private static string FirstDifference(ObservableTrace left, ObservableTrace right)
    {
        var units = new SortedSet<string>(left.Lines.Keys, StringComparer.Ordinal);
        units.UnionWith(right.Lines.Keys);
        (long At, string Text) first = (long.MaxValue, "none is found");
        foreach (string unit in units)
        {
            List<ObservableLine> a = left.Lines.GetValueOrDefault(unit) ?? [];
            List<ObservableLine> b = right.Lines.GetValueOrDefault(unit) ?? [];
            int i = 0;
            while (i < a.Count && i < b.Count && a[i] == b[i])
                i++;
            long at = Math.Min(
                i < a.Count ? a[i].AtUs : long.MaxValue, i < b.Count ? b[i].AtUs : long.MaxValue);
            if (at >= first.At)
                continue;
            string without = i < a.Count ? a[i].ToString() : "nothing";
            string with = i < b.Count ? b[i].ToString() : "nothing";
            first = (at, $"{unit}, line {i}: without '{without}', with '{with}'");
        }

        return first.Text;
    }

    private static SimulationResult With(SimulationResult result, Violation violation) =>
        result with { Violations = [.. result.Violations, violation] };
}
