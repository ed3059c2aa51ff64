using InitTx.Tests;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Lifecycle;

/// <summary>
/// Every trigger in every state over generated services: at most one guard holds (two would throw),
/// what is fired is taken, ignored or on record as rejected, and never more than one transition.
/// </summary>
internal sealed class GuardTests
{
    private readonly Outbox _outbox = new();
    private readonly Counter _observer = new();
    private readonly UnitLifecycle _lifecycle;

    public GuardTests() =>
        _lifecycle = new UnitLifecycle(
            _outbox, _observer, _observer, _observer, _observer, _observer, _observer,
            _observer, _observer);

    [Test]
    public void At_most_one_guard_holds_and_every_pair_is_answered()
    {
        Gen<(int Seed, int Facts)> seeds =
            from settings in Gen.Choose(0, int.MaxValue - 1)
            from facts in Gen.Choose(0, int.MaxValue - 1)
            select (settings, facts);
        Check.One(Properties.Of(300), Prop.ForAll(
            seeds.ToArbitrary(), s => FireAll(s.Seed, s.Facts)));
    }

    private bool FireAll(int seed, int facts)
    {
        foreach (SubState state in LifecycleStates.Of(UnitKind.Service))
        {
            foreach (ServiceTrigger trigger in Enum.GetValues<ServiceTrigger>())
                FireOne(seed, facts, state, trigger);
        }

        return true;
    }

    private void FireOne(int seed, int facts, SubState state, ServiceTrigger trigger)
    {
        UnitRuntime unit = Unit(seed, facts);
        unit.Sub = state;
        var step = new EngineStep();
        int before = _observer.Moves;
        _outbox.Open(step, new Instant(1, 1));
        bool taken = _lifecycle.Apply(unit, trigger, new Cause(CauseKind.Job, 0));
        _outbox.Close();

        int transitions = step.Records.Count(r => r.Kind == RecordKind.Transition);
        int rejected = step.Records.Count(r => r.Kind == RecordKind.Rejected);
        bool moved = unit.Sub != state;
        Assert.That(transitions, Is.EqualTo(moved ? 1 : 0), $"{state} {trigger}");
        Assert.That(rejected, Is.EqualTo(taken ? 0 : 1), $"{state} {trigger}");
        Assert.That(moved && !taken, Is.False);
        Assert.That(_observer.Moves - before, Is.EqualTo(transitions));
    }

    [Test]
    public void Mounts_and_swaps_answer_every_pair_as_well()
    {
        foreach (UnitKind kind in (UnitKind[])[UnitKind.Mount, UnitKind.Swap])
        {
            foreach (SubState state in LifecycleStates.Of(kind))
            {
                foreach (MountTrigger trigger in Enum.GetValues<MountTrigger>())
                {
                    foreach (int facts in Enumerable.Range(0, 8))
                        FireOne(kind, facts, state, trigger);
                }
            }
        }
    }

    private void FireOne(UnitKind kind, int facts, SubState state, MountTrigger trigger)
    {
        UnitDefinition definition = kind == UnitKind.Mount
            ? Make.Mount("srv.mount")
            : Make.Swap("srv.swap");
        var unit = new UnitRuntime(new UnitId(0), definition with
        {
            Kill = new KillSettings { SendSigkill = (facts & 1) == 0 },
        })
        {
            IsPresent = (facts & 2) == 0,
            Result = (facts & 4) == 0 ? UnitResult.Success : UnitResult.Timeout,
            Sub = state,
        };
        var step = new EngineStep();
        _outbox.Open(step, new Instant(1, 1));
        bool taken = _lifecycle.Apply(unit, trigger, new Cause(CauseKind.Job, 0));
        _outbox.Close();
        Assert.That(
            step.Records.Count(r => r.Kind == RecordKind.Transition),
            Is.EqualTo(unit.Sub != state ? 1 : 0), $"{kind} {state} {trigger} {facts}");
        Assert.That(
            step.Records.Count(r => r.Kind == RecordKind.Rejected), Is.EqualTo(taken ? 0 : 1));
    }

    [Test]
    public void Sockets_answer_every_pair_as_well()
    {
        foreach (SubState state in LifecycleStates.Of(UnitKind.Socket))
        {
            foreach (SocketTrigger trigger in Enum.GetValues<SocketTrigger>())
            {
                foreach (int facts in Enumerable.Range(0, 256))
                    FireOne(facts, state, trigger);
            }
        }
    }

