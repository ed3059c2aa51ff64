using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Init.Boot;

/// <summary>
/// The catalogue of a first start: the engine exists before the unit files are read (generators run
/// first), and asks for nothing until the boot event, which comes after.
/// </summary>
internal sealed class BootCatalog(UnitSources sources) : IUnitCatalog
{
    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name) => sources.Catalog.Load(name);

    /// <inheritdoc/>
    public void Forget(UnitName name) => sources.Catalog.Forget(name);
}
