using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// An edge to another unit as its file declares it; <see cref="Other"/> is the far end.
/// </summary>
/// <param name="Other">Forward: the target. Reverse: the unit whose file declares the edge.</param>
/// <param name="Declared">Kind, origin and file:line.</param>
internal readonly record struct UnitEdge(UnitRuntime Other, UnitDependency Declared);

/// <summary>
/// The edges of one unit in one direction, grouped by kind. A unit has few kinds but may have
/// thousands of edges of one (shutdown.target), so each kind is a list of its own.
/// </summary>
internal sealed class EdgeTable
{
    private static readonly List<UnitEdge> Empty = [];
    private readonly List<(DependencyKind Kind, List<UnitEdge> Edges)> _kinds = [];

    /// <summary>The edges of a kind; never null, not to be changed by the caller.</summary>
    public List<UnitEdge> this[DependencyKind kind]
    {
        get
        {
            foreach ((DependencyKind k, List<UnitEdge> edges) in _kinds)
            {
                if (k == kind)
                    return edges;
            }

            return Empty;
        }
    }

    public void Add(UnitEdge edge)
    {
        foreach ((DependencyKind k, List<UnitEdge> edges) in _kinds)
        {
            if (k == edge.Declared.Kind)
            {
                edges.Add(edge);
                return;
            }
        }

        _kinds.Add((edge.Declared.Kind, [edge]));
    }

    /// <summary>So many edges of a kind that has none yet will be added.</summary>
    public void Expect(DependencyKind kind, int count)
    {
        if (ReferenceEquals(this[kind], Empty))
            _kinds.Add((kind, new List<UnitEdge>(count)));
    }

    public void Clear() => _kinds.Clear();

    /// <summary>Gives back what was reserved for more edges.</summary>
    public void Trim()
    {
        _kinds.TrimExcess();
        foreach ((_, List<UnitEdge> edges) in _kinds)
            edges.TrimExcess();
    }
}
