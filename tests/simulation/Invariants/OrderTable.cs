using InitTx.Simulation.Boot;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>Edges of a catalogue in both directions, by name, as the unit files say.</summary>
internal sealed class OrderTable
{
    private static readonly List<string> None = [];
    private readonly Dictionary<string, List<string>> _before = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _after = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _binding = new(StringComparer.Ordinal);

    private readonly Dictionary<string, List<string>> _requiring = new(StringComparer.Ordinal);

    /// <summary>Reads the edges of all units.</summary>
    public OrderTable(GeneratedCatalog catalog)
    {
        foreach (UnitDefinition unit in catalog.Definitions)
        {
            foreach (UnitDependency d in unit.Dependencies)
            {
                if (d.Kind == DependencyKind.After)
                    Order(d.Target.Value, unit.Name.Value);
                else if (d.Kind == DependencyKind.Before)
                    Order(unit.Name.Value, d.Target.Value);
                else if (d.Kind == DependencyKind.BindsTo)
                    Add(_binding, d.Target.Value, unit.Name.Value);
                if (d.Kind is DependencyKind.Requires or DependencyKind.BindsTo
                    or DependencyKind.Requisite or DependencyKind.PartOf)
                    Add(_requiring, d.Target.Value, unit.Name.Value);
            }
        }
    }

    /// <summary>Units that are ordered before this one.</summary>
    public List<string> Earlier(string unit) => _before.GetValueOrDefault(unit, None);

    /// <summary>Units that are ordered after this one.</summary>
    public List<string> Later(string unit) => _after.GetValueOrDefault(unit, None);

    /// <summary>Units whose BindsTo= names this one.</summary>
    public List<string> BoundTo(string unit) => _binding.GetValueOrDefault(unit, None);

    /// <summary>
    /// Units that a stop of this one stops too: Requires=, Requisite=, BindsTo=, PartOf=.
    /// </summary>
    public List<string> Requiring(string unit) => _requiring.GetValueOrDefault(unit, None);

    private void Order(string earlier, string later)
    {
        Add(_after, earlier, later);
        Add(_before, later, earlier);
    }

    private static void Add(Dictionary<string, List<string>> table, string key, string value)
    {
        if (!table.TryGetValue(key, out List<string>? list))
            table.Add(key, list = []);
        if (!list.Contains(value))
            list.Add(value);
    }
}
