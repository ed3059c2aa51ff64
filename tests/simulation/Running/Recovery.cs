using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Simulation.Boot;
using InitTx.Simulation.Invariants;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Running;

/// <summary>
/// What the shell does between its start after a re-exec or crash and the first turn.
/// </summary>
internal static class Recovery
{
    /// <summary>A new engine with exactly what the store holds (coldplug).</summary>
    public static Engine Restore(RunContext run, GeneratedCatalog catalog, bool planned)
    {
        List<KeyValuePair<string, byte[]>> units = run.Journal.Units();
        if (planned)
            run.Mutant.HandOver(run.View.Engine, units);
        ReadOnlySpan<byte> state = run.Mutant.Found(run.Journal.EngineState(), units);
        var engine = Engine.Restore(
            run.Mutant.RestoredCatalog(catalog), run.Mutant.Limits(run.Limits), state, units,
            out IReadOnlyList<string> problems, run.Mutant.Held(run.Held.Definitions()),
            run.Journal.Ended());
        if (problems.Count > 0)
            run.Violations.Add(new Violation(
                "I3", "What the store holds, restored, is the state in memory.",
                "restore: " + string.Join("; ", problems), run.View.Clock.BootUs,
                run.View.Batches));
        return engine;
    }

    /// <summary>
    /// What is to be seen of slots, processes and sockets before the loop runs again.
    /// </summary>
    public static RecoveryFacts Look(
        RunContext run, Engine engine, bool planned, out List<SpawnSlot> slots)
    {
        slots = [.. run.World.Slots.Used];
        var lost = new List<ProcessIdentity>();
        foreach (UnitRuntime unit in engine.Units)
        {
            AddLost(run.World, unit.MainProcess, lost);
            AddLost(run.World, unit.ControlProcess, lost);
        }

        return new RecoveryFacts
        {
            Kind = planned ? RecordKind.Reexec : RecordKind.Crash,
            Text = planned ? "simulated re-exec" : "simulated crash",
            Slots = run.World.Slots.Findings(),
            Lost = lost,
            OpenSockets = run.World.Sockets.Open(),
            OpenAutomounts = run.World.Automounts.Open(),
            ExpectedHeadSeq = run.Mutant.Head(run.Journal.HeadSeq),
        };
    }

    /// <summary>Pidfds of what is known are opened again; levels show again.</summary>
    public static void Rescan(RunContext run, Engine engine, List<SpawnSlot> slots)
    {
        var known = new HashSet<ProcessIdentity>();
        var waitsForExec = new HashSet<UnitName>();
        foreach (UnitRuntime unit in engine.Units)
        {
            known.Add(unit.MainProcess);
            known.Add(unit.ControlProcess);
            if (unit.Sub == SubState.Start
                && unit.Definition.Service is { Type: ServiceType.Exec })
                waitsForExec.Add(unit.Name);
        }

        // What recovery itself has made holds a slot as well.
        foreach (SpawnSlot slot in (List<SpawnSlot>)[.. slots, .. run.World.Slots.Used])
        {
            if (slot.Process is { } process)
                known.Add(process.Identity);
        }

        run.World.Processes.Rescan(known, waitsForExec);
    }

    /// <summary>
    /// Slots that recovery has resolved are free.
    /// </summary>
    public static void FreeSlots(SimulatedWorld world, List<SpawnSlot>? recovered)
    {
        foreach (SpawnSlot slot in recovered ?? [])
            world.Slots.Free(slot);
    }

    private static void AddLost(SimulatedWorld world, ProcessIdentity process,
        List<ProcessIdentity> lost)
    {
        if (!process.IsNone && world.Processes.Find(process) is null)
            lost.Add(process);
    }
}
