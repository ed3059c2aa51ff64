using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// The stamp file of a Persistent= timer is what another boot counts from; it is written after the
/// commit, so after a crash in between it has to be written again.
/// </summary>
internal sealed class I39StampsTellElapses() : SimulationInvariant(
    "I39", "When all is quiet, stamp files say when their timers elapsed last.")
{
    private readonly SortedDictionary<string, long> _elapsed = new(StringComparer.Ordinal);

    private long _offsetUs;

    public override void Committed(EngineStep step)
    {
        // Of an elapse in what is the future now the stamp may say less.
        long offset = View.Clock.Now.RealtimeUs - View.Clock.Now.MonotonicUs;
        if (offset != _offsetUs)
            _elapsed.Clear();
        _offsetUs = offset;
        foreach (JournalRecord r in step.Records)
        {
            if (r is { Kind: RecordKind.Transition, From: "waiting", To: "running", Unit: { } name }
                && View.World.Catalog.Load(UnitName.Parse(name)).Timer is { Persistent: true })
                _elapsed[name] = r.Time.RealtimeUs;
        }
    }

    public override void Quiet()
    {
        foreach ((string name, long at) in _elapsed)
        {
            long stamp = View.World.Stamps.Of(UnitName.Parse(name));
            if (stamp != at)
                Fail($"{name} elapsed at {at}, its stamp says {stamp}");
        }
    }
}
