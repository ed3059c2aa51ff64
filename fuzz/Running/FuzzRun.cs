using System.Diagnostics;

namespace InitTx.Fuzz.Running;

/// <summary>What a run does.</summary>
/// <param name="Runs">Inputs for each target; 0 when the time decides.</param>
/// <param name="Seconds">Time for all targets together; 0 when the count decides.</param>
/// <param name="Seed">Where inputs come from.</param>
/// <param name="FindingsDirectory">Where inputs that broke something are kept.</param>
internal sealed record FuzzPlan(int Runs, int Seconds, ulong Seed, string FindingsDirectory);

/// <summary>
/// Runs targets: first the corpus, then mutations of it and generated inputs, half and half; on
/// instrumented assemblies, what ran something new is mutated further. An input may take
/// <see cref="LongestMs"/> of the processor at the best of three tries, and may allocate
/// <see cref="MostBytes"/>; the linear parsers need a hundredth of either.
/// </summary>
internal static class FuzzRun
{
    private const int LongestMs = 50;
    private const int LongMs = 5;
    private const long MostBytes = 64 << 20;

    /// <summary>Runs one target; null when nothing was found, else what was.</summary>
    public static string? Run(
        FuzzTarget target, FuzzPlan plan, TimeSpan time, out FuzzFigures figures)
    {
        IReadOnlyList<byte[]> corpus = CorpusDirectory.Read(target.Name);
        var random = new Prng(plan.Seed ^ Hash(target.Name));
        var pool = new InputPool(random, corpus);
        EdgeMap? map = EdgeMap.IsInstrumented ? new EdgeMap() : null;
        figures = new FuzzFigures { Kept = map is null ? null : 0 };
        var clock = Stopwatch.StartNew();
        string? fault = null;
        foreach (byte[] input in corpus)
            fault ??= RunOne(target, plan, input, map, null, figures);
        figures.Grew(figures.Inputs, map?.Edges ?? 0);

        var mutator = new Mutator(random, pool.Inputs, target.Words);
        int runs = Math.Max(1, plan.Runs / target.Cost);
        int end = plan.Runs > 0 ? runs + corpus.Count : int.MaxValue;
        int milestone = 1000;
        while (fault is null && figures.Inputs < end && (plan.Runs > 0 || clock.Elapsed < time))
        {
            byte[] input = Input(target, random, mutator, pool.Inputs);
            fault = RunOne(target, plan, input, map, pool, figures);
            if (figures.Inputs - corpus.Count == milestone)
            {
                figures.Grew(milestone, map?.Edges ?? 0);
                milestone *= 10;
            }
        }

        figures.Grew(figures.Inputs, map?.Edges ?? 0);
        figures.Elapsed = clock.Elapsed;
        return fault;
    }

    private static string? RunOne(FuzzTarget target, FuzzPlan plan, byte[] input, EdgeMap? map,
        InputPool? pool, FuzzFigures figures)
    {
        figures.Inputs++;
        if (map is not null)
            EdgeMap.Begin();
        string? fault = Try(target, input, out double ms, out long allocated);
        figures.SlowestMs = Math.Max(figures.SlowestMs, ms);
        figures.MostAllocated = Math.Max(figures.MostAllocated, allocated);
        if (fault is not null)
            return Report(target, plan, input, fault);
        if (map is not null && map.Learn() && pool is not null)
        {
            pool.Keep(input);
            figures.Kept = pool.Kept;
        }

        return null;
    }

    /// <summary>Runs one input; null when all holds, else what does not.</summary>
    public static string? Try(FuzzTarget target, byte[] input) =>
        Try(target, input, out _, out _);

    private static string? Try(
        FuzzTarget target, byte[] input, out double ms, out long allocated)
    {
        // The wall clock is cheap to read; where it says long, the processor's time decides: the
        // machine may be busy, and the first inputs wait for the compiler.
        ms = double.MaxValue;
        allocated = 0;
        for (int tries = 0; tries < 3 && ms > LongMs; tries++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan busy = tries == 0 ? default : Environment.CpuUsage.TotalTime;
            long started = Stopwatch.GetTimestamp();
            try
            {
                target.Check(input);
            }
            catch (Exception e)
            {
                ms = 0;
                return e is PropertyBrokenException ? e.Message : e.ToString();
            }

            TimeSpan took = tries == 0 ? Stopwatch.GetElapsedTime(started)
                : Environment.CpuUsage.TotalTime - busy;
            ms = Math.Min(ms, took.TotalMilliseconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > MostBytes)
                return $"allocated {allocated} bytes for {input.Length} bytes";
        }

        return ms > LongestMs ? $"took {ms:F0} ms for {input.Length} bytes" : null;
    }

    private static byte[] Input(
        FuzzTarget target, Prng random, Mutator mutator, IReadOnlyList<byte[]> pool)
    {
        byte[] input = pool.Count > 0 && random.OneIn(2) ? random.Pick(pool)
            : target.Generate(random);
        return random.OneIn(8) ? input : mutator.Mutate(input);
    }

    private static string Report(FuzzTarget target, FuzzPlan plan, byte[] input, string fault)
    {
        byte[] small = Shrink(target, input);
        if (target.IsCanary)
            return fault;
        Directory.CreateDirectory(plan.FindingsDirectory);
        string path = Path.Combine(plan.FindingsDirectory,
            $"{target.Name}-{Hash(Convert.ToHexString(small)):x16}");
        File.WriteAllBytes(path, small);
        return $"{fault}\n  input kept as {path}, {small.Length} bytes\n"
            + $"  again: dotnet run --project fuzz -- replay --target {target.Name} {path}\n"
            + $"  the run: dotnet run --project fuzz -- run --target {target.Name} --seed "
                + $"{plan.Seed} --runs {plan.Runs}";
    }

    // Drops ever smaller parts as long as something stays broken.
    private static byte[] Shrink(FuzzTarget target, byte[] input)
    {
        byte[] best = input;
        int attempts = 0;
        for (int part = Math.Max(best.Length / 2, 1); part >= 1 && attempts < 2000; part /= 2)
        {
            for (int at = 0; at + part <= best.Length && attempts < 2000; attempts++)
            {
                byte[] smaller = [.. best.AsSpan(0, at), .. best.AsSpan(at + part)];
                if (Try(target, smaller) is null)
                    at += part;
                else
                    best = smaller;
            }
        }

        return best;
    }

    private static ulong Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in text)
            hash = (hash ^ c) * 1099511628211;
        return hash;
    }
}
