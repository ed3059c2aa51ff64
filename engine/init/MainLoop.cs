using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Processes;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Loop;

namespace InitTx.Init;

/// <summary>
/// The one loop (DESIGN §3): wait; turn what is ready into events; handle all of them; commit
/// all its records in one journal transaction; only then run its effects and reap what was seen;
/// again. Heartbeats go to the watchdog before and after each wait and between batches.
/// </summary>
internal sealed class MainLoop(
    EventLoop loop,
    Engine engine,
    IJournal journal,
    EventQueue queue,
    ProcessHost processes,
    EffectRunner effects,
    SourceDispatcher sources,
    ReexecHost reexec)
{
    /// <summary>The kind of a signal's event in the black box.</summary>
    public const int SignalKind = 16;

    /// <summary>The kind of a notification's event in the black box.</summary>
    public const int NotifiedKind = 10;

    private const int ReadyAtOnce = 64;

    private readonly EngineStep _step = new();
    private readonly ReadyEvent[] _ready = new ReadyEvent[ReadyAtOnce];
    private ulong _batch;

    private int? _status;

    /// <summary>The manager is to end, with that exit status (never as PID 1).</summary>
    public void End(int status) => _status = status;

    /// <summary>Returns the exit status once the manager is to end.</summary>
    public int Run()
    {
        while (_status is null && !sources.LeaveRequested)
        {
            RunBatches();
            Wait();
        }

        sources.BeforeEnd();
        return _status ?? 0;
    }

    /// <summary>
    /// Handles everything that waits, then what came of it, until nothing is left.
    /// </summary>
    public void RunBatches()
    {
        while (queue.Count > 0)
        {
            Shim.Beat(true);
            HandleBatch();
            Commit();
            if (reexec.Requested)
                reexec.Go();
        }
    }

    private void HandleBatch()
    {
        Instant now = MonotonicClock.Now();
        long suspended = MonotonicClock.SuspendedUs();

        // All of it: a zombie or slot may only go when the event that speaks of it is committed.
        // The queue is bounded by what one wait and one round of effects can post.
        for (int left = queue.Count; left > 0 && queue.TryTake(out EngineEvent? fact); left--)
        {
            EventInFlight.Enter(++_batch, KindOf(fact!), default(ReadOnlySpan<byte>));
            engine.Handle(fact!, now, _step, suspended);
        }
    }

    private void Commit()
    {
        if (_step.Records.Count > 0 || _step.ChangedUnits.Count > 0 || _step.EngineChanged)
        {
            CommitCrash.Before();
            journal.Commit(engine, _step);
            CommitCrash.After();
            if (_step.Records.Count > 0)
                HeadSequence.Set(_step.Records[^1].Seq);
        }

        EventInFlight.Leave();
        processes.AfterCommit();
        sources.AfterCommit();
        effects.Run(_step.Effects);
        sources.AfterEffects();
        _step.Clear();
    }

    private void Wait()
    {
        // No event is left, so all that was seen is committed or needed no row: helpers that ended,
        // barriers of senders that do not count. Their zombies would hide every orphan behind them.
        processes.AfterCommit();
        sources.AfterCommit();
        sources.Settled();
        sources.BeforeWait();
        long next = Math.Min(engine.NextDeadlineUs, sources.NextDeadlineUs);
        loop.SetDeadline(next);
        sources.ArmWake(engine.NextWakeUs);
        bool sleep = !sources.WorkPending;
        Shim.Beat(false);
        int count = loop.Wait(_ready, sleep, out bool deadline).Value;
        Shim.Beat(true);
        for (int i = 0; i < count; i++)
            sources.Dispatch(_ready[i]);
        sources.AfterDispatch(deadline);
        if (count == 0 && !deadline)
            sources.WhenIdle();
        if (deadline || engine.NextDeadlineUs <= MonotonicClock.BootTimeUs())
            queue.Post(EngineEvent.Tick.Instance);
    }

    private static int KindOf(EngineEvent fact) => fact switch
    {
        EngineEvent.Booted => 1,
        EngineEvent.Recovered => 2,
        EngineEvent.Requested => 3,
        EngineEvent.ClientGone => 4,
        EngineEvent.Spawned => 5,
        EngineEvent.Executed => 6,
        EngineEvent.SpawnFailed => 7,
        EngineEvent.Exited => 8,
        EngineEvent.Prepared => 9,
        EngineEvent.Notified => NotifiedKind,
        EngineEvent.Tick => 11,
        EngineEvent.CgroupEmptied => 12,
        EngineEvent.SocketsOpened => 13,
        EngineEvent.SocketReady => 14,
        EngineEvent.PidFileRead => 15,
        EngineEvent.SignalReceived => SignalKind,
        EngineEvent.CatalogReplaced => 17,
        EngineEvent.ShutdownStageDone => 18,
        EngineEvent.EffectFailed => 19,
        EngineEvent.ClockChanged => 20,
        EngineEvent.ZonesRead => 21,
        EngineEvent.PathsSeen => 22,
        EngineEvent.PathStirred => 23,
        EngineEvent.MountTableRead => 24,
        EngineEvent.BusNameChanged => 25,
        EngineEvent.AutomountMade => 26,
        EngineEvent.AutomountGone => 27,
        EngineEvent.AutomountWanted => 28,
        EngineEvent.AutomountUnused => 29,
        EngineEvent.AutomountLost => 30,
        EngineEvent.ConnectionAccepted => 31,
        EngineEvent.AcceptFailed => 32,
        EngineEvent.UnitReleased => 33,
        EngineEvent.ResourcesLost => 34,
        EngineEvent.OutOfMemory => 35,
        _ => 0,
    };
}
