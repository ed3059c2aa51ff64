using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// A process that the kernel holds can do nothing, not even end by most signals: whatever becomes
/// of the mount, it must hear of it.
/// </summary>
internal sealed class I48LookersAreAnswered() : SimulationInvariant(
    "I48", "Who looks at an automount is answered in time.")
{
    // The longest time-out of a mount here, the core's patience beyond it, slow commits.
    private const long PatienceUs = 200_000_000;

    public override void Committed(EngineStep step)
    {
        if (View.Engine.IsLeaving)
            return;
        foreach ((UnitName unit, AutomountRequest request, long since) in
            View.World.Automounts.Held())
        {
            if (View.Clock.ActiveUs > since + PatienceUs)
                Fail($"{unit} is asked for ({request}) since {since}, and nobody answers");
        }
    }

    public override void Quiet()
    {
        foreach ((UnitName unit, AutomountRequest request, long since) in
            View.World.Automounts.Held())
            Fail($"{unit} is asked for ({request}) since {since}, and all is quiet");
    }
}
