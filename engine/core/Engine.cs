using InitTx.Core.Activation;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// The one door to the core: every decision of the manager is made here. Promises:
/// <list type="number">
/// <item>the same events at the same instants give the same records and effects, byte for byte;</item>
/// <item>no event fails: a bad one is recorded and changes nothing;</item>
/// <item>every visible change of state is one Transition row that names its cause;</item>
/// <item>what is needed to go on after a crash is in <see cref="WriteUnit"/> and
/// <see cref="WriteEngine"/> of the units and the engine that a step marks as changed;</item>
/// <item>every loop is bounded by <see cref="Limits"/>.</item>
/// </list>
/// An event goes: Dispatch (facts are written down, triggers fired) → Settle (jobs end, others
/// become free, dependencies act, until nothing is left) → deadlines that are due, each settled.
/// Single-threaded; not re-entrant. Files by duty: Units, ReadModel, Requests, Boot, Shutdown,
/// ManagerSignals, Settle, Orders, Timers, Mounts, Instances, Memory, Freezer,
/// Persistence.
/// </summary>
public sealed partial class Engine
{
    /// <summary>An engine that knows no unit yet.</summary>
    /// <param name="firstSeq">Number of the first row: rows of earlier boots may be kept.</param>
    public Engine(IUnitCatalog catalog, EngineLimits limits, long firstSeq = 1)
    {
        Catalog = catalog;
        Limits = limits;
        Queue = new JobQueue(limits.StartsAtOnce);
        Out.NextSeq = firstSeq;
        Services = new ServiceSupervisor(this);
        Sockets = new SocketSupervisor(this);
        Standing = new StandingSupervisor(this);
        Mounts = new MountSupervisor(this);
        Timers = new TimerSupervisor(this);
        Paths = new PathSupervisor(this);
        Automounts = new AutomountSupervisor(this);
        Schedule = new TimerSchedule(_machine, _zones);
        Lifecycle = new UnitLifecycle(
            Out, new Observer(this), Services, Sockets, Standing, Timers, Paths, Mounts,
            Automounts);
        Runner = new JobRunner(this);
        Book = new TransactionBook(this);
        Upkeep = new Upkeep(this);
        _signals = new UnitSignals(this);
        _managerDeadline = new Deadline(DeadlineKind.Manager, null);
    }

    /// <summary>Where definitions come from now; a reload replaces it.</summary>
    public IUnitCatalog Catalog { get; private set; }

    public EngineLimits Limits { get; }

    /// <summary>The number that the next journal row gets.</summary>
    public long NextSeq => Out.NextSeq;

    /// <summary>
    /// When the shell has to send a Tick if nothing else happens, monotonic microseconds;
    /// long.MaxValue for never.
    /// </summary>
    public long NextDeadlineUs => HasWork ? Out.Now.MonotonicUs : Deadlines.NextUs;

    internal Outbox Out { get; } = new();
    internal Deadlines Deadlines { get; } = new();
    internal ProcessTable Processes { get; } = new();
    internal JobQueue Queue { get; }
    internal UnitLifecycle Lifecycle { get; }
    internal ServiceSupervisor Services { get; }
    internal SocketSupervisor Sockets { get; }
    internal StandingSupervisor Standing { get; }
    internal MountSupervisor Mounts { get; }
    internal TimerSupervisor Timers { get; }
    internal PathSupervisor Paths { get; }
    internal AutomountSupervisor Automounts { get; }
    internal JobRunner Runner { get; }
    internal TransactionBook Book { get; }
    internal Upkeep Upkeep { get; }

    /// <summary>Handles one event completely; what follows from it is in the step.</summary>
    /// <param name="e">The fact.</param>
    /// <param name="now">When it was seen; a clock that went back counts as standing still.</param>
    /// <param name="step">Rows, effects and changed states are added to it.</param>
    /// <param name="suspendedUs">
    /// How much of <paramref name="now"/>'s time since boot the machine was suspended,
    /// microseconds: CLOCK_BOOTTIME less CLOCK_MONOTONIC.
    /// </param>
    public void Handle(EngineEvent e, Instant now, EngineStep step, long suspendedUs = 0)
    {
        Out.Open(step, now);
        if (step.IsEmpty)
            _forgotten.Clear();
        try
        {
            NoteSleep(suspendedUs);
            Dispatch(e);
            Settle();
            while (Deadlines.TakeDue(Out.Now.MonotonicUs) is { } due)
            {
                Expire(due);
                Settle();
            }
        }
        finally
        {
            Out.Close();
        }
    }

