using InitTx.Simulation.Invariants;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Running;

/// <summary>What a failure looks like on the console.</summary>
internal static class Report
{
    /// <summary>Failures of one invariant beyond are only counted.</summary>
    public const int MostShown = 12;

    /// <summary>The command that plays a boot again.</summary>
    public static string ReplayCommand(Seed seed) =>
        $"dotnet run -c Release --project tests/simulation -- replay --seed {seed} --trace";

    /// <summary>One failed boot.</summary>
    public static void Failure(SimulationResult result)
    {
        Console.WriteLine($"FAIL boot {result.Seed}");
        foreach (Violation v in result.Violations)
            Console.WriteLine(
                $"  {v.Invariant} at {v.AtUs} µs, batch {v.Batch}: {v.What}\n     promise:"
                    + $" {v.Sentence}");
        if (result.Broken is not null)
            Console.WriteLine("  " + result.Broken.ReplaceLineEndings("\n  "));
        Console.WriteLine("  replay: " + ReplayCommand(result.Seed));
    }

    /// <summary>The last line of every command.</summary>
    public static int Totals(long passed, long failed, long skipped)
    {
        Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0 ? 0 : 1;
    }
}
