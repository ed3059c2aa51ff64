using InitTx.Units.Graph;

namespace InitTx.Core;

/// <summary>
/// The one door to the core: every decision of the manager is made here. The same events at the
/// same instants give the same records and effects, byte for byte. Single-threaded.
/// </summary>
public sealed partial class Engine
{
    /// <summary>An engine that knows no unit yet.</summary>
    public Engine(IUnitCatalog catalog, EngineLimits limits)
    {
        Catalog = catalog;
        Limits = limits;
    }

    /// <summary>Where definitions come from now; a reload replaces it.</summary>
    public IUnitCatalog Catalog { get; private set; }

    public EngineLimits Limits { get; }
}