    private void FireOne(int facts, SubState state, SocketTrigger trigger)
    {
        bool Bit(int n) => (facts & (1 << n)) != 0;
        IReadOnlyList<ExecCommand> Some(int bit) => Bit(bit) ? Make.Commands("/bin/x") : [];
        var unit = new UnitRuntime(new UnitId(0), Make.Socket("a.socket", with: s => s with
        {
            ExecStartPre = Some(0),
            ExecStartPost = Some(0),
            ExecStopPre = Some(1),
            ExecStopPost = Some(2),
        }) with
        {
            Kill = new KillSettings
            {
                SendSigkill = Bit(3),
                Mode = Bit(4) ? KillMode.ControlGroup : KillMode.None,
            },
        })
        {
            ControlProcess = Bit(5) ? new ProcessIdentity(6, 1) : default,
            Leftovers = Bit(6) ? Leftovers.Some : Leftovers.None,
            Result = Bit(7) ? UnitResult.Success : UnitResult.Timeout,
            Sub = state,
        };
        var step = new EngineStep();
        _outbox.Open(step, new Instant(1, 1));
        bool taken = _lifecycle.Apply(unit, trigger, new Cause(CauseKind.Job, 0));
        _outbox.Close();
        Assert.That(
            step.Records.Count(r => r.Kind == RecordKind.Transition),
            Is.EqualTo(unit.Sub != state ? 1 : 0), $"{state} {trigger} {facts}");
        Assert.That(
            step.Records.Count(r => r.Kind == RecordKind.Rejected), Is.EqualTo(taken ? 0 : 1));
    }

    private static UnitRuntime Unit(int seed, int facts)
    {
        var random = new Random(seed);
        T Pick<T>() where T : struct, Enum => Enum.GetValues<T>()[random.Next(Enum.GetValues<T>().Length)];
        IReadOnlyList<ExecCommand> Some() => random.Next(2) == 0 ? [] : Make.Commands("/bin/x");
        UnitDefinition definition = Make.Service("a.service", Pick<ServiceType>(), with: s => s with
        {
            ExecStart = Some(),
            ExecStartPre = Some(),
            ExecStartPost = Some(),
            ExecStop = Some(),
            ExecStopPost = Some(),
            ExecCondition = Some(),
            RemainAfterExit = random.Next(2) == 0,
            Restart = Pick<RestartMode>(),
        }) with
        {
            Kill = new KillSettings { Mode = Pick<KillMode>(), SendSigkill = random.Next(2) == 0 },
            Conditions = random.Next(2) == 0 ? [] :
            [
                new UnitCondition("PathExists", "/x", false, false, false, SourceLocation.BuiltIn),
            ],
        };
        random = new Random(facts);
        var unit = new UnitRuntime(new UnitId(0), definition)
        {
            Result = Pick<UnitResult>(),
            GoalActive = random.Next(2) == 0,
            MainProcess = random.Next(2) == 0 ? default : new ProcessIdentity(5, 1),
            ControlProcess = random.Next(2) == 0 ? default : new ProcessIdentity(6, 1),
            Leftovers = Pick<Leftovers>(),
            MainExitKind = Pick<ExitKind>(),
        };
        if (random.Next(2) == 0)
            unit.Job = new UnitJob(new JobId(1), unit, Pick<JobKind>());
        return unit;
    }

    private sealed class Counter : ILifecycleObserver, IServiceActions, ISocketActions, IStandingActions,
        IActivatorActions, IMountActions, IAutomountActions
    {
        public int Moves { get; private set; }

        public void OnMoved(UnitRuntime unit, SubState from, SubState to, Cause cause) => Moves++;
        public void EnterCondition(UnitRuntime unit) { }
        public void EnterWaiting(UnitRuntime unit) { }
        public void EnterElapsed(UnitRuntime unit) { }
        public void EnterCommands(UnitRuntime unit, ExecRole role) { }
        public void EnterStart(UnitRuntime unit) { }
        public void EnterRunning(UnitRuntime unit) { }
        public void EnterExited(UnitRuntime unit) { }
        public void EnterReload(UnitRuntime unit) { }
        public void EnterSignalling(UnitRuntime unit) { }
        public void EnterSignalling(UnitRuntime unit, bool quietly) { }
        public void EnterDown(UnitRuntime unit) { }
        public void EnterAutoRestart(UnitRuntime unit) { }
        public void EnterMaking(UnitRuntime unit) { }
        public void EnterUnmaking(UnitRuntime unit) { }
        public void EnterOpening(UnitRuntime unit) { }
        public void EnterListening(UnitRuntime unit) { }
        public void EnterUp(UnitRuntime unit) { }
        public void EnterCommand(UnitRuntime unit, ExecRole role) { }
    }
}
