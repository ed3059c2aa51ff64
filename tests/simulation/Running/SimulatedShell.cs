using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Simulation.Boot;
using InitTx.Simulation.Faults;
using InitTx.Simulation.Invariants;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Running;

/// <summary>
/// The manager's main loop over the simulated world, as initxd runs it over the real one: read a
/// bounded batch, handle each event, commit once, and only then run the effects. A crash can come
/// at each seam.
/// </summary>
internal sealed class SimulatedShell
{
    private readonly EngineStep _step;
    private readonly List<Input> _batch = [];

    // Committed; the effects have not all run.
    private readonly List<Input> _untaken = [];
    private readonly SimulatedWorld _world;
    private readonly SimulatedJournal _journal;
    private readonly EffectRunner _effects;
    private readonly RunContext _run;
    private long _spinAtUs = -1;
    private int _spins;
    private bool _hasInserted;

    public SimulatedShell(RunContext run)
    {
        _run = run;
        _step = run.View.Step;
        _world = run.World;
        _journal = run.Journal;
        _effects = new EffectRunner(run, this);
        Engine = new Engine(
            run.Mutant.Catalog(run.LoadedCatalog()), run.Mutant.Limits(run.Limits));
        run.View.Engine = Engine;
    }

    /// <summary>The engine that runs now.</summary>
    public Engine Engine { get; private set; }

    /// <summary>A planned re-exec after this batch; -1 for none.</summary>
    public long ReexecAfterBatch { get; init; } = -1;

    /// <summary>reboot(2) was called.</summary>
    public bool IsFinal { get; set; }

    /// <summary>Batches that were no recovery: the same count with and without a re-exec.</summary>
    public long Batches { get; private set; }

    /// <summary>A crash that waits for its moment.</summary>
    public FaultKind? PendingCrash { get; set; }

    /// <summary>The effect after which the crash comes.</summary>
    public int CrashAfterEffect { get; set; }

    /// <summary>A planned re-exec after the next batch.</summary>
    public bool PendingReexec { get; set; }

    /// <summary>When the loop has to wake up next; active microseconds.</summary>
    public long NextWakeUs
    {
        get
        {
            long due = DeadlineUs;
            long engine = due == long.MaxValue ? long.MaxValue : _world.Clock.ActiveOf(due);
            return Math.Min(engine, _world.Agenda.NextUs);
        }
    }

    private long DeadlineUs =>
        _run.Mutant.HasNoTimers(_run.View.ShutdownAskedAtUs != long.MaxValue)
            ? long.MaxValue : Engine.NextDeadlineUs;

    /// <summary>Begins the boot.</summary>
    public void Begin() => Single(new EngineEvent.Booted(UnitGenerator.DefaultTarget, "simulated"));

    /// <summary>One turn of the loop at the present instant.</summary>
    /// <returns>False when there was nothing to do.</returns>
    public bool Turn()
    {
        _world.Agenda.Run(_world.Clock.ActiveUs);
        if (_world.Ready.Count == 0 && DeadlineUs > _world.Clock.BootUs)
        {
            _world.Memory.Look();
            return false;
        }

        CountSpins();
        Read();
        Finish();
        return true;
    }

    /// <summary>Loses the memory and comes back.</summary>
    public void Restart(FaultKind kind)
    {
        _step.Clear();
        bool planned = kind == FaultKind.Reexec;
        List<Input> remembered = planned
            ? []
            : [.. _untaken, .. _batch.FindAll(i => i.IsTakenLast
                || (i.IsRemembered && kind == FaultKind.CrashBeforeCommit))];
        _batch.Clear();
        _untaken.Clear();
        _run.View.HandsOver = planned;
        _run.View.StoreChanges();
        if (planned)
        {
            _journal.Snapshot(Engine);
            _run.Held.Write(Engine);
        }

        foreach (SimulationInvariant i in _run.Invariants)
            i.Crashed();
        _run.Trace.Note(planned ? "re-exec" : "crash: " + kind);
        _run.Statistics.Restarts++;
        Disappear(kind);
        foreach (Input input in remembered)
            _world.Ready.Post(input, input.Tie);
        Engine = Recovery.Restore(_run, _run.LoadedCatalog(), planned);
        _journal.Opened();
        _run.View.Engine = Engine;
        _world.Store.TakeOver(Engine);
        _world.Memory.Restart(Engine);
        foreach (SimulationInvariant i in _run.Invariants)
            i.Restored();
        _world.Prepare.Keep(Engine);
        RecoveryFacts facts = Recovery.Look(_run, Engine, planned, out List<SpawnSlot> slots);
        _run.View.IsRecovering = true;
        Handle(new EngineEvent.Recovered(facts));
        Handle(_world.Mounts.Read());
        foreach (EngineEvent asked in _world.Automounts.AskedAgain(Engine))
            Handle(asked);
        if (_run.Held.AwaitsReload)
            Handle(new EngineEvent.CatalogReplaced(_run.LoadedCatalog(), default, null));
        foreach (EngineEvent connection in _world.Connections.TakeOver(Engine))
            Handle(connection);
        if (!CommitBatch(slots))
            return;
        Recovery.Rescan(_run, Engine, slots);
        _world.Prepare.DropForgotten();
        _world.PidFiles.DropForgotten();
        _world.Paths.DropForgotten();
        _world.Automounts.DropForgotten();
        _run.View.IsRecovering = false;
        if (_run.Mutant.Repeats() is { } again)
            _effects.Run(again);
        foreach (SimulationInvariant i in _run.Invariants)
            i.Recovered();
        _run.World.Clients.Reconnect(planned);
    }

