using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A program that works on a mount has its own time; when none does, state and table agree as soon
/// as the table is read.
/// </summary>
internal sealed class I44MountsFollowTheTable() : SimulationInvariant(
    "I44", "A mount is up exactly when the kernel has it.")
{
    // The table is read at once here; commits may be slow.
    private const long PatienceUs = 2_000_000;

    private readonly Dictionary<UnitName, long> _since = [];

    public override void Committed(EngineStep step)
    {
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Name.Kind != UnitKind.Mount)
                continue;
            if (!IsAtOdds(unit) || View.Engine.IsLeaving)
                _since.Remove(unit.Name);
            else if (!_since.TryGetValue(unit.Name, out long since))
                _since.Add(unit.Name, View.Clock.ActiveUs);
            else if (View.Clock.ActiveUs > since + PatienceUs)
                Fail($"{unit.Name} is {unit.Sub} since {since}, and that is not the table's word");
        }
    }

    public override void Quiet()
    {
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Name.Kind == UnitKind.Mount && (IsAtOdds(unit) || IsWorking(unit)))
                Fail($"{unit.Name} is {unit.Sub}, and that is not the table's word");
        }
    }

    private bool IsAtOdds(UnitRuntime unit) =>
        !IsWorking(unit) && unit.Sub != SubState.Condition
        && (unit.Sub == SubState.Mounted) != View.World.Mounts.Has(unit.Name);

    private static bool IsWorking(UnitRuntime unit) => unit.Sub is SubState.Mounting
        or SubState.MountingDone or SubState.Remounting or SubState.RemountingSigterm
        or SubState.RemountingSigkill or SubState.Unmounting or SubState.UnmountingSigterm
        or SubState.UnmountingSigkill;
}
