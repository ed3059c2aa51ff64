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
/// thousands of edges of one (shutdown.target), so each kind is a list of its own, sorted by the
/// far end's name: in which order units were loaded must not show in what is decided or said.
/// </summary>
internal sealed class EdgeTable
{
    private static readonly List<UnitEdge> Empty = [];
    private readonly List<(DependencyKind Kind, List<UnitEdge> Edges)> _kinds = [];

    /// <summary>A bit for each kind to which edges were added out of order.</summary>
    private uint _unsorted;

    /// <summary>
    /// The edges of a kind by name; never null, not to be changed by the caller.
    /// </summary>
    public List<UnitEdge> this[DependencyKind kind]
    {
        get
        {
            List<UnitEdge> edges = Find(kind) ?? Empty;
            if ((_unsorted & Bit(kind)) != 0)
            {
                edges.Sort(Compare);
                _unsorted &= ~Bit(kind);
            }

            return edges;
        }
    }

    public void Add(UnitEdge edge)
    {
        if (Find(edge.Declared.Kind) is not { } edges)
        {
            _kinds.Add((edge.Declared.Kind, [edge]));
            return;
        }

        // Mostly they come in order: a directory's names are read sorted.
        if (edges.Count > 0 && Compare(edges[^1], edge) > 0)
            _unsorted |= Bit(edge.Declared.Kind);
        edges.Add(edge);
    }

    /// <summary>So many edges of a kind that has none yet will be added.</summary>
    public void Expect(DependencyKind kind, int count)
    {
        if (ReferenceEquals(this[kind], Empty))
            _kinds.Add((kind, new List<UnitEdge>(count)));
    }

    /// <summary>Gives back what was reserved for more edges.</summary>
    public void Trim()
    {
        _kinds.TrimExcess();
        foreach ((_, List<UnitEdge> edges) in _kinds)
            edges.TrimExcess();
    }

    /// <summary>The far ends forget their side of these edges.</summary>
    /// <param name="owner">Whose forward edges these are.</param>
    public void ForgetIn(UnitRuntime owner)
    {
        foreach ((_, List<UnitEdge> edges) in _kinds)
        {
            foreach (UnitEdge edge in edges)
                edge.Other.In.RemoveAll(owner);
        }
    }

    /// <summary>The near ends forget their side of these edges.</summary>
    /// <param name="owner">Whose reverse edges these are.</param>
    public void ForgetOut(UnitRuntime owner)
    {
        foreach ((_, List<UnitEdge> edges) in _kinds)
        {
            foreach (UnitEdge edge in edges)
                edge.Other.Out.RemoveAll(owner);
        }
    }

    /// <summary>Whether an edge of any kind leads to another unit than one.</summary>
    public bool LeadsElsewhere(UnitName one)
    {
        foreach ((_, List<UnitEdge> edges) in _kinds)
        {
            foreach (UnitEdge edge in edges)
            {
                if (edge.Other.Name != one)
                    return true;
            }
        }

        return false;
    }

    private void RemoveAll(UnitRuntime other)
    {
        foreach ((_, List<UnitEdge> edges) in _kinds)
            edges.RemoveAll(edge => edge.Other == other);
    }

    public void Clear()
    {
        _kinds.Clear();
        _unsorted = 0;
    }

    private List<UnitEdge>? Find(DependencyKind kind)
    {
        foreach ((DependencyKind k, List<UnitEdge> edges) in _kinds)
        {
            if (k == kind)
                return edges;
        }

        return null;
    }

    private static uint Bit(DependencyKind kind) => 1u << (int)kind;

    private static int Compare(UnitEdge a, UnitEdge b)
    {
        int order = a.Other.Name.CompareTo(b.Other.Name);
        if (order == 0)
            order = a.Declared.Origin.CompareTo(b.Declared.Origin);
        if (order == 0)
            order = string.CompareOrdinal(a.Declared.Source.Path, b.Declared.Source.Path);
        return order != 0 ? order : a.Declared.Source.Line.CompareTo(b.Declared.Source.Line);
    }
}
