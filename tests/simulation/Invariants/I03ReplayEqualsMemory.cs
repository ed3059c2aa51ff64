using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Restores a second engine from the store now and then, and compares what both would record.
/// </summary>
internal sealed class I03ReplayEqualsMemory() : SimulationInvariant(
    "I3", "What the store holds, restored, is the state in memory.")
{
    private readonly RecordComparison _comparison = new();

    public override void Committed(EngineStep step)
    {
        if (View.IsSampled && View.InStore
            && _comparison.Difference(View.Engine, View.Replayed) is { } difference)
            Fail($"after batch {View.Batches} {difference}");
    }

    public override void Restored()
    {
        if (!View.HandsOver && _comparison.Difference(View.Engine, View.Replayed) is { } difference)
            Fail($"restored twice: {difference}");
    }
}
