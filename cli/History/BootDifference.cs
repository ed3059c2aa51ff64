namespace InitTx.Cli.History;

/// <summary>A unit of which something is not the same.</summary>
internal readonly record struct Changed<T>(string Unit, T A, T B);

/// <summary>What differs between two boots.</summary>
internal sealed class BootDifference
{
    private const long LeastUs = 50_000;
    private const int LeastPart = 5;

    /// <param name="byUs">From which difference on a duration differs; null: 50 ms, and a fifth of
    /// the longer one.</param>
    public BootDifference(BootStory a, BootStory b, long? byUs)
    {
        A = a;
        B = b;
        var failures = new List<Changed<long>>();
        foreach (string unit in a.Failures.Keys.Union(b.Failures.Keys)
            .Order(StringComparer.Ordinal))
        {
            (int inA, int inB) =
                (a.Failures.GetValueOrDefault(unit), b.Failures.GetValueOrDefault(unit));
            if (inA != inB)
                failures.Add(new Changed<long>(unit, inA, inB));
        }

        Failures = failures;
        var only = new List<Changed<string>>();
        var results = new List<Changed<string>>();
        var durations = new List<Changed<long>>();
        var both = new List<(BootStart A, BootStart B)>();
        foreach (string unit in a.Starts.Keys.Union(b.Starts.Keys).Order(StringComparer.Ordinal))
        {
            bool inA = a.Starts.TryGetValue(unit, out BootStart was);
            bool inB = b.Starts.TryGetValue(unit, out BootStart now);
            if (!inA || !inB)
            {
                only.Add(new Changed<string>(unit, inA ? was.Result : "", inB ? now.Result : ""));
                continue;
            }

            both.Add((was, now));
            if (was.Result != now.Result)
                results.Add(new Changed<string>(unit, was.Result, now.Result));
            long change = Math.Abs(now.Us - was.Us);
            long least = byUs ?? Math.Max(LeastUs, Math.Max(now.Us, was.Us) / LeastPart);
            if (change >= least && change > 0)
                durations.Add(new Changed<long>(unit, was.Us, now.Us));
        }

        durations.Sort(static (x, y) => Math.Abs(y.B - y.A).CompareTo(Math.Abs(x.B - x.A)));
        (Only, Results, Durations, Order) = (only, results, durations, Moved(both));
    }

    public BootStory A { get; }
    public BootStory B { get; }

    /// <summary>How often a unit failed.</summary>
    public IReadOnlyList<Changed<long>> Failures { get; }

    /// <summary>Results of start jobs; empty where there was none.</summary>
    public IReadOnlyList<Changed<string>> Only { get; }

    public IReadOnlyList<Changed<string>> Results { get; }

    /// <summary>Microseconds, the largest change first.</summary>
    public IReadOnlyList<Changed<long>> Durations { get; }

    /// <summary>
    /// Units that came out of order: the fewest that have to be moved to make both orders the same,
    /// with their places.
    /// </summary>
    public IReadOnlyList<Changed<long>> Order { get; }

    public bool IsEmpty => Failures.Count + Only.Count + Results.Count + Durations.Count
        + Order.Count == 0;

    // All but a longest ascending run of B's places in A's order (patience sorting, n log n).
    private static List<Changed<long>> Moved(List<(BootStart A, BootStart B)> both)
    {
        both.Sort(static (x, y) => x.A.Place.CompareTo(y.A.Place));
        var ends = new List<int>();
        int[] before = new int[both.Count];
        for (int i = 0; i < both.Count; i++)
        {
            int at = ends.BinarySearch(i, Comparer<int>.Create(
                (x, y) => both[x].B.Place.CompareTo(both[y].B.Place)));
            at = at < 0 ? ~at : at;
            before[i] = at == 0 ? -1 : ends[at - 1];
            if (at == ends.Count)
                ends.Add(i);
            else
                ends[at] = i;
        }

        var stays = new HashSet<int>();
        for (int i = ends.Count == 0 ? -1 : ends[^1]; i >= 0; i = before[i])
            stays.Add(i);
        var moved = new List<Changed<long>>();
        for (int i = 0; i < both.Count; i++)
        {
            if (!stays.Contains(i))
                moved.Add(new Changed<long>(
                    both[i].A.Unit, both[i].A.Place, both[i].B.Place));
        }

        return moved;
    }
}
