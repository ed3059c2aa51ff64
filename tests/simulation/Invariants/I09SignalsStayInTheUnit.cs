using InitTx.Core;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A signal to one process reaches a process of the unit it is meant for, or nobody: pids are
/// given out again, identities are not.
/// </summary>
internal sealed class I09SignalsStayInTheUnit() : SimulationInvariant(
    "I9", "No signal goes to a process of another unit.")
{
    public override void BeforeEffect(Effect effect)
    {
        if (effect is not Effect.Signal { Scope: SignalScope.Process } signal)
            return;
        UnitRuntime unit = View.Engine.Unit(signal.Unit);
        if (View.World.Processes.Find(signal.Process) is { } process
            && process.Unit != unit.Name)
            Fail($"signal {signal.Number} of {unit.Name} goes to {process.Unit}");
    }
}
