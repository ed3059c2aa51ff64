using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Recovery;

/// <summary>What changes the future is on record when the step that changed it is over.</summary>
internal sealed class NothingUnrecordedTests
{
    [Test]
    public void A_look_at_a_missing_PID_file_is_recorded()
    {
        var world = new World(Make.Service(
            "a.service", ServiceType.Forking, with: s => s with { PidFile = "/run/a.pid" }));
        world.StartAndRun("a.service");
        world.ControlExits("a.service");
        world.Send(new EngineEvent.PidFileRead(world["a.service"].Id, default, "no such file"));
        ExpectSameStore(world);
        world.AdvanceSeconds(0.05);
        ExpectSameStore(world);
    }

    [Test]
    public void A_goal_that_a_shutdown_takes_from_a_unit_that_is_down_is_recorded()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        Assert.That(world["a.service"].GoalActive);
        world.Request(RequestVerb.Poweroff, "");
        ExpectSameStore(world);
    }

    [Test]
    public void A_watchdog_ping_is_no_change_and_the_time_counts_anew_after_a_crash()
    {
        var world = new World(Make.Service(
            "a.service", ServiceType.Notify, with: s => s with { WatchdogUs = 2_000_000 }));
        world.StartAndRun("a.service");
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.AdvanceSeconds(1.5);
        world.Notify("a.service", new NotifyMessage { WatchdogPing = true });
        ExpectSameStore(world);
        world.AdvanceSeconds(1.5);
        world.Crash();
        Assert.That(world["a.service"].WatchdogDeadlineUs, Is.EqualTo(world.NowUs + 2_000_000));
    }

    [Test]
    public void A_command_that_outlives_its_time_is_given_up_with_a_row_when_the_next_one_runs()
    {
        var world = new World(Make.Service(
            "a.service",
            with: s => s with
            {
                ExecCondition = Make.Commands("/bin/condition"),
                ExecStopPost = Make.Commands("/bin/clean"),
                TimeoutStartUs = 1_000_000,
            },
            kill: new KillSettings { Mode = KillMode.None }));
        world.StartAndRun("a.service");
        ProcessIdentity condition = world["a.service"].ControlProcess;
        world.AdvanceSeconds(1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-post"), world.Dump());
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(r =>
            r is { Kind: RecordKind.Process, From: "condition", To: "lost" }
            && r.Pid == condition.Pid), world.Dump());
    }

    [Test]
    public void What_a_later_image_has_put_behind_a_record_does_not_take_the_unit_away()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        world.StartAndRun("a.service b.service");
        int plain = world.Store["b.service"].Length;
        world.Request(RequestVerb.Freeze, "b.service");
        Assert.That(world.Store["b.service"], Has.Length.GreaterThan(plain),
            "what older images do not know is written only where it is needed");
        world.Store["a.service"] = [.. world.Store["a.service"], .. new byte[40]];
        Engine engine = world.Restored(out IReadOnlyList<string> problems);
        Assert.That(problems, Is.Empty);
        Assert.That(
            engine.Find(UnitName.Parse("a.service"))!.MainProcess,
            Is.EqualTo(world["a.service"].MainProcess));
        Assert.That(engine.Find(UnitName.Parse("b.service"))!.IsFrozen);
    }

    [Test]
    public void Sockets_whose_closing_was_lost_in_a_crash_are_closed_again()
    {
        var world = new World(Make.Socket("a.socket"), Make.Service("a.service"));
        world.Start("a.socket");
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        world.Stop("a.socket");
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "test",
            OpenSockets = [UnitName.Parse("a.socket")],
        });
        Assert.That(world.Effects, Has.Member(new Effect.CloseSockets(world["a.socket"].Id)));
    }

    [TestCase(0.01)]
    [TestCase(3600)]
    public void A_clean_up_lost_in_a_crash_is_done_again_however_long_the_manager_was_away(
        double seconds)
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        world.StartAndRun("a.service");
        world.StartAndRun("b.service");
        ProcessIdentity lost = world["b.service"].MainProcess;
        world.Stop("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"), world.Dump());
        world.SleepSeconds(seconds, wakes: false);
        world.Crash(new RecoveryFacts { Kind = RecordKind.Crash, Text = "test", Lost = [lost] });
        Assert.That(world.State("b.service"), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.Effects,
            Has.Member(new Effect.CleanUp(world["a.service"].Id, KeepDirectories: false)));
    }

    private static void ExpectSameStore(World world)
    {
        Engine restored = world.Restored(out IReadOnlyList<string> problems);
        Assert.That(problems, Is.Empty);
        Assert.That(restored.Digest(), Is.EqualTo(world.Engine.Digest()), world.Dump());
    }
}
