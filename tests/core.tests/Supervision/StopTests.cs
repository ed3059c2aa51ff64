using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

internal sealed class StopTests
{
    [TestCase(KillMode.ControlGroup, "Unit:15")]
    [TestCase(KillMode.Mixed, "Process:15")]
    [TestCase(KillMode.Process, "Process:15")]
    [TestCase(KillMode.None, "")]
    public void KillMode_decides_who_is_asked(KillMode mode, string signals)
    {
        var world = new World(Make.Service("a.service", kill: new KillSettings { Mode = mode }));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        Assert.That(Signals(world), Is.EqualTo(signals));
        Assert.That(world.State("a.service"), Is.EqualTo(mode == KillMode.None ? "dead" : "stop-sigterm"));
    }

    [TestCase(KillMode.ControlGroup, "KillCgroup")]
    [TestCase(KillMode.Mixed, "KillCgroup")]
    [TestCase(KillMode.Process, "Process:9")]
    public void Who_does_not_listen_is_killed_after_the_time_out(KillMode mode, string signals)
    {
        var world = new World(Make.Service("a.service", kill: new KillSettings { Mode = mode }));
        world.StartAndRun("a.service");
        RequestId stop = world.Stop("a.service");
        world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigkill"));
        Assert.That(Signals(world), Is.EqualTo(signals));
        world.MainExits("a.service", 9, ExitKind.Killed);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.service"), Is.EqualTo("timeout"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"), "it is down: that was the goal");
    }

    [Test]
    public void A_process_that_no_signal_ends_is_left_alone_in_the_end()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        RequestId stop = world.Stop("a.service");
        ProcessIdentity main = world["a.service"].MainProcess;
        for (int i = 0; i < 4; i++)
            world.AdvanceSeconds(90);
        Assert.That(world.Path("a.service"), Is.EqualTo(
            "dead start running stop-sigterm stop-sigkill final-sigterm final-sigkill failed"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
        Assert.That(world.Records.Any(r => r is { Kind: RecordKind.Process, To: "lost" }));
        world.Send(new EngineEvent.Exited(main, ExitKind.Killed, 9));
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
    }

    [Test]
    public void SendSIGKILL_no_gives_up_without_killing()
    {
        var world = new World(Make.Service("a.service", kill: new KillSettings { SendSigkill = false }));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.EqualTo("final-sigterm"));
        world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.AllEffects.OfType<Effect.KillCgroup>(), Is.Empty);
    }

    [Test]
    public void Another_last_signal_leaves_what_does_not_obey_it()
    {
        var world = new World(Make.Service(
            "a.service", kill: new KillSettings { FinalKillSignal = 3 }));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        for (int i = 0; i < 8 && world.State("a.service") != "failed"; i++)
            world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.AllEffects.OfType<Effect.KillCgroup>(), Is.Empty);
    }

    [Test]
    public void SendSIGHUP_follows_the_first_signal()
    {
        var world = new World(Make.Service("a.service", kill: new KillSettings { SendSighup = true }));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        Assert.That(Signals(world), Is.EqualTo("Unit:15 Unit:1"));
    }

    [Test]
    public void A_restart_may_have_its_own_signal()
    {
        var world = new World(Make.Service(
            "a.service", kill: new KillSettings { RestartKillSignal = 10 }));
        world.StartAndRun("a.service");
        world.Request(RequestVerb.Restart, "a.service");
        Assert.That(Signals(world), Is.EqualTo("Unit:10"));
    }

    [Test]
    public void Processes_that_are_left_are_waited_for_until_the_cgroup_is_empty()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        RequestId stop = world.Stop("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed, empty: false);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
    }

    [Test]
    public void Processes_left_by_a_main_process_that_ended_are_ended_too()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.MainExits("a.service", empty: false);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(Signals(world), Is.EqualTo("Unit:15"));
    }

    [TestCase(true, "KillCgroup")]
    [TestCase(false, "")]
    public void In_mixed_mode_what_the_main_process_leaves_is_killed_at_once(
        bool sends, string signals)
    {
        var kill = new KillSettings { Mode = KillMode.Mixed, SendSigkill = sends };
        var world = new World(Make.Service("a.service", kill: kill));
        world.StartAndRun("a.service");
        RequestId stop = world.Stop("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed, empty: false);
        Assert.That(Signals(world), Is.EqualTo(signals));
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
    }

    [Test]
    public void In_mixed_mode_what_a_main_process_left_that_ended_by_itself_is_killed_at_once()
    {
        var kill = new KillSettings { Mode = KillMode.Mixed };
        var world = new World(Make.Service("a.service", kill: kill));
        world.StartAndRun("a.service");
        world.MainExits("a.service", empty: false);
        Assert.That(Signals(world), Is.EqualTo("KillCgroup"));
    }

    [Test]
    public void Without_cgroups_the_known_exits_are_enough()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed, empty: null);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.KillCgroup>());
    }

    [Test]
    public void A_stop_while_the_process_is_being_made_reaches_it_when_it_is_there()
    {
        var world = new World(Make.Service("a.service"));
        world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world.Send(new EngineEvent.Spawned(spawn.Token, new ProcessIdentity(60, 1)));
        Assert.That(Signals(world), Is.EqualTo("Process:15"));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
    }

    [Test]
    public void A_process_that_appears_after_it_was_given_up_is_killed()
    {
        var world = new World(Make.Service("a.service"));
        world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        for (int i = 0; i < 4; i++)
            world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        world.Send(new EngineEvent.Spawned(spawn.Token, new ProcessIdentity(60, 1)));
        Assert.That(Signals(world), Is.EqualTo("Process:9"));
    }

    [Test]
    public void The_watchdog_aborts_and_a_ping_keeps_it_quiet()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify, with: s => s with
        {
            WatchdogUs = 10_000_000,
            Restart = RestartMode.OnWatchdog,
        }));
        world.StartAndRun("a.service");
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.AdvanceSeconds(9);
        world.Notify("a.service", new NotifyMessage { WatchdogPing = true });
        world.AdvanceSeconds(9);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        world.AdvanceSeconds(1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-watchdog"));
        Assert.That(Signals(world), Is.EqualTo("Unit:6"));
        world.MainExits("a.service", 6, ExitKind.Dumped);
        Assert.That(world.Result("a.service"), Is.EqualTo("watchdog"));
        Assert.That(world.State("a.service"), Is.EqualTo("auto-restart"));
    }

    [Test]
    public void RuntimeMax_ends_a_service_that_runs_too_long()
    {
        var world = new World(Make.Service("a.service", with: s => s with { RuntimeMaxUs = 3_000_000 }));
        world.StartAndRun("a.service");
        world.AdvanceSeconds(3);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Result("a.service"), Is.EqualTo("timeout"));
    }

    [Test]
    public void A_start_that_takes_too_long_is_stopped_and_fails_its_job()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.StartAndRun("a.service");
        world.AdvanceSeconds(60);
        world.Notify("a.service", new NotifyMessage { ExtendTimeoutUs = 60_000_000 });
        world.AdvanceSeconds(59);
        Assert.That(world.State("a.service"), Is.EqualTo("start"), "EXTEND_TIMEOUT_USEC= prolongs");
        world.AdvanceSeconds(1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(world.Outcome(start), Is.Null);
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world.Result("a.service"), Is.EqualTo("timeout"));
    }

    [TestCase(TimeoutFailureMode.Terminate, "stop-sigterm 15")]
    [TestCase(TimeoutFailureMode.Abort, "stop-watchdog 6")]
    [TestCase(TimeoutFailureMode.Kill, "stop-sigkill kill")]
    public void TimeoutStartFailureMode_decides_how_a_slow_start_ends(
        TimeoutFailureMode mode, string expected)
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify, with: s => s with
        {
            TimeoutStartFailureMode = mode,
        }));
        world.StartAndRun("a.service");
        world.AdvanceSeconds(91);
        Assert.That($"{world.State("a.service")} {SignalOf(world)}", Is.EqualTo(expected));
        Assert.That(world.Result("a.service"), Is.EqualTo("timeout"));
    }

    [TestCase(TimeoutFailureMode.Terminate, "stop-sigterm stop-sigkill")]
    [TestCase(TimeoutFailureMode.Abort, "stop-sigterm stop-watchdog stop-sigkill")]
    [TestCase(TimeoutFailureMode.Kill, "stop-sigterm stop-sigkill")]
    public void TimeoutStopFailureMode_decides_what_follows_an_ignored_signal(
        TimeoutFailureMode mode, string path)
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            TimeoutStopFailureMode = mode,
        }));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        for (int i = 0; i < 3; i++)
            world.AdvanceSeconds(91);
        Assert.That(world.Path("a.service"), Does.Contain(path), world.Dump());
    }

    [TestCase(TimeoutFailureMode.Terminate, "final-sigterm")]
    [TestCase(TimeoutFailureMode.Abort, "final-watchdog")]
    [TestCase(TimeoutFailureMode.Kill, "final-sigkill")]
    public void TimeoutStopFailureMode_holds_for_ExecStopPost_too(
        TimeoutFailureMode mode, string state)
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            TimeoutStopFailureMode = mode,
            ExecStopPost = Make.Commands("/bin/post"),
        }));
        world.StartAndRun("a.service");
        world.Stop("a.service");
        world.MainExits("a.service");
        world.RunSpawns();
        world.AdvanceSeconds(91);
        Assert.That(world.State("a.service"), Is.EqualTo(state), world.Dump());
    }

    [Test]
    public void RuntimeRandomizedExtraSec_is_within_its_bounds_and_survives_a_crash()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            RuntimeMaxUs = 10_000_000,
            RuntimeRandomizedExtraUs = 5_000_000,
        }));
        world.StartAndRun("a.service");
        long due = world["a.service"].DeadlineUs;
        Assert.That(due - world["a.service"].ActiveSince.MonotonicUs,
            Is.InRange(10_000_000, 15_000_000));
        world.Crash();
        Assert.That(world["a.service"].DeadlineUs, Is.EqualTo(due));
    }

    [Test]
    public void ExitType_cgroup_lives_as_long_as_its_last_process()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExitType = ServiceExitType.Cgroup,
        }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", empty: false);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        Assert.That(world.State("a.service"), Is.EqualTo("dead"), world.Dump());
    }

    private static string SignalOf(World world) =>
        world.Effects.OfType<Effect.Signal>().FirstOrDefault()?.Number.ToString()
            ?? (world.Effects.OfType<Effect.KillCgroup>().Any() ? "kill" : "none");

    [Test]
    public void STOPPING_is_waited_for_without_a_signal()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        world.StartAndRun("a.service");
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.Notify("a.service", new NotifyMessage { Stopping = true });
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(Signals(world), Is.Empty);
        world.MainExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [TestCase(DirectoryPreserve.No, false, false)]
    [TestCase(DirectoryPreserve.Yes, false, true)]
    [TestCase(DirectoryPreserve.Restart, false, false)]
    [TestCase(DirectoryPreserve.Restart, true, true)]
    public void Runtime_directories_stay_as_the_unit_says(DirectoryPreserve preserve, bool restart, bool keeps)
    {
        var world = new World(Make.Service("a.service", unit: u => u with
        {
            Exec = new ExecSettings { RuntimeDirectoryPreserve = preserve },
        }));
        world.StartAndRun("a.service");
        world.Request(restart ? RequestVerb.Restart : RequestVerb.Stop, "a.service");
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Effects, Has.Member(new Effect.CleanUp(world["a.service"].Id, keeps)));
    }

    private static string Signals(World world) => string.Join(' ', world.Effects.Select(e => e switch
    {
        Effect.Signal s => $"{s.Scope}:{s.Number}",
        Effect.KillCgroup => "KillCgroup",
        _ => "",
    }).Where(t => t.Length > 0));
}
