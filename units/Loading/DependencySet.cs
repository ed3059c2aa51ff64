using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>
/// Collects the edges of one unit: one for each (kind, target), the first and strongest reason
/// kept, so that plans can name the line that asked.
/// </summary>
internal sealed class DependencySet(int limit)
{
    private readonly Dictionary<(DependencyKind, UnitName), UnitDependency> _edges = [];

    private const int Defaults = 8;

    /// <summary>True once an edge was left out because of the limit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>So many edges will be added, and those of the defaults.</summary>
    public void Expect(int count) => _edges.EnsureCapacity(Math.Min(limit, count) + Defaults);

    /// <summary>
    /// Adds an edge; a file's reason replaces a default one, otherwise the first stays.
    /// </summary>
    public void Add(
        DependencyKind kind, UnitName target, DependencyOrigin origin, SourceLocation source)
    {
        (DependencyKind, UnitName) key = (kind, target);
        if (_edges.TryGetValue(key, out UnitDependency? existing))
        {
            if (origin < existing.Origin)
                _edges[key] = new UnitDependency(kind, target, origin, source);
            return;
        }

        if (_edges.Count >= limit)
            Overflowed = true;
        else
            _edges.Add(key, new UnitDependency(kind, target, origin, source));
    }

    /// <summary>True when there is such an edge.</summary>
    public bool Has(DependencyKind kind, UnitName target) => _edges.ContainsKey((kind, target));

    /// <summary>The edges sorted by kind, then target.</summary>
    public List<UnitDependency> ToSortedList()
    {
        List<UnitDependency> list = [.. _edges.Values];
        list.Sort(static (a, b) =>
            a.Kind != b.Kind ? (int)a.Kind - (int)b.Kind : a.Target.CompareTo(b.Target));
        return list;
    }
}
