using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Init.Boot;

/// <summary>
/// A catalogue that is made when a unit is asked of it, and can be made again: nearly every unit
/// that matters is in memory already.
/// </summary>
/// <param name="make">Gives the same catalogue each time.</param>
internal sealed class LaterCatalog(Func<IUnitCatalog> make) : IUnitCatalog
{
    private IUnitCatalog? _made;

    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name) => (_made ??= make()).Load(name);

    /// <inheritdoc/>
    public void Forget(UnitName name) => _made?.Forget(name);

    /// <summary>Gives its memory back until the next question.</summary>
    public void Forget() => _made = null;
}