    private void Dispatch(EngineEvent e)
    {
        switch (e)
        {
            case EngineEvent.Booted booted:
                Boot(booted);
                break;
            case EngineEvent.Recovered recovered:
                Recover(recovered.Facts);
                break;
            case EngineEvent.Requested requested:
                Requested(requested.Request);
                break;
            case EngineEvent.ClientGone gone:
                ClientGone(gone.Request);
                break;
            case EngineEvent.SignalReceived signal:
                Signalled(signal);
                break;
            case EngineEvent.CatalogReplaced replaced:
                ReplaceCatalog(replaced);
                break;
            case EngineEvent.ShutdownStageDone done:
                StageDone(done.Stage, done.Detail);
                break;
            case EngineEvent.MountTableRead table:
                ObserveMounts(table.Present);
                break;
            case EngineEvent.MachineKnown known:
                MachineKnown(known.Facts);
                break;
            case EngineEvent.ClockChanged:
                ClockChanged();
                break;
            case EngineEvent.ZonesRead read:
                ZonesRead(read);
                break;
            case EngineEvent.Tick:
                break;
            default:
                DispatchUnit(e);
                break;
        }
    }

    private void DispatchUnit(EngineEvent e)
    {
        switch (e)
        {
            case EngineEvent.Spawned spawned:
                Spawned(spawned.Token, spawned.Process);
                break;
            case EngineEvent.Executed executed:
                if (Processes.TryFind(executed.Token, out UnitRuntime runs, out _))
                    ProcessesOf(runs).Executed(runs, executed.Token);
                break;
            case EngineEvent.SpawnFailed failed:
                SpawnFailed(failed);
                break;
            case EngineEvent.Exited exited:
                Exited(exited);
                break;
            case EngineEvent.Prepared prepared:
                Prepared(prepared);
                break;
            case EngineEvent.Notified notified:
                if (ServiceAt(notified.Unit) is { } speaker)
                    Services.Notified(speaker, notified.SenderPid, notified.Message);
                else if (notified.Message.Ticket != 0)
                    Out.Emit(new Effect.DropDescriptors(notified.Unit, notified.Message.Ticket));
                break;
            case EngineEvent.CgroupEmptied emptied:
                if (ServiceAt(emptied.Unit) is { } empty)
                    Services.CgroupEmptied(empty);
                else if (SocketAt(emptied.Unit) is { } closed)
                    Sockets.CgroupEmptied(closed);
                break;
            case EngineEvent.PidFileRead read:
                if (ServiceAt(read.Unit) is { } forking)
                    Services.PidFileRead(forking, read.Process, read.Error);
                break;
            case EngineEvent.BusNameChanged changed:
                if (ServiceAt(changed.Unit) is { } named)
                    Services.BusNameChanged(named, changed.Owned);
                break;
            case EngineEvent.SocketsOpened opened:
                if (SocketAt(opened.Unit) is { } socket)
                    Sockets.Opened(socket, opened.Error);
                break;
            case EngineEvent.SocketReady ready:
                if (SocketAt(ready.Unit) is { } busy)
                    Sockets.Ready(busy);
                break;
            case EngineEvent.ConnectionAccepted accepted:
                Accepted(accepted);
                break;
            case EngineEvent.AcceptFailed failed:
                if (SocketAt(failed.Unit) is { } full)
                    Sockets.AcceptFailed(full, failed.Error);
                break;
            case EngineEvent.UnitReleased released:
                if (UnitOrNull(released.Unit) is { } ended)
                    Forget(ended);
                break;
            case EngineEvent.PathsSeen seen:
                if (At(seen.Unit, UnitKind.Path) is { } looked)
                    Paths.Seen(looked, seen);
                break;
            case EngineEvent.PathStirred stirred:
                if (At(stirred.Unit, UnitKind.Path) is { } path)
                    Paths.Stirred(path, stirred.Watch);
                break;
            case EngineEvent.OutOfMemory killed:
                OutOfMemory(killed);
                break;
            case EngineEvent.ResourcesLost lost:
                ResourcesLost(lost);
                break;
            case EngineEvent.EffectFailed failed:
                EffectFailed(failed);
                break;
            default:
                DispatchAutomount(e);
                break;
        }
    }

    private void DispatchAutomount(EngineEvent e)
    {
        switch (e)
        {
            case EngineEvent.AutomountMade made:
                if (At(made.Unit, UnitKind.Automount) is { } begun)
                    Automounts.Made(begun, made);
                break;
            case EngineEvent.AutomountGone gone:
                if (At(gone.Unit, UnitKind.Automount) is { } ended)
                    Automounts.Gone(ended, gone);
                break;
            case EngineEvent.AutomountWanted wanted:
                if (At(wanted.Unit, UnitKind.Automount) is { } looked)
                    Automounts.Wanted(looked, wanted);
                break;
            case EngineEvent.AutomountLost lost:
                if (At(lost.Unit, UnitKind.Automount) is { } without)
                {
                    Automounts.Lost(without, new Cause(CauseKind.Dependency, without.SinceSeq),
                        "its autofs was unmounted");
                }

                break;
            case EngineEvent.AutomountUnused unused:
                if (At(unused.Unit, UnitKind.Automount) is { } idle)
                    Automounts.Unused(idle);
                break;
            default:
                throw Invariant.Unreachable("engine event");
        }
    }

