using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>One edge that pulls a unit in, seen from either end.</summary>
/// <param name="Unit">The unit at the far end.</param>
internal sealed record PullEdge(string Unit, string Kind, string Source);

/// <summary>The edges that pull units in, both ways, of every loaded unit.</summary>
internal sealed class DependencyGraph
{
    private static readonly string[] Pulling =
        ["Requires", "Requisite", "Wants", "BindsTo", "Upholds"];

    private readonly Dictionary<string, UnitEdgesAnswer> _units = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PullEdge>> _reverse = new(StringComparer.Ordinal);

    public bool Knows(string unit) => _units.ContainsKey(unit);

    /// <summary>
    /// Names that are reached from a unit by edges that pull, and are not known yet; the unit
    /// itself when it is not.
    /// </summary>
    public IReadOnlyList<string> UnknownBelow(string root)
    {
        var unknown = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { root };
        var queue = new Queue<string>();
        queue.Enqueue(root);
        while (queue.TryDequeue(out string? unit))
        {
            if (!_units.TryGetValue(unit, out UnitEdgesAnswer? known))
            {
                unknown.Add(unit);
                continue;
            }

            foreach (DependencyAnswer edge in known.Dependencies)
            {
                if (Pulls(edge) && seen.Add(edge.Unit))
                    queue.Enqueue(edge.Unit);
            }
        }

        return unknown;
    }

    /// <summary>
    /// After these were asked for, those that came under another name (aliases) are known to be
    /// nothing of their own.
    /// </summary>
    public void Close(IEnumerable<string> asked)
    {
        foreach (string unit in asked)
            _units.TryAdd(unit, new UnitEdgesAnswer { Unit = unit, LoadState = "merged" });
    }

    public void Add(UnitEdgesAnswer unit)
    {
        _units[unit.Unit] = unit;
        foreach (DependencyAnswer edge in unit.Dependencies)
        {
            if (!Pulls(edge))
                continue;
            if (!_reverse.TryGetValue(edge.Unit, out List<PullEdge>? edges))
                _reverse[edge.Unit] = edges = [];
            edges.Add(new PullEdge(unit.Unit, edge.Kind, edge.Source));
        }
    }

    /// <summary>The unit's state; not-found for one that is named and not loaded.</summary>
    public string StateOf(string unit) =>
        _units.TryGetValue(unit, out UnitEdgesAnswer? known)
            ? known.LoadState == "loaded" ? known.State : known.LoadState
            : "not-found";

    /// <summary>The unit's edges, sorted by name; one for each far end.</summary>
    public IReadOnlyList<PullEdge> EdgesOf(string unit, bool reverse)
    {
        IEnumerable<PullEdge> edges = [];
        if (reverse && _reverse.TryGetValue(unit, out List<PullEdge>? back))
            edges = back;
        else if (!reverse && _units.TryGetValue(unit, out UnitEdgesAnswer? known))
            edges = known.Dependencies.Where(Pulls).Select(
                d => new PullEdge(d.Unit, d.Kind, d.Source));
        return [.. edges.DistinctBy(e => e.Unit).OrderBy(e => e.Unit, StringComparer.Ordinal)];
    }

    private static bool Pulls(DependencyAnswer edge) => Array.IndexOf(Pulling, edge.Kind) >= 0;
}
