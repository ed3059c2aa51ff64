using System.Text;
using InitTx.Units.Model;

namespace InitTx.Units.Lint;

/// <summary>
/// What only shows when all units of a system are seen together: circles of orders, and names that
/// two units claim. Pure; the same for any order of the units; linear but for the circles, of which
/// at most <see cref="MaxSearches"/> are looked for.
/// </summary>
public static class TreeLinter
{
    /// <summary>Units from which a circle is looked for; each search sees each edge once.</summary>
    public const int MaxSearches = 500;

    private readonly record struct Order(UnitName Earlier, UnitName Later, SourceLocation Source);

    /// <summary>The findings, each with the unit under which it is shown.</summary>
    /// <param name="units">Definitions of all units; what is not loaded is passed over.</param>
    public static IReadOnlyList<(UnitName Unit, Diagnostic Finding)> Lint(
        IEnumerable<UnitDefinition> units)
    {
        List<UnitDefinition> loaded =
            [.. units.Where(static u => u.LoadState == UnitLoadState.Loaded).OrderBy(u => u.Name)];
        List<(UnitName, Diagnostic)> findings = [];
        Circles(loaded, findings);
        Claims(loaded, findings);
        return findings;
    }

    private static void Circles(
        List<UnitDefinition> units, List<(UnitName, Diagnostic)> findings)
    {
        Dictionary<UnitName, List<Order>> next = Orders(units);
        Peel(next);
        var done = new HashSet<UnitName>();
        int searches = 0;
        foreach (UnitName unit in next.Keys.Order())
        {
            if (done.Contains(unit))
                continue;
            if (searches++ == MaxSearches)
            {
                findings.Add((unit, new Diagnostic(
                    DiagnosticSeverity.Warning, SourceLocation.BuiltIn, "",
                    $"more units may be in ordering circles: {MaxSearches} were searched")));
                return;
            }

            if (Shortest(next, unit) is not { } circle)
                continue;

            // One finding for all circles that hang together: the shortest, the first by name.
            List<UnitName> knot = Knot(next, unit);
            for (int i = 1; i < knot.Count && circle.Count > 2 && searches < MaxSearches; i++)
            {
                searches++;
                if (Shortest(next, knot[i]) is { } other && other.Count < circle.Count)
                    circle = other;
            }

            done.UnionWith(knot);
            findings.Add((circle[0].Later, Say(circle, knot.Count - circle.Count)));
        }
    }

    // The units that are on circles with this one, itself included, by name.
    private static List<UnitName> Knot(Dictionary<UnitName, List<Order>> next, UnitName unit)
    {
        var earlier = next.Keys.ToDictionary(static u => u, static _ => new List<UnitName>());
        foreach (Order order in next.Values.SelectMany(static o => o))
            earlier[order.Later].Add(order.Earlier);
        HashSet<UnitName> after = Reach(unit, u => next[u].Select(static o => o.Later));
        after.IntersectWith(Reach(unit, u => earlier[u]));
        return [.. after.Order()];
    }

    private static HashSet<UnitName> Reach(
        UnitName start, Func<UnitName, IEnumerable<UnitName>> from)
    {
        var seen = new HashSet<UnitName> { start };
        var queue = new Queue<UnitName>(seen);
        while (queue.TryDequeue(out UnitName unit))
        {
            foreach (UnitName other in from(unit).Where(seen.Add))
                queue.Enqueue(other);
        }

        return seen;
    }

    private static Dictionary<UnitName, List<Order>> Orders(List<UnitDefinition> units)
    {
        var next = new Dictionary<UnitName, List<Order>>();
        foreach (UnitDefinition unit in units)
            next[unit.Name] = [];
        foreach (UnitDefinition unit in units)
        {
            foreach (UnitDependency edge in unit.Dependencies)
            {
                if (!next.ContainsKey(edge.Target))
                    continue;
                if (edge.Kind == DependencyKind.After)
                    next[edge.Target].Add(new Order(edge.Target, unit.Name, edge.Source));
                else if (edge.Kind == DependencyKind.Before)
                    next[unit.Name].Add(new Order(unit.Name, edge.Target, edge.Source));
            }
        }

        return next;
    }

    // Takes away, again and again, what nothing is ordered before: that is on no circle.
    private static void Peel(Dictionary<UnitName, List<Order>> next)
    {
        var before = next.Keys.ToDictionary(static u => u, static _ => 0);
        foreach (Order order in next.Values.SelectMany(static o => o))
            before[order.Later]++;
        var free = new Queue<UnitName>(before.Where(static b => b.Value == 0).Select(b => b.Key));
        while (free.TryDequeue(out UnitName unit))
        {
            foreach (Order order in next[unit])
            {
                if (--before[order.Later] == 0)
                    free.Enqueue(order.Later);
            }

            next.Remove(unit);
        }
    }

    private static List<Order>? Shortest(
        Dictionary<UnitName, List<Order>> next, UnitName start)
    {
        var cameBy = new Dictionary<UnitName, Order>();
        var queue = new Queue<UnitName>([start]);
        while (queue.TryDequeue(out UnitName unit))
        {
            foreach (Order order in next[unit])
            {
                if (!cameBy.TryAdd(order.Later, order))
                    continue;
                if (order.Later != start)
                {
                    queue.Enqueue(order.Later);
                    continue;
                }

                List<Order> circle = [order];
                while (circle[^1].Earlier != start)
                    circle.Add(cameBy[circle[^1].Earlier]);
                return circle;
            }
        }

        return null;
    }

    private static Diagnostic Say(List<Order> circle, int more)
    {
        var text = new StringBuilder("ordering circle: ");
        foreach (Order order in circle)
            text.Append(order.Later).Append(" after ").Append(order.Earlier).Append(" (")
                .Append(order.Source).Append("), ");
        text.Append("so these cannot all be started together; take one of the orders away");
        if (more > 0)
            text.Append(FormattableString.Invariant(
                $" ({more} more units are in circles with them)"));
        return new Diagnostic(
            DiagnosticSeverity.Warning, circle[0].Source, "", text.ToString());
    }

    // A name on the bus or an address has one owner.
    private static void Claims(
        List<UnitDefinition> units, List<(UnitName, Diagnostic)> findings)
    {
        var owners = new Dictionary<string, UnitName>(StringComparer.Ordinal);
        foreach (UnitDefinition unit in units)
        {
            if (unit.Service?.BusName is { Length: > 0 } name)
                Claim(unit, "BusName", name, SourceOf(unit, "BusName"), owners, findings);
            foreach (ListenSetting listen in unit.Socket?.Listen ?? [])
                Claim(
                    unit, $"Listen{listen.Kind}", listen.Address, listen.Source, owners, findings);
        }
    }

    private static void Claim(
        UnitDefinition unit, string key, string value, SourceLocation source,
        Dictionary<string, UnitName> owners, List<(UnitName, Diagnostic)> findings)
    {
        if (owners.TryAdd($"{key}={value}", unit.Name))
            return;
        findings.Add((unit.Name, new Diagnostic(DiagnosticSeverity.Note, source, key,
            $"{value} is also that of {owners[$"{key}={value}"]}: only one of them can be up")));
    }

    private static SourceLocation SourceOf(UnitDefinition unit, string key) =>
        unit.Settings.LastOrDefault(s => s.Key == key)?.Source
            ?? new SourceLocation(unit.FragmentPath ?? "", 0);
}
