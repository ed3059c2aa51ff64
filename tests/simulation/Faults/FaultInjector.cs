using InitTx.Core;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.Running;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Faults;

/// <summary>Makes planned faults happen.</summary>
internal sealed class FaultInjector(RunContext run, SimulatedShell shell, FaultPlan plan)
{
    private static readonly int[] Signals = [1, 10, 12, 13, 15, 17, 28, 34, 56];
    private static readonly int[] Killers = [9, 15, 11, 6];
    private readonly SimulatedWorld _world = run.World;
    private int _next;

    /// <summary>All planned faults have been set off.</summary>
    public bool IsDone => _next == plan.Faults.Count;

    /// <summary>Sets off what follows operation <paramref name="index"/>.</summary>
    public void AfterOperation(int index)
    {
        for (; _next < plan.Faults.Count && plan.Faults[_next].AfterOperation <= index; _next++)
        {
            Fault fault = plan.Faults[_next];
            ulong tie = _world.Seed.Draw(Purpose.Faults, 1, _next);
            _world.Agenda.At(_world.Clock.ActiveUs + fault.DelayUs, tie, () => Inject(fault));
        }
    }

    /// <summary>Faults are over: what still waits or lasts is called off.</summary>
    public void Stop()
    {
        shell.PendingCrash = null;
        shell.PendingReexec = false;
        run.Journal.FailsUntilUs = 0;
        run.Journal.SlowUntilUs = 0;
        _world.Prepare.Failing = 0;
        _world.Processes.FailingClones = 0;
        _world.Sockets.FailingOpens = 0;
        _world.Processes.FailingSignals = 0;
    }

    /// <summary>One fault, now.</summary>
    public void Inject(Fault fault)
    {
        if (!fault.IsRestart || fault.Kind == FaultKind.Reexec)
        {
            run.Trace.Note("fault: " + fault.Kind);
            run.Statistics.Fault(fault.Kind);
        }

        long now = _world.Clock.ActiveUs;
        switch (fault.Kind)
        {
            case FaultKind.CrashBeforeCommit or FaultKind.CrashAfterCommit
                or FaultKind.CrashBetweenEffects or FaultKind.CrashLosesStatus:
                (shell.PendingCrash, shell.CrashAfterEffect) = (fault.Kind, fault.Amount);
                break;
            case FaultKind.Reexec:
                shell.PendingReexec = true;
                break;
            case FaultKind.CloneFails:
                _world.Processes.FailingClones += 1 + (fault.Amount % 3);
                break;
            case FaultKind.PrepareStuck:
                _world.Prepare.StuckUntilUs = now + (1_000_000L * (1 + (fault.Amount % 60)));
                break;
            case FaultKind.PrepareFails:
                _world.Prepare.Failing += 1 + (fault.Amount % 2);
                break;
            case FaultKind.RealtimeJump:
                // By no whole minute: what is due every minute is due at another instant.
                _world.Clock.JumpRealtime(
                    ((fault.Amount - 500) * 600_000_000_000L) + (fault.Amount * 7_300_001L));
                _world.Ready.Post(
                    new ClockInput(), _world.Seed.Draw(
                        Purpose.Order, -9, _world.Nth(Purpose.Order, -9)));
                break;
            case FaultKind.Suspend:
                _world.Clock.Suspend((1 + fault.Amount) * 10_000_000L);
                break;
            case FaultKind.CommitFails:
                run.Journal.FailsUntilUs = now + (1_000L * (1 + fault.Amount));
                break;
            case FaultKind.CommitSlow:
                run.Journal.SlowUntilUs = now + (10_000L * (1 + fault.Amount));
                run.Journal.SlowUs = 1_000 + (50 * fault.Amount);
                break;
            case FaultKind.ManagerSignal:
                PostSignal(_world, Signals[fault.Amount % Signals.Length]);
                break;
            case FaultKind.PidReuse:
                _world.Processes.Pids.Reuse = true;
                break;
            case FaultKind.KillProcess:
                KillOne(fault.Amount);
                break;
            case FaultKind.SocketFails:
                _world.Sockets.FailingOpens++;
                break;
            case FaultKind.SignalFails:
                _world.Processes.FailingSignals += 1 + (fault.Amount % 4);
                break;
            case FaultKind.MemoryRunsOut when fault.Amount % 5 == 4:
                _world.Memory.Stray(fault.Amount / 5);
                break;
            case FaultKind.MemoryRunsOut:
                if (Someone(fault.Amount) is { } victim)
                    _world.Memory.Kill(victim, fault.Amount / 5);
                break;
            case FaultKind.Traffic:
                Traffic(fault.Amount);
                break;
        }
    }

    /// <summary>Somebody set the clock, and the manager has not been told.</summary>
    public static bool IsClockUnread(SimulatedWorld world) =>
        world.Ready.Has<ClockInput>(_ => true);

    /// <summary>A signal to the manager.</summary>
    public static void PostSignal(SimulatedWorld world, int number) => world.Ready.Post(
        new SignalInput(number), world.Seed.Draw(Purpose.Order, -8, world.Nth(Purpose.Order, -8)));

    // By unit and birth, never by pid: a re-exec may change in which order units are started at
    // the same instant, and must not change who is hit.
    private SimulatedProcess? Someone(int amount)
    {
        var alive = new List<SimulatedProcess>();
        foreach (SimulatedProcess p in _world.Processes.All)
        {
            if (p.Alive)
                alive.Add(p);
        }

        alive.Sort((a, b) =>
        {
            int order = _world.Ordinal(a.Unit).CompareTo(_world.Ordinal(b.Unit));
            return order != 0 ? order : a.Birth.CompareTo(b.Birth);
        });
        return alive.Count > 0 ? alive[amount % alive.Count] : null;
    }

    private void KillOne(int amount)
    {
        if (Someone(amount) is { } one)
            _world.Processes.Signal(one.Identity, Killers[amount % Killers.Length]);
    }

    private void Traffic(int amount)
    {
        _world.Paths.Touch(amount);
        _world.Mounts.Touch(amount);
        _world.Automounts.Look(amount);
        List<Units.Model.UnitName> open = _world.Sockets.Open();
        for (int i = 0; i < 1 + (amount % 30) && open.Count > 0; i++)
            _world.Sockets.Connect(open[amount % open.Count]);
    }

    // The descriptor is made anew by every image: what it told only the old one is lost.
    private sealed class ClockInput : Input
    {
        public override EngineEvent Read(Engine engine) => EngineEvent.ClockChanged.Instance;
    }

    private sealed class SignalInput(int number) : Input
    {
        public override bool InKernel => true;

        public override bool IsRemembered => true;

        public override EngineEvent Read(Engine engine) =>
            new EngineEvent.SignalReceived(number, 40_000, 0);
    }
}
