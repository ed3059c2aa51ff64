using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>A table of definitions; what is not in it does not exist. Never changes.</summary>
internal sealed class GeneratedCatalog : IUnitCatalog
{
    private readonly Dictionary<UnitName, UnitDefinition> _byName = [];

    /// <summary>A catalogue of these definitions, aliases included.</summary>
    public GeneratedCatalog(IReadOnlyList<UnitDefinition> definitions)
    {
        Definitions = definitions;
        foreach (UnitDefinition d in definitions)
        {
            _byName.Add(d.Name, d);
            foreach (UnitName alias in d.Aliases)
                _byName.Add(alias, d);
        }
    }

    /// <summary>In the order in which they were generated.</summary>
    public IReadOnlyList<UnitDefinition> Definitions { get; }

    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name) =>
        _byName.TryGetValue(name, out UnitDefinition? d)
            ? d
            : new UnitDefinition
            {
                Name = name,
                LoadState = UnitLoadState.NotFound,
                LoadError = $"Unit {name} not found.",
            };

    /// <summary>The same catalogue with some definitions replaced or added.</summary>
    public GeneratedCatalog With(Func<UnitDefinition, UnitDefinition> change)
    {
        var list = new List<UnitDefinition>(Definitions.Count);
        foreach (UnitDefinition d in Definitions)
            list.Add(change(d));
        return new GeneratedCatalog(list);
    }
}
