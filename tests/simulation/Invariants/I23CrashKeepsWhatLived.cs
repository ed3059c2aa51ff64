using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A crash must not cost a service its supervision nor an exit its row: what lived and was held
/// before is held after, and whoever existed at a crash has its end on record when it is reaped.
/// </summary>
internal sealed class I23CrashKeepsWhatLived(ExitLedger ledger) : SimulationInvariant(
    "I23", "After a crash anywhere nothing that lived is forgotten and no exit is lost or"
        + " invented.")
{
    private readonly List<(UnitName Unit, ProcessIdentity Main, SubState Sub)> _held = [];

    public override void Crashed()
    {
        foreach (LedgerEntry e in ledger.Entries)
            e.SawCrash |= e.Process.Stage != ProcessStage.Gone;
    }

    public override void Restored()
    {
        _held.Clear();
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Sub == SubState.Running && !unit.MainProcess.IsNone && unit.Job is null
                && View.World.Processes.Find(unit.MainProcess) is { Alive: true })
                _held.Add((unit.Name, unit.MainProcess, unit.Sub));
        }
    }

    public override void Recovered()
    {
        foreach ((UnitName name, ProcessIdentity main, SubState sub) in _held)
        {
            if (View.World.Processes.Find(main) is not { Alive: true } process)
                continue;

            // Its time may be over at this instant, and its settings may let it live.
            if (ledger.Find(main.Pid) is { IsReleased: true } && MayLinger(process))
                continue;
            UnitRuntime? unit = View.Engine.Find(name);
            if (unit is null || unit.MainProcess != main)
                Fail($"{name} was {sub} with {main}, which lives; recovery made it {unit?.Sub}"
                    + $" without it");
        }
    }

    public override void End(bool final)
    {
        foreach (LedgerEntry e in ledger.Entries)
        {
            SimulatedProcess p = e.Process;
            if (e is { SawCrash: true, IsHeld: true, EndRows: 0, IsReleased: false }
                && p is { Stage: ProcessStage.Gone, StatusStolen: false })
                Fail($"{p.Unit}: {p.Identity} existed at a crash, is gone, and no row tells its"
                    + $" end");
        }
    }
}
