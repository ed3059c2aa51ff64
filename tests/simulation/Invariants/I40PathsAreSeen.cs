using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// What comes between a look and its watch, or while nobody ran, must be seen as well.
/// </summary>
internal sealed class I40PathsAreSeen() : SimulationInvariant(
    "I40", "No path unit waits for a file that is there.")
{
    // The helper answers at once here; commits may be slow.
    private const long PatienceUs = 2_000_000;

    private readonly Dictionary<UnitName, long> _since = [];

    public override void Committed(EngineStep step)
    {
        // One whose unit cannot be started is triggered again and again, and waits in between.
        foreach (JournalRecord r in step.Records)
        {
            if (r is { Kind: RecordKind.Transition, Unit: { } moved })
                _since.Remove(UnitName.Parse(moved));
        }

        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (unit.Definition.Path is null)
                continue;
            if (!WaitsInVain(unit) || View.Engine.IsStopping)
                _since.Remove(unit.Name);
            else if (!_since.TryGetValue(unit.Name, out long since))
                _since.Add(unit.Name, View.Clock.ActiveUs);
            else if (View.Clock.ActiveUs > since + PatienceUs)
                Fail($"{unit.Name} waits, and its file has been there since {since}");
        }
    }

    public override void Quiet()
    {
        foreach (UnitRuntime unit in View.Engine.Units)
        {
            if (WaitsInVain(unit))
                Fail($"{unit.Name} waits, and its file is there");
        }
    }

    private bool WaitsInVain(UnitRuntime unit) =>
        unit is { Sub: SubState.Waiting, Job: null, Definition.Path: { } path }
        && path.Watches[0].Kind == PathWatchKind.Exists && View.World.Paths.Exists(unit.Name);
}
