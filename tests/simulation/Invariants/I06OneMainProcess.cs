using InitTx.Core;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>Counts the living main processes of a unit whenever one is made.</summary>
internal sealed class I06OneMainProcess() : SimulationInvariant(
    "I6", "A unit has at most one main process.")
{
    public override void Made(SimulatedProcess process)
    {
        if (process.Role != ExecRole.Main)
            return;
        foreach (SimulatedProcess other in View.World.Processes.All)
        {
            bool main = other.Role == ExecRole.Main && other.Token.Value != 0;
            if (main && other.Alive && other != process && other.Unit == process.Unit
                && !MayLinger(other))
                Fail($"{process.Unit} got main process {process.Identity} while {other.Identity}"
                    + $" lives");
        }
    }

    // What the unit's own settings let live, or what nobody can kill.
    private bool MayLinger(SimulatedProcess process)
    {
        KillSettings? kill = View.World.Catalog.Load(process.Unit).Kill;
        return kill is null or { Mode: KillMode.None } or { SendSigkill: false }
            || kill.FinalKillSignal != 9 || process.Script.KillDelayUs > 0;
    }
}
