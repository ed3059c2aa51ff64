using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Init.Boot;

/// <summary>A catalogue that is made when the first unit is asked of it.</summary>
internal sealed class LaterCatalog(Func<IUnitCatalog> make) : IUnitCatalog
{
    private IUnitCatalog? _made;

    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name) => (_made ??= make()).Load(name);
}
