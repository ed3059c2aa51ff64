using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Boot;

internal sealed class ShutdownTests
{
    [Test]
    public void Units_stop_in_order_then_the_stages_follow()
    {
        World world = Up();
        RequestId off = world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Stopping));
        Assert.That(world.State("b.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"), "it stops after what came after it");
        world.MainExits("b.service", 15, ExitKind.Killed);
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Outcome(off), Is.EqualTo("committed"), world.Dump());
        foreach (ShutdownStage stage in Enum.GetValues<ShutdownStage>())
        {
            Assert.That(world.Effects, Has.Member(new Effect.Shutdown(stage, ShutdownKind.Poweroff)));
            world.Send(new EngineEvent.ShutdownStageDone(stage, ""));
        }
    }

    [Test]
    public void The_end_is_reached_within_its_bound_when_nothing_answers()
    {
        World world = Up();
        world.Request(RequestVerb.Reboot, "");
        long begun = world.NowUs;
        bool final = false;
        for (int i = 0; i < 50 && !final; i++)
        {
            world.Advance(Math.Max(1, world.Engine.NextDeadlineUs - world.NowUs));
            final = world.Effects.Contains(new Effect.Shutdown(ShutdownStage.Final, ShutdownKind.Reboot));
        }

        Assert.That(final, world.Dump());
        Assert.That(world.NowUs - begun, Is.LessThanOrEqualTo(
            world.Limits.ShutdownTimeoutUs + (3 * world.Limits.ShutdownStageTimeoutUs)));
    }

    [Test]
    public void Nothing_is_started_during_a_shutdown()
    {
        World world = Up();
        world.Request(RequestVerb.Halt, "");
        RequestId start = world.Start("a.service");
        Assert.That(world.Outcome(start), Is.EqualTo("refused"));
        Assert.That(world.Outcome(world.Request(RequestVerb.Reboot, "")), Is.EqualTo("refused"));
    }

    [TestCase("poweroff.target", ShutdownKind.Poweroff)]
    [TestCase("reboot.target", ShutdownKind.Reboot)]
    [TestCase("halt.target", ShutdownKind.Halt)]
    [TestCase("kexec.target", ShutdownKind.Kexec)]
    public void Starting_the_old_targets_asks_for_a_shutdown(string target, ShutdownKind kind)
    {
        World world = Up();
        world.Request(RequestVerb.Isolate, target);
        Assert.That(world.Engine.Shutdown, Is.EqualTo(kind));
    }

    [TestCase(34 + 3, ShutdownKind.Halt, false)]
    [TestCase(34 + 4, ShutdownKind.Poweroff, false)]
    [TestCase(34 + 5, ShutdownKind.Reboot, false)]
    [TestCase(34 + 6, ShutdownKind.Kexec, false)]
    [TestCase(34 + 13, ShutdownKind.Halt, true)]
    [TestCase(34 + 14, ShutdownKind.Poweroff, true)]
    [TestCase(34 + 15, ShutdownKind.Reboot, true)]
    [TestCase(34 + 16, ShutdownKind.Kexec, true)]
    [TestCase(2, ShutdownKind.Reboot, false)]
    public void Signals_shut_down_as_the_manual_says(int signal, ShutdownKind kind, bool immediate)
    {
        World world = Up();
        world.Send(new EngineEvent.SignalReceived(signal, 1, 0));
        Assert.That(world.Engine.Shutdown, Is.EqualTo(kind));
        Assert.That(world.Effects.OfType<Effect.Shutdown>().Any(), Is.EqualTo(immediate));
        Assert.That(world.Records.Any(r => r.Kind == RecordKind.Signal));
    }

    [Test]
    public void Seven_presses_within_two_seconds_do_not_wait_for_the_units()
    {
        World world = Up();
        for (int i = 0; i < 7; i++)
        {
            world.Advance(200_000);
            world.Send(new EngineEvent.SignalReceived(2, 0, 0));
        }

        Assert.That(world.Effects, Has.Member(
            new Effect.Shutdown(ShutdownStage.TerminateAll, ShutdownKind.Reboot)));
    }

    [Test]
    public void SIGTERM_reexecs_PID_1_and_ends_a_users_manager()
    {
        World world = Up();
        world.Send(new EngineEvent.SignalReceived(15, 1, 0));
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.Reexec>());
        world = Up(userManager: true);
        world.Send(new EngineEvent.SignalReceived(15, 1, 0));
        world.MainExits("b.service", 15, ExitKind.Killed);
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Effects, Has.Member(
            new Effect.Shutdown(ShutdownStage.Final, ShutdownKind.Exit)));
    }

    [Test]
    public void SIGHUP_reads_the_unit_files_again()
    {
        World world = Up();
        world.Send(new EngineEvent.SignalReceived(1, 1, 0));
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReloadCatalog>());
    }

    [Test]
    public void FailureAction_reboots_when_a_unit_fails()
    {
        World world = new(Make.Service("a.service", unit: u => u with { FailureAction = "reboot" }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        Assert.That(world.Engine.Shutdown, Is.EqualTo(ShutdownKind.Reboot), world.Dump());
    }

    [Test]
    public void RebootArgument_of_the_unit_that_failed_reaches_the_reboot_over_a_crash()
    {
        World world = new(Make.Service("a.service", unit: u =>
            u with { FailureAction = "reboot-force", RebootArgument = "recovery" }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        world.Crash();
        Assert.That(world.Effects, Has.Member(new Effect.Shutdown(
            ShutdownStage.TerminateAll, ShutdownKind.Reboot, "recovery")), world.Dump());
        world.Send(new EngineEvent.ShutdownStageDone(ShutdownStage.TerminateAll, ""));
        Assert.That(world.Effects, Has.Member(new Effect.Shutdown(
            ShutdownStage.KillAll, ShutdownKind.Reboot, "recovery")));
    }

    [TestCase(0, ExitKind.Exited, null, "0")]
    [TestCase(7, ExitKind.Exited, null, "7")]
    [TestCase(7, ExitKind.Exited, 40, "40")]
    [TestCase(9, ExitKind.Killed, null, "137")]
    public void Exit_takes_the_status_of_the_unit_along_over_a_crash(
        int code, ExitKind kind, int? set, string status)
    {
        World world = new(Make.Service("a.service", unit: u => u with
        {
            FailureAction = "exit-force",
            SuccessAction = "exit-force",
            FailureActionExitStatus = set,
        }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", code, kind);
        world.Crash();
        Assert.That(world.Effects, Has.Member(new Effect.Shutdown(
            ShutdownStage.TerminateAll, ShutdownKind.Exit, status)), world.Dump());
    }

    [Test]
    public void Exit_of_a_unit_that_never_ran_is_a_failure()
    {
        World world = new(Make.Service("a.service", unit: u => u with { FailureAction = "exit" }));
        world.Start("a.service");
        world.Send(new EngineEvent.SpawnFailed(
            world.PendingSpawns.Single().Token, false, "clone3", 11));
        Assert.That(world.Effects, Has.Member(new Effect.Shutdown(
            ShutdownStage.TerminateAll, ShutdownKind.Exit, "1")), world.Dump());
    }

    [Test]
    public void A_shutdown_survives_a_crash_in_each_stage()
    {
        World world = Up();
        world.Request(RequestVerb.Poweroff, "");
        world.Crash();
        Assert.That(world.Engine.State, Is.EqualTo(ManagerState.Stopping));
        world.MainExits("b.service", 15, ExitKind.Killed);
        world.Crash();
        world.MainExits("a.service", 15, ExitKind.Killed);
        foreach (ShutdownStage stage in Enum.GetValues<ShutdownStage>())
        {
            world.Crash();
            Assert.That(world.Effects, Has.Member(new Effect.Shutdown(stage, ShutdownKind.Poweroff)), world.Dump());
            world.Send(new EngineEvent.ShutdownStageDone(stage, ""));
        }
    }

    private static World Up(bool userManager = false)
    {
        var world = new World(
            Make.Target("default.target", "Wants=a.service Wants=b.service"),
            Make.Service("a.service"), Make.Service("b.service", deps: "After=a.service"));
        world.Send(new EngineEvent.Booted(UnitName.Parse("default.target"), "test", userManager));
        world.RunSpawns();
        return world;
    }
}
