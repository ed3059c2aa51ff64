using InitTx.Core;
using InitTx.Simulation.Boot;
using InitTx.Simulation.Invariants;
using InitTx.Simulation.Mutations;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Running;

/// <summary>Puts a boot together.</summary>
internal static class SimulationFactory
{
    /// <summary>World, journal and view of a seed.</summary>
    public static RunContext Make(Seed seed, SimulationSettings settings)
    {
        BootOptions options = BootOptions.Draw(seed);
        GeneratedCatalog catalog = UnitGenerator.Generate(seed, options);
        var world = new SimulatedWorld(seed, options, catalog);
        var journal = new SimulatedJournal(world.Clock);
        var mutant = new Mutant(settings.Mutation);
        journal.Forgets = mutant.Forgets;
        journal.ForgetsEngine = mutant.ForgetsEngine;
        journal.ForgetsEnded = mutant.ForgetsEnded;
        RunContext? run = null;
        var view = new RunView(world, journal)
        {
            Replay = () => Recovery.Restore(run!, run!.LoadedCatalog(), planned: false),
            AwaitsReload = () => run!.Held.AwaitsReload,
        };
        run = new RunContext
        {
            Seed = seed,
            World = world,
            Limits = new EngineLimits
            {
                StartsAtOnce = options.Sequential ? 1 : int.MaxValue,
            },
            Journal = journal,
            View = view,
            Trace = new Trace(settings.Lines),
            Mutant = mutant,
            IsCompared = settings.Observes is not null,
        };
        run.Statistics.Units = catalog.Definitions.Count;
        return run;
    }

    /// <summary>Hangs the invariants onto the run.</summary>
    public static void Watch(RunContext run, SimulationSettings settings,
        I24ShutdownReachesFinal shutdown)
    {
        RunView view = run.View;
        var ledger = new ExitLedger();
        var order = new OrderTable(run.World.Catalog);
        List<SimulationInvariant> all = run.Invariants;
        all.Add(new I01TransitionRecorded { View = view });
        all.Add(new I02IntentBeforeProcess { View = view });
        all.Add(new I03ReplayEqualsMemory { View = view });
        all.Add(new I04ReplayIsIdempotent { View = view });
        all.Add(new I05SequenceIncreases { View = view });
        all.Add(new I06OneMainProcess { View = view });
        all.Add(new I07IdentityBelongsToOne { View = view });
        all.Add(new I08ExitCollectedOnce(ledger) { View = view });
        all.Add(new I09SignalsStayInTheUnit { View = view });
        all.Add(new I10JobEndsInTime(run.Limits) { View = view });
        all.Add(new I11OneRunningJob { View = view });
        all.Add(new I12OrderRespected(order) { View = view });
        all.Add(new I13PlanDeterministic { View = view });
        all.Add(new I14RollbackRestores { View = view });
        all.Add(new I15RequirementClosure(order) { View = view });
        all.Add(new I16StartLimit { View = view });
        all.Add(new I17ResourceLedger { View = view });
        all.Add(new I18LoopNeverBlocks { View = view });
        all.Add(new I23CrashKeepsWhatLived(ledger) { View = view });
        all.Add(shutdown);
        all.Add(new I27NoSecretInTheJournal { View = view });
        all.Add(new I29SleepIsNoDelay { View = view });
        all.Add(new I30RefusalOnRecord { View = view });
        all.Add(new I34SettleHolds { View = view });
        all.Add(new I38TimersKeepTime { View = view });
        all.Add(new I39StampsTellElapses { View = view });
        all.Add(new I40PathsAreSeen { View = view });
        all.Add(new I35UndoGoesBack { View = view });
        all.Add(new I36KeepsDefinition { View = view });
        all.Add(new I37BusNameHolds { View = view });
        all.Add(new I43StoreKeepsItsTime { View = view });
        all.Add(new I46OneStartAtATime(run.Limits) { View = view });
        all.Add(new I47ConnectionsAreAccountedFor(run.Limits) { View = view });
        all.Add(new I44MountsFollowTheTable { View = view });
        all.Add(new I48LookersAreAnswered { View = view });
        all.Add(new I49KillsForMemoryAreToldOnce { View = view });
        all.Add(new I50SocketCommandsKeepTheirPlace { View = view });
        all.Add(new I51ConsentIsAsked { View = view });
        all.Add(new I52FrozenIsLeftAlone { View = view });
        if (settings.Observes is { } request)
        {
            request.Trace = new ObservableTrace(request.KeepsLines) { View = view };
            all.Add(request.Trace);
        }

        foreach (SimulationInvariant i in all)
            i.Report = run.Violations.Add;
        run.World.Processes.Made = p => all.ForEach(i => i.Made(p));
        run.World.Processes.Died = p =>
        {
            run.Trace.Death(p);
            all.ForEach(i => i.Died(p));
        };
        run.World.Clients.Broken = what => run.Violations.Add(new Violation(
            "I10", "Every request gets exactly one final answer.", what, view.Clock.BootUs,
                view.Batches));
    }
}
