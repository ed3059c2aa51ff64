using InitTx.Units.Model;

namespace InitTx.Units.Graph;

/// <summary>
/// Where definitions come from, by name and without I/O: the loader over a tree held in memory,
/// a test's table, the simulator's generator. An answer for a name never changes; a reload makes a
/// new catalogue.
/// </summary>
public interface IUnitCatalog
{
    /// <summary>
    /// The definition that a name leads to, through aliases; never null: an unknown name is a
    /// definition whose LoadState is NotFound.
    /// </summary>
    UnitDefinition Load(UnitName name);

    /// <summary>
    /// Nobody needs the definition any more: it may be read anew when it is asked for again.
    /// </summary>
    void Forget(UnitName name)
    {
    }
}
