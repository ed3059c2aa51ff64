using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Compares the store with what units may have in it, and what a planned re-exec found with what it
/// left.
/// </summary>
internal sealed class I43StoreKeepsItsTime() : SimulationInvariant(
    "I43", "Stored descriptors are kept until the unit's settings say, over re-execs too.")
{
    private Dictionary<UnitName, int> _before = [];

    public override void BatchEnded()
    {
        if (!View.IsRecovering && View.World.Store.Held > 0)
            Fail("descriptors were received, and nobody said what becomes of them");
    }

    public override void Quiet()
    {
        foreach ((UnitName name, int count) in View.World.Store.Stored)
        {
            if (View.Engine.Find(name) is not { HasStore: true } unit)
                Fail($"{name} has {count} descriptors in the store, and the core knows of none");
            else if (unit.Active is ActiveState.Inactive or ActiveState.Failed
                && unit.Definition.Service?.StorePreserve != StorePreserve.Yes)
                Fail($"{name} is down, {count} descriptors are still stored");
        }
    }

    public override void Crashed() => _before = new(View.World.Store.Stored);

    public override void Restored()
    {
        if (!View.HandsOver)
            return;
        foreach ((UnitName name, int count) in _before)
        {
            if (View.World.Store.Stored.GetValueOrDefault(name) != count)
                Fail($"a re-exec lost descriptors that {name} had stored");
        }
    }
}
