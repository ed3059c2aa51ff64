using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>Collects edges as a definition wants them: sorted, no (kind, target) twice.</summary>
internal sealed class EdgeSet
{
    private readonly List<UnitDependency> _edges = [];

    /// <summary>Adds an edge unless it is there.</summary>
    public void Add(DependencyKind kind, UnitName target)
    {
        if (Has(kind, target))
            return;
        var source = new SourceLocation("/sim/units", _edges.Count + 1);
        _edges.Add(new UnitDependency(kind, target, DependencyOrigin.File, source));
    }

    /// <summary>Whether the edge is there.</summary>
    public bool Has(DependencyKind kind, UnitName target)
    {
        foreach (UnitDependency e in _edges)
        {
            if (e.Kind == kind && e.Target == target)
                return true;
        }

        return false;
    }

    /// <summary>The order of <see cref="UnitDefinition.Dependencies"/>.</summary>
    public IReadOnlyList<UnitDependency> Sorted()
    {
        _edges.Sort((a, b) => a.Kind != b.Kind
            ? a.Kind.CompareTo(b.Kind)
            : a.Target.CompareTo(b.Target));
        return _edges;
    }
}
