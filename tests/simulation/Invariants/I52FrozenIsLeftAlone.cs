using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// By the rows, the engine and the simulated cgroups: the three say the same of who is frozen, but
/// for the instant in which the shell has not told yet that it could not be done; and what is
/// frozen runs otherwise, nothing is done with it, no watchdog runs.
/// </summary>
internal sealed class I52FrozenIsLeftAlone() : SimulationInvariant(
    "I52", "Who is frozen is up and left alone, and nobody else is frozen.")
{
    private readonly SortedSet<string> _byRows = new(StringComparer.Ordinal);

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r is { Kind: RecordKind.Process, To: "frozen", Unit: { } frozen }
                && !_byRows.Add(frozen))
                Fail($"row {r.Seq}: {frozen} is frozen once more");
            else if (r is { Kind: RecordKind.Process, To: "thawed", Unit: { } thawed }
                && !_byRows.Remove(thawed))
                Fail($"row {r.Seq}: {thawed} goes on, and was not frozen");
        }
    }

    public override void BatchEnded()
    {
        foreach (string unit in _byRows)
        {
            UnitName name = UnitName.Parse(unit);
            if (View.Engine.Find(name) is not { IsFrozen: true } runtime)
                Fail($"by the rows {unit} is frozen, the engine says it is not");
            else
                Look(runtime);
        }

        foreach (UnitName name in View.World.Processes.Frozen)
        {
            if (!_byRows.Contains(name.Value))
                Fail($"{name} is still frozen, and no row says so");
        }
    }

    private void Look(UnitRuntime unit)
    {
        if (unit.Sub != SubState.Running)
            Fail($"{unit.Name} is frozen in {StateWords.Of(unit.Sub)}");
        if (unit.Job is { IsRunning: true, Kind: not (JobKind.Start or JobKind.VerifyActive
            or JobKind.Nop) } job)
            Fail($"{unit.Name} is frozen while its {JobWords.Of(job.Kind)} runs");
        if (unit.WatchdogDeadlineUs != long.MaxValue)
            Fail($"{unit.Name} is frozen, and its watchdog runs");
        if (!View.World.Processes.Frozen.Contains(unit.Name)
            && !View.World.Ready.Has<EffectFailedInput>(f => f.Unit == unit.Id))
            Fail($"{unit.Name} is to be frozen, and is not");
    }
}
