using InitTx.Core;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Init.Control.Queries;

/// <summary>A unit as a query finds it: its files, and its state when it is loaded.</summary>
internal readonly record struct FoundUnit(UnitDefinition Definition, UnitRuntime? Runtime);

/// <summary>
/// Finds units by name for readers. A name that the engine does not know is read from the
/// catalogue, which keeps what it reads: so that no user can fill memory with names, others than
/// root get a bounded number of those for each catalogue.
/// </summary>
internal sealed class UnitLookup(Func<Engine> engine)
{
    /// <summary>Names outside the engine that unprivileged readers may ask about.</summary>
    public const int Strangers = 2_048;

    private readonly HashSet<UnitName> _strangers = [];
    private IUnitCatalog? _catalog;
    private UnitRuntime[] _sorted = [];
    private Engine? _sortedOf;
    private int _sortedAt;

    /// <summary>Where definitions come from now.</summary>
    public IUnitCatalog Catalog => engine().Catalog;

    /// <summary>False when the bound is reached.</summary>
    public bool TryFind(UnitName name, bool privileged, out FoundUnit unit)
    {
        Engine now = engine();
        if (now.Find(name) is { } runtime)
        {
            unit = new FoundUnit(runtime.Definition, runtime);
            return true;
        }

        if (!privileged && !IsAllowed(name, now.Catalog))
        {
            unit = default;
            return false;
        }

        UnitDefinition definition = now.Catalog.Load(name);
        unit = new FoundUnit(definition, now.Find(definition.Name));
        return true;
    }

    /// <summary>
    /// Every loaded unit, sorted by name; valid until the engine loads another one.
    /// </summary>
    public ReadOnlySpan<UnitRuntime> Sorted()
    {
        Engine now = engine();
        if (!ReferenceEquals(_sortedOf, now) || _sortedAt != now.TableVersion)
        {
            _sorted = [.. now.Units];
            Array.Sort(_sorted, static (a, b) => a.Name.CompareTo(b.Name));
            (_sortedOf, _sortedAt) = (now, now.TableVersion);
        }

        return _sorted;
    }

    /// <summary>The sorted units after a name.</summary>
    public ReadOnlySpan<UnitRuntime> SortedAfter(string? after)
    {
        ReadOnlySpan<UnitRuntime> all = Sorted();
        if (after is null)
            return all;
        int low = 0;
        int high = all.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (string.CompareOrdinal(all[middle].Name.Value, after) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return all[low..];
    }

    private bool IsAllowed(UnitName name, IUnitCatalog catalog)
    {
        if (!ReferenceEquals(catalog, _catalog))
        {
            _catalog = catalog;
            _strangers.Clear();
        }

        return _strangers.Contains(name)
            || (_strangers.Count < Strangers && _strangers.Add(name));
    }
}
