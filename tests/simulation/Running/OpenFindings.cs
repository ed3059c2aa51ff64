using System.Globalization;

namespace InitTx.Simulation.Running;

/// <summary>
/// The list of open findings (open-findings.txt): faults that the simulator shows, that are known,
/// and that are not mended yet. They are skipped by number, never by seed, so a fault that comes
/// more often than it did fails the run.
/// </summary>
internal sealed class OpenFindings
{
    private readonly Dictionary<string, int> _perTenThousand = new(StringComparer.Ordinal);
    private readonly HashSet<string> _mutations = new(StringComparer.Ordinal);

    /// <summary>Reads the list that was built beside the program.</summary>
    public static OpenFindings Read()
    {
        var findings = new OpenFindings();
        string file = Path.Combine(AppContext.BaseDirectory, "open-findings.txt");
        foreach (string line in File.ReadLines(file))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;
            if (words[0] == "mutation")
                findings._mutations.Add(words[1] + " " + words[2]);
            else
                findings._perTenThousand[words[0]] = int.Parse(
                    words[1], CultureInfo.InvariantCulture);
        }

        return findings;
    }

    /// <summary>True when it is known that this invariant does not catch this mutation.</summary>
    public bool Knows(string invariant, string mutation) =>
        _mutations.Contains(invariant + " " + mutation);

    /// <summary>
    /// How many of the failed boots are open findings; 0 when any limit is exceeded.
    /// </summary>
    public long Excuse(IReadOnlyList<SimulationResult> failed, long boots)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        long excused = 0;
        foreach (SimulationResult result in failed)
        {
            bool known = result.Broken is null;
            var here = new HashSet<string>(StringComparer.Ordinal);
            foreach (var violation in result.Violations)
            {
                known &= _perTenThousand.ContainsKey(violation.Invariant);
                here.Add(violation.Invariant);
            }

            foreach (string invariant in here)
                counts[invariant] = counts.GetValueOrDefault(invariant) + 1;
            excused += known ? 1 : 0;
        }

        bool within = true;
        foreach ((string invariant, int count) in counts)
        {
            double expected = _perTenThousand.GetValueOrDefault(invariant) * boots / 10_000.0;
            double limit = expected == 0 ? 0 : expected + (3 * Math.Sqrt(expected));
            within &= count <= limit;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"open finding {invariant}: {count} boots, at most {limit:0} may show it"));
        }

        return within ? excused : 0;
    }
}
