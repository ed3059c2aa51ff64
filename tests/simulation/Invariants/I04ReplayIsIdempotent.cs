using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// The store restored twice is the same, byte for byte, unit by unit; looked at now and then and at
/// every restart.
/// </summary>
internal sealed class I04ReplayIsIdempotent() : SimulationInvariant(
    "I4", "What the store holds gives the same state each time it is restored.")
{
    private readonly RecordComparison _comparison = new();

    public override void Committed(EngineStep step)
    {
        if (View.IsSampled && View.InStore)
            Compare();
    }

    public override void Restored() => Compare();

    private void Compare()
    {
        Engine first = View.Replayed;
        Engine second = View.Replay();
        if (_comparison.Difference(first, second) is { } difference)
            Fail($"after batch {View.Batches} {difference}");
        else if (first.Units.Count != second.Units.Count)
            Fail($"after batch {View.Batches} one of them knows more units");
    }
}
