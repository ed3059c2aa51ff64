using InitTx.Core;
using InitTx.Simulation.World;

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
}
