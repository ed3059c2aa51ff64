using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>A table of definitions; what is not in it does not exist. Never changes.</summary>
internal sealed class GeneratedCatalog : IUnitCatalog
{
    private readonly Dictionary<UnitName, UnitDefinition> _byName = [];

    private readonly Dictionary<UnitName, UnitDefinition> _instances = [];
    private readonly IReadOnlyList<UnitDefinition> _templates;

    /// <summary>A catalogue of these definitions, aliases included.</summary>
    /// <param name="templates">
    /// What instances are made of; nobody starts one by its own name.
    /// </param>
    public GeneratedCatalog(
        IReadOnlyList<UnitDefinition> definitions, IReadOnlyList<UnitDefinition> templates)
    {
        Definitions = definitions;
        _templates = templates;
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
        (_byName.TryGetValue(name, out UnitDefinition? d) || TryInstance(name, out d))
            ? d!
            : new UnitDefinition
            {
                Name = name,
                LoadState = UnitLoadState.NotFound,
                LoadError = $"Unit {name} not found.",
            };

    private bool TryInstance(UnitName name, out UnitDefinition? instance)
    {
        instance = null;
        if (!name.IsInstance || _instances.TryGetValue(name, out instance))
            return instance is not null;
        foreach (UnitDefinition template in _templates)
        {
            if (template.Name != name.Template)
                continue;
            _instances.Add(name, instance = template with { Name = name });
            return true;
        }

        return false;
    }

    /// <summary>The same catalogue with some definitions replaced or added.</summary>
    public GeneratedCatalog With(Func<UnitDefinition, UnitDefinition> change)
    {
        var list = new List<UnitDefinition>(Definitions.Count);
        foreach (UnitDefinition d in Definitions)
            list.Add(change(d));
        var templates = new List<UnitDefinition>(_templates.Count);
        foreach (UnitDefinition t in _templates)
            templates.Add(change(t));
        return new GeneratedCatalog(list, templates);
    }
}
