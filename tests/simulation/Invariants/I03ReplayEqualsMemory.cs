using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Restores a second engine from the store now and then and compares the digests.
/// </summary>
internal sealed class I03ReplayEqualsMemory() : SimulationInvariant(
    "I3", "What the store holds, restored, is the state in memory.")
{
    private string? _before;

    public override void Committed(EngineStep step)
    {
        if (!View.IsSampled || !View.InStore)
            return;
        string memory = Convert.ToHexString(View.Engine.Digest());
        string replay = Convert.ToHexString(View.Replay().Digest());
        if (memory != replay)
            Fail($"after batch {View.Batches} memory is {memory}, the store gives {replay}"
                + Difference.Of(View.Engine, View.Replay()));
    }

    public override void Restored()
    {
        // Restoring twice gives the same twice.
        _before = Convert.ToHexString(View.Engine.Digest());
        string again = Convert.ToHexString(View.Replay().Digest());
        if (!View.HandsOver && _before != again)
            Fail($"restored twice: {_before} and {again}");
    }
}
