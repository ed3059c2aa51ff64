using InitTx.Simulation.Invariants;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.Running;

namespace InitTx.Simulation.Mutations;

/// <summary>
/// Puts each mutation in and looks for the first seed at which the invariant that is to catch it
/// does. An invariant that catches nothing proves nothing.
/// </summary>
internal static class MutationRun
{
    private const int MostBoots = 400;

    /// <summary>Tries them all.</summary>
    /// <returns>How many were caught, how many were not, and how many of those are known.</returns>
    public static (int Caught, int Missed, int Open) Run(Seed seed, int jobs)
    {
        var found = new string[MutationTable.All.Count];
        int next = -1;
        int failed = 0;
        int open = 0;
        var findings = OpenFindings.Read();
        var threads = new Thread[jobs];
        for (int i = 0; i < jobs; i++)
        {
            threads[i] = new Thread(
                () =>
                {
                    int m;
                    while ((m = Interlocked.Increment(ref next)) < found.Length)
                    {
                        (string invariant, Mutation mutation) = MutationTable.All[m];
                        found[m] = Try(seed, invariant, mutation, out bool caught);
                        if (caught)
                            continue;
                        if (findings.Knows(invariant, mutation.ToString()))
                            Interlocked.Increment(ref open);
                        else
                            Interlocked.Increment(ref failed);
                    }
                },
                16 * 1024 * 1024);
            threads[i].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        foreach (string line in found)
            Console.WriteLine(line);
        return (found.Length - failed - open, failed, open);
    }

    private static string Try(Seed seed, string invariant, Mutation mutation, out bool caught)
    {
        var others = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < MostBoots; i++)
        {
            Seed boot = seed.Boot(i);
            if (Find(boot, invariant, mutation, others) is not { } violation)
                continue;

            // What this seed shows without the mutation as well is no merit.
            if (Find(boot, invariant, Mutation.None, others) is not null)
                continue;
            caught = true;
            return $"{invariant,-4} catches {mutation,-24} at boot {i,3}, seed {boot}:"
                + $" {violation.What}";
        }

        caught = false;
        return $"{invariant,-4} MISSES  {mutation} in {MostBoots} boots of seed {seed}"
            + $" (others: {string.Join(' ', others)})";
    }

    private static Violation? Find(
        Seed boot, string invariant, Mutation mutation, SortedSet<string> others)
    {
        bool everything = invariant is "I22" or "I28";
        foreach (Violation v in BootCheck.Run(boot, mutation, everything).Violations)
        {
            if (v.Invariant == invariant)
                return v;
            others.Add(v.Invariant);
        }

        return null;
    }
}