    private void Disappear(FaultKind kind)
    {
        _world.Agenda.Run(_world.Clock.ActiveUs);
        _world.Ready.Restart(kind == FaultKind.Reexec);
        _world.Sockets.Restart(kind == FaultKind.Reexec);
        _world.Bus.Restart();
        _world.Store.Restart();
        _world.Paths.Restart();
        _world.Automounts.Restart();
        _world.Prepare.Forget();
        _world.PidFiles.Forget();
        if (kind == FaultKind.Reexec)
            return;
        _world.Processes.LosePipes();

        // The new image needs some milliseconds; what dies meanwhile waits as a zombie.
        ulong draw = _world.Seed.Draw(Purpose.Faults, -1, _run.Statistics.Restarts);
        _world.Clock.AdvanceTo(_world.Clock.ActiveUs + (long)(draw % 50_000));
        _world.Agenda.Run(_world.Clock.ActiveUs);
        if (kind != FaultKind.CrashLosesStatus)
            return;
        foreach (SimulatedProcess p in new List<SimulatedProcess>(_world.Processes.All))
        {
            if (p.Stage == ProcessStage.Zombie)
                _world.Processes.StealStatus(p);
        }
    }

    private void CountSpins()
    {
        if (_world.Clock.ActiveUs != _spinAtUs)
            (_spinAtUs, _spins) = (_world.Clock.ActiveUs, 0);
        if (++_spins > _run.MostBatchesAtOneInstant)
            throw new EndlessLoopException($"{_spins} batches at the same instant");
    }

    private void Read()
    {
        int most = MostInputs();

        // Results of effects are handled before the shell waits again, all of them.
        bool results = _world.Ready.HasResult;
        while (results ? _world.Ready.HasResult : _world.Ready.Count > 0 && _batch.Count < most)
        {
            Input input = _world.Ready.Take();
            if (IsNobodysExit(input))
            {
                input.Committed();
                continue;
            }

            EngineEvent? e = input.Read(Engine);
            if (e is null || IsUnwatchedName(e))
                continue;
            _batch.Add(input);
            if (input is ExitInput { Process: var ended }
                && _world.Mounts.BeforeExit(ended) is { } table)
                Handle(table);
            if (_run.Mutant.ReapsAtOnce && input is ExitInput exit)
                exit.Committed();
            Handle(e);
        }

        if (_batch.Count == 0 && DeadlineUs <= _world.Clock.BootUs)
            Handle(EngineEvent.Tick.Instance);
    }

    // A process that was given up is a stranger to a new image. Where two runs are compared its end
    // is no batch in either: as the only input it would give due timers their turn before what else
    // came at this instant.
    private bool IsNobodysExit(Input input) =>
        _run.IsCompared && input is ExitInput { Process: var process }
        && (Engine.Find(process.Unit) is not { } unit
            || (unit.MainProcess != process.Identity && unit.ControlProcess != process.Identity));

    // A new image has no name of a unit followed that is on its way down, and nothing hangs on it
    // there; told to the old one, it would be a batch as above.
    private bool IsUnwatchedName(EngineEvent e) =>
        _run.IsCompared && e is EngineEvent.BusNameChanged changed
        && Engine.Unit(changed.Unit).Active == ActiveState.Deactivating;

    // Where two runs are compared each input is a batch of its own: a re-exec can come between any
    // two, and what it adds does not shift how others are read together.
    private int MostInputs()
    {
        if (_run.IsCompared)
            return 1;
        ulong draw = _world.Seed.Draw(Purpose.Batch, _world.Clock.ActiveUs, _spins);
        return (draw & 3) == 0 ? 1 : 1 + (int)(draw % 12);
    }

