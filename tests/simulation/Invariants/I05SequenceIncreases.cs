using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>Looks at the numbers of committed rows, across crashes and clock jumps.</summary>
internal sealed class I05SequenceIncreases() : SimulationInvariant(
    "I5", "Sequence numbers strictly increase, over re-exec, crash and clock jumps.")
{
    private long _last;
    private long _lastTimeUs;

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Seq <= _last)
                Fail($"row {r.Seq} follows row {_last}");
            if (r.Time.MonotonicUs < _lastTimeUs)
                Fail($"row {r.Seq} is older than the one before it");
            if (r.CauseSeq >= r.Seq)
                Fail($"row {r.Seq} is caused by the later row {r.CauseSeq}");
            _last = Math.Max(_last, r.Seq);
            _lastTimeUs = r.Time.MonotonicUs;
        }
    }
}
