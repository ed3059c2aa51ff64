using System.Buffers;
using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// The store restored twice is the same, byte for byte, unit by unit; looked at now and then and at
/// every restart.
/// </summary>
internal sealed class I04ReplayIsIdempotent() : SimulationInvariant(
    "I4", "What the store holds gives the same state each time it is restored.")
{
    public override void Committed(EngineStep step)
    {
        if (View.IsSampled && View.InStore)
            Compare();
    }

    public override void Restored() => Compare();

    private void Compare()
    {
        Engine first = View.Replay();
        Engine second = View.Replay();
        var one = new ArrayBufferWriter<byte>();
        var other = new ArrayBufferWriter<byte>();
        first.WriteEngine(one);
        second.WriteEngine(other);
        if (!one.WrittenSpan.SequenceEqual(other.WrittenSpan))
            Fail($"after batch {View.Batches} the engine's own state differs");
        for (int i = 0; i < first.Units.Count; i++)
        {
            UnitRuntime unit = first.Units[i];
            if (second.Find(unit.Name) is not { } twin)
            {
                Fail($"{unit.Name} is there once only");
                continue;
            }

            one.ResetWrittenCount();
            other.ResetWrittenCount();
            first.WriteUnit(unit.Id, one);
            second.WriteUnit(twin.Id, other);
            if (!one.WrittenSpan.SequenceEqual(other.WrittenSpan))
                Fail($"after batch {View.Batches} {unit.Name} differs");
        }
    }
}
