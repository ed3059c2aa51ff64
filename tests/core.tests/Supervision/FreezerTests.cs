using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>initx freeze and thaw: cgroups(7), systemctl(1).</summary>
internal sealed class FreezerTests
{
    [Test]
    public void Freeze_and_thaw_are_effects_with_a_row_each()
    {
        World world = Up();
        RequestId freeze = world.Request(RequestVerb.Freeze, "a.service");
        Assert.That(world.Outcome(freeze), Is.EqualTo("committed"));
        Assert.That(Freezes(world), Is.EqualTo(new[] { true }));
        Assert.That(world["a.service"].IsFrozen);
        world.Request(RequestVerb.Thaw, "a.service");
        Assert.That(Freezes(world), Is.EqualTo(new[] { false }));
        Assert.That(Rows(world), Is.EqualTo("frozen thawed"));
        JournalRecord row = world.Records.Last(r => r.To == "frozen");
        Assert.That(world.Records.Single(r => r.Seq == row.CauseSeq).Kind,
            Is.EqualTo(RecordKind.Request));
    }

    [Test]
    public void Twice_is_once()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        Assert.That(
            world.Outcome(world.Request(RequestVerb.Freeze, "a.service")), Is.EqualTo("committed"));
        Assert.That(Freezes(world), Is.Empty);
        world.Request(RequestVerb.Thaw, "a.service");
        Assert.That(
            world.Outcome(world.Request(RequestVerb.Thaw, "a.service")), Is.EqualTo("committed"));
        Assert.That(Freezes(world), Is.EqualTo(new[] { false }), "whatever the manager thinks");
        Assert.That(Rows(world), Is.EqualTo("frozen thawed"));
    }

    [TestCase("b.service", ExitCode.NotActive)]
    [TestCase("nosuch.service", ExitCode.NoSuchUnit)]
    [TestCase("t.target", ExitCode.Refused)]
    public void Only_a_service_that_is_up_can_be_frozen(string unit, ExitCode code)
    {
        World world = Up();
        world.Start("t.target");
        RequestId freeze = world.Request(RequestVerb.Freeze, unit);
        Assert.That(((EngineReply.Refused)world.Final(freeze)!).Code, Is.EqualTo(code));
        Assert.That(Freezes(world), Is.Empty);
    }

    [Test]
    public void What_has_run_and_left_nothing_cannot_be_frozen()
    {
        World world = Up(s => s with { Type = ServiceType.Oneshot, RemainAfterExit = true });
        world.MainExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("exited"), world.Dump());
        var freeze = (EngineReply.Refused)world.Final(
            world.Request(RequestVerb.Freeze, "a.service"))!;
        Assert.That(freeze.Code, Is.EqualTo(ExitCode.NotActive));
        Assert.That(freeze.Messages, Has.Some.Contains("active (exited)"));
    }

    [Test]
    public void One_of_several_that_cannot_be_frozen_refuses_all()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service b.service");
        Assert.That(world["a.service"].IsFrozen, Is.False);
    }

    [Test]
    public void What_has_a_running_job_is_left_alone()
    {
        World world = Up();
        world.Request(RequestVerb.Reload, "a.service");
        RequestId freeze = world.Request(RequestVerb.Freeze, "a.service");
        Assert.That(
            ((EngineReply.Refused)world.Final(freeze)!).Code, Is.EqualTo(ExitCode.NotActive));
    }

    [TestCase(RequestVerb.Stop)]
    [TestCase(RequestVerb.Restart)]
    [TestCase(RequestVerb.Reload)]
    public void A_job_lets_it_go_on_before_anything_else(RequestVerb verb)
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.Request(verb, "a.service");
        Assert.That(world["a.service"].IsFrozen, Is.False, world.Dump());
        Effect first = world.Effects.First(
            e => e is Effect.Freeze or Effect.Signal or Effect.Spawn);
        Assert.That(first, Is.EqualTo(new Effect.Freeze(world["a.service"].Id, false)));
        JournalRecord row = world.Records.Last(r => r.To == "thawed");
        Assert.That(row.Cause, Is.EqualTo(CauseKind.Job));
    }

    [Test]
    public void A_start_of_what_is_up_leaves_it_frozen()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.Start("a.service");
        Assert.That(world["a.service"].IsFrozen);
    }

    [Test]
    public void The_watchdog_does_not_run_meanwhile()
    {
        World world = Up(s => s with { WatchdogUs = 1_000_000 });
        world.Request(RequestVerb.Freeze, "a.service");
        world.AdvanceSeconds(60);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        world.Crash();
        world.AdvanceSeconds(60);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        world.Request(RequestVerb.Thaw, "a.service");
        world.AdvanceSeconds(1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-watchdog"), world.Dump());
    }

    [Test]
    public void A_ping_that_was_on_its_way_does_not_bring_the_watchdog_back()
    {
        World world = Up(s => s with
        {
            Type = ServiceType.Notify,
            NotifyAccess = NotifyAccess.Main,
            WatchdogUs = 1_000_000,
        });
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.Request(RequestVerb.Freeze, "a.service");
        world.Notify("a.service", new NotifyMessage { WatchdogPing = true, WatchdogUs = 500_000 });
        world.AdvanceSeconds(60);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
    }

    [Test]
    public void RuntimeMaxSec_goes_on_and_lets_it_go_on_to_be_stopped()
    {
        World world = Up(s => s with { RuntimeMaxUs = 5_000_000 });
        world.Request(RequestVerb.Freeze, "a.service");
        world.AdvanceSeconds(5);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        Assert.That(Freezes(world), Is.EqualTo(new[] { false }));
    }

    [Test]
    public void The_death_of_a_frozen_main_process_lets_the_rest_go_on()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.MainExits("a.service", 9, ExitKind.Killed, empty: false);
        Assert.That(world["a.service"].IsFrozen, Is.False, world.Dump());
        Assert.That(Freezes(world), Is.EqualTo(new[] { false }));
    }

    [Test]
    public void What_the_kernel_would_not_is_on_record_and_undone()
    {
        World world = Up(s => s with { WatchdogUs = 1_000_000 });
        world.Request(RequestVerb.Freeze, "a.service");
        world.Send(new EngineEvent.EffectFailed(
            world["a.service"].Id, Engine.FreezeEffect, "EPERM (Operation not permitted)"));
        Assert.That(world["a.service"].IsFrozen, Is.False);
        Assert.That(Freezes(world), Is.Empty);
        Assert.That(Rows(world), Is.EqualTo("frozen thawed"));
        Assert.That(world.Records[^1].Text, Does.Contain("EPERM"));
        world.AdvanceSeconds(1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-watchdog"), "it runs again");
    }

    [Test]
    public void A_crash_asks_again_for_what_it_may_have_cost()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.AdvanceSeconds(60);
        world.Crash();
        Assert.That(world["a.service"].IsFrozen);
        Assert.That(Freezes(world), Is.EqualTo(new[] { true }));
        world.Request(RequestVerb.Thaw, "a.service");
        world.Crash();
        Assert.That(Freezes(world), Is.EqualTo(new[] { false }));
        world.AdvanceSeconds(60);
        world.Start("b.service");
        world.Crash();
        Assert.That(Freezes(world), Is.Empty, "long ago");
    }

    [Test]
    public void A_thaw_that_two_crashes_may_have_cost_is_asked_for_twice()
    {
        World world = Up();
        world.StartAndRun("b.service");
        world.Request(RequestVerb.Freeze, "a.service");
        world.Request(RequestVerb.Thaw, "a.service");
        world.AdvanceSeconds(5);
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "test",
            Lost = [world["b.service"].MainProcess],
        });
        Assert.That(Freezes(world), Is.EqualTo(new[] { false }));
        Assert.That(world.State("b.service"), Is.EqualTo("failed"), world.Dump());
        world.Crash();
        Assert.That(Freezes(world), Is.EqualTo(new[] { false }));
    }

    [Test]
    public void A_thaw_comes_before_what_a_crash_lost_of_the_command_behind_it()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.Request(RequestVerb.Reload, "a.service");
        world.Crash();
        Effect[] order =
            [.. world.Effects.Where(e => e is Effect.Freeze or Effect.Spawn or Effect.Signal)];
        Assert.That(order[0], Is.EqualTo(new Effect.Freeze(world["a.service"].Id, false)));
        Assert.That(order[1], Is.InstanceOf<Effect.Spawn>());
    }

    [Test]
    public void A_shutdown_that_waits_for_no_stop_lets_all_go_on()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.Send(new EngineEvent.SignalReceived(34 + 14, 1, 0));
        Assert.That(world["a.service"].IsFrozen, Is.False, world.Dump());
        int thaw = world.Effects.FindIndex(e => e is Effect.Freeze { On: false });
        int stage = world.Effects.FindIndex(e => e is Effect.Shutdown);
        Assert.That(thaw, Is.GreaterThanOrEqualTo(0).And.LessThan(stage), world.Dump());
    }

    [Test]
    public void A_planned_reexec_keeps_it_and_asks_whether_the_kernel_would()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.Reexec();
        Assert.That(world["a.service"].IsFrozen);
        Assert.That(Freezes(world), Is.EqualTo(new[] { true }));
        world.Request(RequestVerb.Thaw, "a.service");
        world.Reexec();
        Assert.That(Freezes(world), Is.Empty);
    }

    [Test]
    public void Nothing_is_frozen_while_the_system_goes_down()
    {
        World world = Up();
        world.Request(RequestVerb.Freeze, "a.service");
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world["a.service"].IsFrozen, Is.False, world.Dump());
        Assert.That(
            world.Outcome(world.Request(RequestVerb.Freeze, "a.service")), Is.EqualTo("refused"));
    }

    private static World Up(Func<ServiceSettings, ServiceSettings>? with = null)
    {
        var world = new World(
            Make.Service("a.service", with: s => (with ?? (x => x))(
                s with { ExecReload = Make.Commands("/bin/reload") })),
            Make.Service("b.service"),
            Make.Target("t.target"));
        world.StartAndRun("a.service");
        return world;
    }

    private static bool[] Freezes(World world) =>
        [.. world.Effects.OfType<Effect.Freeze>().Select(f => f.On)];

    private static string Rows(World world) => string.Join(' ', world.Records
        .Where(r => r is { Kind: RecordKind.Process, To: "frozen" or "thawed" })
        .Select(r => r.To));
}
