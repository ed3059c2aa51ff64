using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>Stamp files of timers: they lie on a disk and outlive everything.</summary>
internal sealed class SimulatedStamps(SimulatedWorld world)
{
    private readonly Dictionary<UnitName, long> _stamps = [];

    /// <summary>When a timer elapsed last, as its file says; 0 for no file.</summary>
    public long Of(UnitName timer) => _stamps.GetValueOrDefault(timer);

    /// <summary>The WriteStamp effect.</summary>
    public void Write(UnitName timer, long realtimeUs) => _stamps[timer] = realtimeUs;

    /// <summary>The helper has read the stamp of a timer that is being started.</summary>
    public void Tell(UnitName timer, ulong tie) =>
        world.Ready.Post(new StampInput(timer, this), tie);

    private sealed class StampInput(UnitName timer, SimulatedStamps stamps) : Input
    {
        public override EngineEvent? Read(Engine engine) => engine.Find(timer) is { } unit
            ? new EngineEvent.ZonesRead(unit.Id, stamps.Of(timer), [], null)
            : null;
    }
}
