using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Compares what the world holds for the manager with what the units' states account for.
/// </summary>
internal sealed class I17ResourceLedger() : SimulationInvariant(
    "I17", "Sockets, watches, slots and cgroups are held only by units that are up.")
{
    public override void Quiet()
    {
        Sockets();
        foreach (SpawnSlot slot in View.World.Slots.Used)
        {
            Fail($"the slot of token {slot.Token.Value} ({slot.Unit}) is still used");
        }

        foreach (UnitName cgroup in View.World.Processes.Cgroups)
        {
            if (IsDown(cgroup) && !View.World.Processes.IsPopulated(cgroup))
                Fail($"the empty cgroup of {cgroup} is still there");
        }
    }

    public override void End(bool final) => Sockets();

    private void Sockets()
    {
        foreach (UnitName socket in View.World.Sockets.Open())
        {
            if (IsDown(socket))
                Fail($"{socket} is down, its sockets are open");
        }

        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Sub == SubState.Listening && !View.World.Sockets.IsOpen(unit.Name))
                Fail($"{unit.Name} is listening, its sockets are closed");
            else if (View.World.Sockets.IsPolled(unit.Name) && unit.Sub != SubState.Listening)
                Fail($"{unit.Name} is {unit.Sub}, its sockets are watched");
        }
    }

    private bool IsDown(UnitName name) =>
        View.Engine.Find(name) is { Active: ActiveState.Inactive or ActiveState.Failed };
}