    private void Expire(Deadline due)
    {
        switch (due.Owner)
        {
            case UnitRuntime unit when due == unit.StateDeadline:
                SupervisorOf(unit).TimedOut(unit, new Cause(CauseKind.Timer, unit.SinceSeq));
                break;
            case UnitRuntime unit when due == unit.WatchdogDeadline:
                Services.WatchdogExpired(unit, new Cause(CauseKind.Watchdog, unit.SinceSeq));
                break;
            case UnitRuntime unit:
                Services.PidFileDue(unit);
                break;
            case UnitJob job:
                Runner.TimedOut(job);
                break;
            case TransactionRuntime transaction:
                TransactionDue(transaction, due);
                break;
            default:
                ManagerDue();
                break;
        }
    }

    private void Spawned(SpawnToken token, ProcessIdentity process)
    {
        if (!Processes.TryFind(token, out UnitRuntime unit, out _) || process.IsNone)
            return;
        ProcessesOf(unit).Spawned(unit, token, process);
        if (unit.MainToken == token || unit.ControlToken == token)
            return;
        Processes.Forget(token);
        MayHaveEnded(unit);
    }

    private void SpawnFailed(EngineEvent.SpawnFailed failed)
    {
        if (!Processes.TryFind(failed.Token, out UnitRuntime unit, out _))
            return;
        if (!failed.ProcessExists)
            Processes.Forget(failed.Token);
        MayHaveEnded(unit);
        string why = FormattableString.Invariant($"{failed.Step}: errno {failed.Errno}");
        ProcessesOf(unit).SpawnFailed(unit, failed.Token, failed.ProcessExists, why);
    }

    private void Exited(EngineEvent.Exited e)
    {
        if (Processes.OwnerOf(e.Process) is not { } unit)
        {
            if (e.ForMemory)
                NobodyRanOutOfMemory();
            return;
        }

        if (unit.MainProcess.Pid == e.Process.Pid)
            Processes.Forget(unit.MainToken);
        else
            Processes.Forget(unit.ControlToken);
        if (e.ForMemory)
            ExitedForMemory(unit, e);
        else
            ProcessesOf(unit).Exited(unit, e.Process, e.Kind, e.Code, e.CgroupEmpty);
    }

    private void Prepared(EngineEvent.Prepared e)
    {
        if (!_asked.Remove(e.Token.Value, out UnitRuntime? unit) || unit.PrepareToken != e.Token
            || unit.Sub != SubState.Condition)
            return;
        Deadlines.Disarm(unit.StateDeadline);
        SupervisorOf(unit).Prepared(unit, e.Outcome, e.Detail, unit.Why);
    }

    private void EffectFailed(EngineEvent.EffectFailed e)
    {
        if (UnitOrNull(e.Unit) is not { } unit)
            return;
        long seq = Out.Rejected(unit, StateWords.Of(unit.Sub), e.Effect, unit.Why.With(e.Error));

        // Of what is forgotten in the same batch the row is all that is left to do.
        if (unit.HasLeft)
            return;
        Out.Touch(unit);
        if (e.Effect == FreezeEffect)
            FreezeFailed(unit, new Cause(CauseKind.Job, seq, $"{e.Effect}: {e.Error}"));
        else if (unit.Name.Kind == UnitKind.Socket)
            Sockets.EffectFailed(unit, new Cause(CauseKind.Job, seq, $"{e.Effect}: {e.Error}"));
        else if (unit.Name.Kind == UnitKind.Service)
            Services.EffectFailed(unit, new Cause(CauseKind.Job, seq, $"{e.Effect}: {e.Error}"));
        else if (unit.Name.Kind is UnitKind.Mount or UnitKind.Swap)
            Mounts.EffectFailed(unit, new Cause(CauseKind.Job, seq, $"{e.Effect}: {e.Error}"));
    }

    private UnitRuntime? ServiceAt(UnitId id) => At(id, UnitKind.Service);

    private UnitRuntime? SocketAt(UnitId id) => At(id, UnitKind.Socket);

    private UnitRuntime? At(UnitId id, UnitKind kind) =>
        UnitOrNull(id) is { HasLeft: false } unit && unit.Name.Kind == kind ? unit : null;

    /// <summary>Hears of each transition and queues what has to follow from it.</summary>
    private sealed class Observer(Engine engine) : ILifecycleObserver
    {
        public void OnMoved(UnitRuntime unit, SubState from, SubState to, Cause cause) =>
            engine.Moved(unit, from, to);
    }
}
