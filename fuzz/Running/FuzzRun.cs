using System.Diagnostics;

namespace InitTx.Fuzz.Running;

/// <summary>What a run does.</summary>
/// <param name="Runs">Inputs for each target; 0 when the time decides.</param>
/// <param name="Seconds">Time for all targets together; 0 when the count decides.</param>
/// <param name="Seed">Where inputs come from.</param>
/// <param name="FindingsDirectory">Where inputs that broke something are kept.</param>
internal sealed record FuzzPlan(int Runs, int Seconds, ulong Seed, string FindingsDirectory);

/// <summary>
/// Runs targets: first the corpus, then mutations of it and generated inputs, half and half. An
/// input may take <see cref="LongestMs"/> at the best of three tries, and may allocate
/// <see cref="MostBytes"/>; the linear parsers need a hundredth of either.
/// </summary>
internal static class FuzzRun
{
    private const int LongestMs = 50;
    private const long MostBytes = 64 << 20;

    /// <summary>Runs one target; null when nothing was found, else what was.</summary>
    public static string? Run(FuzzTarget target, FuzzPlan plan, TimeSpan time, out int inputs)
    {
        inputs = 0;
        IReadOnlyList<byte[]> corpus = CorpusDirectory.Read(target.Name);
        foreach (byte[] input in corpus)
        {
            inputs++;
            if (Try(target, input) is { } fault)
                return Report(target, plan, input, fault);
        }

        var random = new Prng(plan.Seed ^ Hash(target.Name));
        var mutator = new Mutator(random, corpus, target.Words);
        var clock = Stopwatch.StartNew();
        while (plan.Runs > 0 ? inputs < plan.Runs + corpus.Count : clock.Elapsed < time)
        {
            byte[] input = Input(target, random, mutator, corpus);
            inputs++;
            if (Try(target, input) is { } fault)
                return Report(target, plan, input, fault);
        }

        return null;
    }

    /// <summary>Runs one input; null when all holds, else what does not.</summary>
    public static string? Try(FuzzTarget target, byte[] input)
    {
        // A machine that is busy makes one try long, not three.
        double ms = double.MaxValue;
        for (int tries = 0; tries < 3 && ms > LongestMs; tries++)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            try
            {
                target.Check(input);
            }
            catch (Exception e)
            {
                return e is PropertyBrokenException ? e.Message : e.ToString();
            }

            ms = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (allocated > MostBytes)
                return $"allocated {allocated} bytes for {input.Length} bytes";
        }

        return ms > LongestMs ? $"took {ms:F0} ms for {input.Length} bytes" : null;
    }

    private static byte[] Input(
        FuzzTarget target, Prng random, Mutator mutator, IReadOnlyList<byte[]> corpus)
    {
        byte[] input = corpus.Count > 0 && random.OneIn(2) ? random.Pick(corpus)
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
