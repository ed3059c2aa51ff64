using InitTx.Simulation.Invariants;

namespace InitTx.Simulation.Running;

/// <summary>Plays one boot again, with its trace when asked for.</summary>
internal static class Replay
{
    /// <summary>The exit status.</summary>
    public static int Run(SimulationOptions options)
    {
        if (options.Trace)
            PrintTrace(options);
        SimulationResult result = BootCheck.Run(
            options.Seed, options.Mutation, reexecs: options.Reexecs);
        Console.WriteLine(
            $"seed {options.Seed}: trace 0x{result.TraceHash:X16}, {result.Batches} batches");
        if (!result.IsGood)
            Report.Failure(result);
        return Report.Totals(result.IsGood ? 1 : 0, result.IsGood ? 0 : 1, 0);
    }

    private static void PrintTrace(SimulationOptions options)
    {
        var lines = new List<string>();
        var settings = new SimulationSettings { Mutation = options.Mutation, Lines = lines };
        if (options.ReexecAfter is { } batch)
        {
            // 0 is the run of the pair that has no re-exec.
            settings = settings with
            {
                Observes = new ObservableTraceRequest(false),
                ReexecAfterBatch = batch == 0 ? -1 : batch,
            };
        }

        SimulationResult result = new Simulation(options.Seed, settings).Run();
        foreach (string line in lines)
            Console.WriteLine(line);
        foreach (Violation v in result.Violations)
            Console.WriteLine($"!! {v.Invariant} at {v.AtUs}, batch {v.Batch}: {v.What}");
        if (result.Broken is not null)
            Console.WriteLine("!! " + result.Broken);
    }
}