    private void Single(EngineEvent e)
    {
        Handle(e);
        Finish();
    }

    private void Handle(EngineEvent e)
    {
        Instant now = _run.Mutant.Now(_world.Clock.Now);
        _run.Trace.Event(now, e);
        _run.Statistics.Events++;
        if (e is EngineEvent.CatalogReplaced { Error: null } replaced)
        {
            var files = (GeneratedCatalog)replaced.Catalog;
            if (!_run.View.IsRecovering)
                _run.Held.Replace(Engine, files);
            e = replaced with { Catalog = _run.Mutant.Catalog(files) };
        }

        EngineEvent given = _run.Mutant.Change(e, Engine);
        Engine.Handle(given, now, _step, _run.Mutant.Sleep(_world.Clock.SuspendedUs));
        foreach (SimulationInvariant i in _run.Invariants)
            i.Handled(e);
    }

    private void Finish()
    {
        Batches++;
        if (PendingCrash == FaultKind.CrashBeforeCommit && Crash())
            return;
        if (!CommitBatch(null))
            return;

        // When the shell has nothing better to do.
        if (_world.Seed.Draw(Purpose.Held, Batches) % 8 == 0)
            _run.Held.Write(Engine);
        if (PendingReexec || (Batches >= ReexecAfterBatch && CanInsert()))
        {
            PendingReexec = false;
            Restart(FaultKind.Reexec);
        }
    }

    // A request for it is refused once the last stages run. The hang-up of a client that takes its
    // transaction along is lost with the old image: 30 s later it counts as not come back. What a
    // watch or the clock told only the old image, the new one finds when it looks around.
    private bool CanInsert()
    {
        if (ReexecAfterBatch < 0 || _hasInserted || Engine.IsLeaving
            || _world.Clients.IsAnyLeaving || _world.Ready.WouldReorderResults
            || _world.Paths.IsAnyStirring || FaultInjector.IsClockUnread(_world)
            || _world.Mounts.HasNews)
        {
            return false;
        }

        return _hasInserted = true;
    }

    private bool Crash()
    {
        // What lies in the ring only, and no state with it, is another recovery (see README).
        if (_journal.IsBehind)
            return false;
        FaultKind kind = PendingCrash!.Value;
        PendingCrash = null;
        _run.Statistics.Fault(kind);
        Restart(kind);
        return true;
    }

    // False when the manager restarted on the way.
    private bool CommitBatch(List<SpawnSlot>? recovered)
    {
        _run.View.Batches++;
        _run.View.StoreChanges();
        _run.View.IsSampled = _run.View.Batches % _run.SampleEvery == 0;
        if (_run.Mutant.RunsEffectsFirst(_step))
            _effects.Run(_step.Effects[0]);
        _run.Mutant.ChangeRecords(_step);
        _run.View.InStore = _journal.Commit(
            Engine, _step.Records, _step.ChangedUnits, _step.EngineChanged);
        foreach (Input input in _batch)
            input.Recorded();
        foreach (JournalRecord r in _step.Records)
            _run.Trace.Record(r);
        _run.Statistics.Committed(_step);
        foreach (SimulationInvariant i in _run.Invariants)
            i.Committed(_step);
        if (recovered is null
            && PendingCrash is FaultKind.CrashAfterCommit or FaultKind.CrashLosesStatus && Crash())
            return false;
        foreach (Input input in _batch)
            input.Committed();
        _untaken.AddRange(_batch.FindAll(i => i.IsTakenLast));
        _batch.Clear();
        Recovery.FreeSlots(_world, recovered);
        return RunEffects();
    }

    private bool RunEffects()
    {
        // Copied: a restart in the middle clears the step.
        List<Effect> effects = [.. _step.Effects];
        _step.Clear();
        _run.View.InEffects = true;
        bool whole = RunAll(effects);
        _run.View.InEffects = false;
        if (whole)
            _untaken.Clear();
        foreach (SimulationInvariant v in _run.Invariants)
            v.BatchEnded();
        return whole;
    }

    // False when the manager restarted on the way.
    private bool RunAll(List<Effect> effects)
    {
        for (int i = 0; i < effects.Count; i++)
        {
            if (PendingCrash == FaultKind.CrashBetweenEffects
                && i >= CrashAfterEffect % effects.Count && Crash())
                return false;
            _run.Trace.Effect(effects[i]);
            _effects.Run(_run.Mutant.Change(effects[i], Engine));
            PendingReexec |= effects[i] is Effect.Reexec;
        }

        return true;
    }
}
