using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Compares Type=dbus services that are up with who owns their names. A change that was told and
/// not read yet is the manager's next step, not its fault.
/// </summary>
internal sealed class I37BusNameHolds() : SimulationInvariant(
    "I37", "A Type=dbus service is up only while its name is owned, and watched only while it is.")
{
    public override void BatchEnded()
    {
        if (View.IsRecovering)
            return;
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Definition.Service is not { Type: ServiceType.Dbus })
                continue;
            if (unit.Sub == SubState.Running && !View.World.Bus.IsOwned(unit.Name)
                && !View.World.Bus.IsUnread(unit.Name))
                Fail($"{unit.Name} is running, nobody owns its name");
            if (unit.Sub is SubState.Start or SubState.Running
                && !View.World.Bus.IsWatched(unit.Name))
                Fail($"{unit.Name} is {unit.Sub}, its name is not watched");
        }
    }

    public override void Quiet()
    {
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Active is ActiveState.Inactive or ActiveState.Failed
                && View.World.Bus.IsWatched(unit.Name))
                Fail($"{unit.Name} is down, its name is still watched");
        }
    }
}
