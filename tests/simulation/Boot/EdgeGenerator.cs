using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>
/// Draws the dependencies of one unit. Most edges lead to earlier units, so that there is an
/// order; a requirement usually comes with the ordering, as people write it, but not always.
/// </summary>
internal static class EdgeGenerator
{
    /// <summary>Adds the edges of unit <paramref name="i"/>.</summary>
    public static void Draw(Prng p, BootOptions options, List<UnitName> names, int i, EdgeSet edges)
    {
        for (int j = 0; j < i; j++)
        {
            if (p.Percent(options.EdgeDensity))
                Relate(p, options, names[i], names[j], edges);
        }

        if (options.Conflicts && i > 2 && p.OneIn(12))
            Conflict(p, names[i], names[p.Below(i)], edges);
        if (options.Cycle && i > 3 && p.OneIn(6))
            edges.Add(DependencyKind.Before, names[p.Below(i)]);
        if (options.Missing && p.OneIn(8))
        {
            var missing = UnitName.Parse($"missing{p.Below(3)}.service");
            edges.Add(p.OneIn(4) ? DependencyKind.Requires : DependencyKind.Wants, missing);
            edges.Add(DependencyKind.After, missing);
        }
    }

    private static void Relate(Prng p, BootOptions options, UnitName self, UnitName other,
        EdgeSet edges)
    {
        if (edges.Has(DependencyKind.Conflicts, other))
            return;
        int requisite = options.Bound ? 2 : 0;
        int bound = options.Bound ? 14 : 0;
        DependencyKind kind = p.Weighted([30, 34, bound, bound, requisite, 3, 3]) switch
        {
            0 => DependencyKind.Requires,
            1 => DependencyKind.Wants,
            2 => DependencyKind.BindsTo,
            3 => DependencyKind.PartOf,
            4 => DependencyKind.Requisite,
            5 => DependencyKind.PropagatesReloadTo,
            _ => DependencyKind.OnFailure,
        };
        if (kind is DependencyKind.OnFailure && self.Kind != UnitKind.Service)
            return;
        edges.Add(kind, other);
        if (p.Percent(85) && kind != DependencyKind.OnFailure)
            edges.Add(DependencyKind.After, other);
    }

    private static void Conflict(Prng p, UnitName self, UnitName other, EdgeSet edges)
    {
        foreach (DependencyKind kind in (DependencyKind[])[
            DependencyKind.Requires, DependencyKind.BindsTo, DependencyKind.Requisite,
            DependencyKind.Wants, DependencyKind.PartOf])
        {
            if (edges.Has(kind, other))
                return;
        }

        edges.Add(DependencyKind.Conflicts, other);
        if (p.Percent(60))
            edges.Add(DependencyKind.After, other);
    }
}
