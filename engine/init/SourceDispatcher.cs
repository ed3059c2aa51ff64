using InitTx.Core;
using InitTx.Init.Activation;
using InitTx.Init.Archive;
using InitTx.Init.Boot;
using InitTx.Init.Control;
using InitTx.Init.Logging;
using InitTx.Init.Prepare;
using InitTx.Init.Processes;
using InitTx.Init.Shutdown;
using InitTx.Linux.Loop;
using InitTx.Linux.Signals;

namespace InitTx.Init;

/// <summary>
/// Brings each ready descriptor to its host, and asks the hosts what the loop must know.
/// </summary>
internal sealed class SourceDispatcher(
    EventQueue queue,
    SignalSource signals,
    SignalsInHand inHand,
    ProcessHost processes,
    Linux.Processes.ChildReaper reaper,
    SpawnStatusTable statuses,
    PrepareClient prepare,
    NotifyHost? notify,
    SocketTransport? transport,
    ControlServer? control,
    SocketHost sockets,
    DescriptorStore store,
    BusHost bus,
    UnitCgroups cgroups,
    MountUnits mounts,
    ShutdownHost shutdown,
    HealthKeeper health,
    ArchiveHost archive,
    LogHost? logs,
    ExecWatch unexecuted,
    SessionProcesses sessions,
    ClockHost clock,
    PathHost paths,
    AutomountHost automounts,
    LateSignals late)
{
    // A look for strangers passes by every child, 0.1 ms for 1,000: what is known to have happened
    // has its turn first, the restart of a service above all, but not for ever.
    private const int MostUnswept = 32;

    private readonly SignalInfo[] _signals = new SignalInfo[16];
    private int _unswept;

    /// <summary>A crash test asks Main to return, which PID 1 must survive too.</summary>
    public bool LeaveRequested { get; private set; }

    /// <summary>The earliest deadline of the shell's own, CLOCK_BOOTTIME microseconds.</summary>
    public long NextDeadlineUs
    {
        get
        {
            long next = Math.Min(prepare.NextDeadlineUs, shutdown.NextDeadlineUs);
            next = Math.Min(next, Math.Min(health.NextDeadlineUs, archive.NextDeadlineUs));
            next = Math.Min(next, Math.Min(unexecuted.NextDeadlineUs, bus.NextDeadlineUs));
            next = Math.Min(next, Math.Min(sessions.NextDeadlineUs, mounts.NextDeadlineUs));
            next = Math.Min(next, late.NextDeadlineUs);
            next = Math.Min(next, logs?.NextDeadlineUs ?? long.MaxValue);
            return control is null ? next : Math.Min(next, control.NextDeadlineUs);
        }
    }

    /// <summary>The loop must not sleep: something is left that no descriptor announces.</summary>
    public bool WorkPending => reaper.SweepPending || queue.Count > 0 || cgroups.WorkPending
        || health.WorkPending || transport is { WorkPending: true };

    public void Dispatch(in ReadyEvent ready)
    {
        switch (ready.Key.Kind)
        {
            case EventKinds.Signal:
                ReadSignals();
                break;
            case EventKinds.Child:
                processes.OnChildReady((int)ready.Key.Id);
                break;
            case EventKinds.SpawnStatus:
                statuses.OnReady(ready.Key.Id);
                break;
            case EventKinds.Helper:
                prepare.OnReady(ready.Key.Id);
                break;
            case EventKinds.Notify:
                notify?.OnReady();
                break;
            case EventKinds.ControlListener:
                transport?.OnListenerReady();
                break;
            case EventKinds.ControlConnection:
                transport?.OnReady((long)ready.Key.Id, ready.Events);
                break;
            case EventKinds.ActivationSocket:
                sockets.OnReady(
                    new UnitId((int)(ready.Key.Id >> 8)), (int)(ready.Key.Id & 0xff), ready.Events);
                break;
            case EventKinds.Cgroup:
                cgroups.OnReady();
                break;
            case EventKinds.Mounts:
                mounts.OnReady();
                break;
            case EventKinds.Archive:
                archive.OnReady();
                break;
            case EventKinds.Stored:
                store.OnHangup((int)ready.Key.Id);
                break;
            case EventKinds.Bus:
                bus.OnReady();
                break;
            case EventKinds.Logger:
                logs?.OnReady();
                break;
            case EventKinds.PathWatch:
                paths.OnReady(new UnitId((int)ready.Key.Id));
                break;
            case EventKinds.Automount:
                automounts.OnReady(new UnitId((int)ready.Key.Id));
                break;
            case EventKinds.Clock:
                clock.OnReady();
                break;
            case EventKinds.CrashTest:
                LeaveRequested |= CrashTests.OnReadable();
                break;
            default:
                break;
        }
    }

    /// <summary>After all ready descriptors of one wait.</summary>
    public void AfterDispatch(bool deadline)
    {
        transport?.TakeTurns();
        if (reaper.SweepPending && (queue.Count == 0 || ++_unswept > MostUnswept))
        {
            _unswept = 0;
            processes.Sweep();
            sessions.Hurry();
        }

        processes.SpawnWaiting();
        shutdown.AfterDispatch();
        if (!deadline)
            return;
        long now = MonotonicClock.BootTimeUs();
        prepare.OnDeadline(now);
        control?.OnTime(now);
        shutdown.OnTime(now);
        health.OnTime(now);
        archive.OnTime(now);
        logs?.OnTime(now);
        unexecuted.OnTime(now);
        bus.OnTime(now);
        sessions.OnTime(now);
        mounts.OnTime(now);
        late.OnTime(now, isBusy: queue.Count > 0);
    }

    /// <summary>All effects were run; what was put off in favour of them has its turn.</summary>
    public void BeforeWait()
    {
        control?.SendWritten(MonotonicClock.BootTimeUs());
        cgroups.Settle();
        cgroups.Look();
        cgroups.RemoveSurplus();
        sessions.Turn();
    }

    /// <summary>Nothing was ready and nothing is due.</summary>
    public void WhenIdle()
    {
        cgroups.RemoveSome();
        health.WhenIdle();
    }

    /// <summary>The effects of a batch were run: clients hear of them.</summary>
    public void AfterEffects()
    {
        Settled();
        control?.SendWritten(MonotonicClock.BootTimeUs());
    }

    /// <summary>All that was read is committed, or needed no row, and its effects ran.</summary>
    public void Settled() => notify?.Settled();

    /// <summary>A timer wants to wake the machine then; long.MaxValue for none.</summary>
    public void ArmWake(long bootTimeUs) => clock.ArmWake(bootTimeUs);

    /// <summary>The manager ends.</summary>
    public void BeforeEnd()
    {
        late.SendAll();
        cgroups.RemoveAll();
    }

    /// <summary>A batch is committed.</summary>
    public void AfterCommit()
    {
        inHand.Committed();
        archive.AfterCommit();
    }

    private void ReadSignals()
    {
        int count;
        do
        {
            count = signals.Drain(_signals).Value;
            for (int i = 0; i < count; i++)
            {
                SignalInfo signal = _signals[i];
                if (signal.Number == Signals.Child)
                {
                    reaper.ChildSignalled();
                    continue;
                }

                inHand.Take(signal);
                queue.Post(new EngineEvent.SignalReceived(
                    signal.Number, signal.SenderPid, signal.SenderUid));
            }
        }
        while (count == _signals.Length);
    }
}
