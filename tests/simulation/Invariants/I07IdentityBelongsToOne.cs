using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Simulation.Invariants;

/// <summary>Whose processes units hold, against the kernel's own knowledge.</summary>
internal sealed class I07IdentityBelongsToOne() : SimulationInvariant(
    "I7", "A process belongs to one unit only, the one in whose cgroup it is, and is adopted once.")
{
    private readonly HashSet<int> _adopted = [];

    public override void Committed(EngineStep step)
    {
        foreach (UnitId id in step.ChangedUnits)
        {
            UnitRuntime unit = View.Engine.Unit(id);
            Check(unit, unit.MainProcess);
            Check(unit, unit.ControlProcess);
            if (!unit.MainProcess.IsNone && unit.MainProcess == unit.ControlProcess)
                Fail($"{unit.Name}: {unit.MainProcess} is main and control process at once");
        }

        foreach (JournalRecord r in step.Records)
        {
            bool recovers = View.IsRecovering && r is { Kind: RecordKind.Process, To: "adopted" };
            if (recovers && !_adopted.Add(r.Pid))
                Fail($"{r.Unit}: pid {r.Pid} was adopted twice in one recovery");
        }
    }

    public override void Restored() => _adopted.Clear();

    private void Check(UnitRuntime unit, ProcessIdentity process)
    {
        if (process.IsNone)
            return;
        if (View.World.Processes.Find(process) is { } found && found.Unit != unit.Name)
            Fail($"{unit.Name} holds {process}, a process of {found.Unit}");
        foreach (UnitRuntime other in View.Engine.Units)
        {
            if (other != unit && (other.MainProcess == process || other.ControlProcess == process))
                Fail($"{unit.Name} and {other.Name} both hold {process}");
        }
    }
}
