using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

internal sealed class CommandSequenceTests
{
    [Test]
    public void Commands_run_in_the_order_of_the_manual()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecCondition = Make.Commands("/bin/cond"),
            ExecStartPre = Make.Commands("/bin/pre1", "/bin/pre2"),
            ExecStartPost = Make.Commands("/bin/post"),
            ExecStop = Make.Commands("/bin/stop"),
            ExecStopPost = Make.Commands("/bin/after"),
        }));
        RequestId start = world.StartAndRun("a.service");
        for (int i = 0; i < 3; i++)
        {
            world.ControlExits("a.service");
            world.RunSpawns();
        }

        Assert.That(world.State("a.service"), Is.EqualTo("start-post"));
        Assert.That(world.Outcome(start), Is.Null);
        world.ControlExits("a.service");
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
        world.Stop("a.service");
        world.RunSpawns();
        world.ControlExits("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed);
        world.RunSpawns();
        world.ControlExits("a.service");
        Assert.That(world.Path("a.service"), Is.EqualTo(
            "dead condition start-pre start start-post running stop stop-sigterm stop-post dead"));
        Assert.That(world.Result("a.service"), Is.EqualTo("success"));
    }

    [Test]
    public void A_failed_ExecStartPre_skips_ExecStop_and_runs_ExecStopPost()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecStartPre = Make.Commands("/bin/pre"),
            ExecStop = Make.Commands("/bin/stop"),
            ExecStopPost = Make.Commands("/bin/after"),
        }));
        RequestId start = world.StartAndRun("a.service");
        world.ControlExits("a.service", 3, empty: true);
        Effect.Spawn after = world.TheSpawn(ExecRole.StopPost);
        Assert.That(after.Environment, Is.EquivalentTo(new[]
        {
            KeyValuePair.Create("SERVICE_RESULT", "exit-code"),
        }));
        world.RunSpawns();
        world.ControlExits("a.service");
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start-pre stop-post failed"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
    }

    [Test]
    public void A_unit_that_one_service_calls_on_failure_hears_how_that_one_ended()
    {
        var world = new World(
            Make.Service("a.service", deps: "OnFailure=h.service"), Make.Service("h.service"));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 3, empty: true);
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        Assert.That(spawn.Environment, Is.EquivalentTo(new[]
        {
            KeyValuePair.Create("MONITOR_SERVICE_RESULT", "exit-code"),
            KeyValuePair.Create("MONITOR_EXIT_CODE", "exited"),
            KeyValuePair.Create("MONITOR_EXIT_STATUS", "3"),
            KeyValuePair.Create("MONITOR_UNIT", "a.service"),
        }));
    }

    [Test]
    public void A_unit_that_two_services_call_on_failure_hears_of_neither()
    {
        var world = new World(
            Make.Service("a.service", deps: "OnFailure=h.service"),
            Make.Service("b.service", deps: "OnSuccess=h.service"), Make.Service("h.service"));
        world.StartAndRun("b.service");
        world.StartAndRun("a.service");
        world.MainExits("a.service", 3, empty: true);
        Assert.That(world.TheSpawn(ExecRole.Main).Environment, Is.Empty);
    }

    [Test]
    public void A_dash_makes_a_failure_count_as_success_and_it_is_still_on_record()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecStartPre = Make.Commands("-/bin/pre"),
        }));
        world.StartAndRun("a.service");
        world.ControlExits("a.service", 3);
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Records.Single(r => r is { From: "start-pre", To: "exited" }).ExitCode,
            Is.EqualTo(3));
    }

    [TestCase(0, "running", "success")]
    [TestCase(1, "dead", "exec-condition")]
    [TestCase(254, "dead", "exec-condition")]
    [TestCase(255, "failed", "exit-code")]
    public void ExecCondition_goes_on_skips_or_fails(int code, string state, string result)
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecCondition = Make.Commands("/bin/cond"),
            Restart = RestartMode.No,
        }));
        RequestId start = world.StartAndRun("a.service");
        world.ControlExits("a.service", code, empty: true);
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo(state), world.Dump());
        Assert.That(world.Result("a.service"), Is.EqualTo(result));
        Assert.That(world.Outcome(start), Is.EqualTo(state == "failed" ? "failed" : "committed"));
    }

    [Test]
    public void A_skipping_ExecCondition_is_never_restarted()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecCondition = Make.Commands("/bin/cond"),
            Restart = RestartMode.Always,
        }));
        world.StartAndRun("a.service");
        world.ControlExits("a.service", 1, empty: true);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.JobResults(), Has.Member("a.service start skipped"));
    }

    [Test]
    public void ExecStop_runs_after_a_clean_end_by_itself_without_MAINPID()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecStop = Make.Commands("/bin/stop"),
        }));
        world.StartAndRun("a.service");
        world.MainExits("a.service");
        Effect.Spawn stop = world.TheSpawn(ExecRole.Stop);
        Assert.That(stop.Environment, Is.EquivalentTo(new[]
        {
            KeyValuePair.Create("SERVICE_RESULT", "success"),
            KeyValuePair.Create("EXIT_CODE", "exited"),
            KeyValuePair.Create("EXIT_STATUS", "0"),
        }));
    }

    [Test]
    public void A_killed_main_process_shows_in_ExecStopPost_by_name()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecStop = Make.Commands("/bin/stop"),
            ExecStopPost = Make.Commands("/bin/after"),
        }));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 11, ExitKind.Dumped);
        Assert.That(world.TheSpawn(ExecRole.StopPost).Environment, Is.EquivalentTo(new[]
        {
            KeyValuePair.Create("SERVICE_RESULT", "core-dump"),
            KeyValuePair.Create("EXIT_CODE", "dumped"),
            KeyValuePair.Create("EXIT_STATUS", "SEGV"),
        }));
    }

    [Test]
    public void Reload_runs_its_commands_and_a_failed_one_leaves_the_service_up()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecReload = Make.Commands("/bin/reload"),
        }));
        world.StartAndRun("a.service");
        RequestId good = world.Request(RequestVerb.Reload, "a.service");
        Assert.That(world.TheSpawn(ExecRole.Reload).Environment[0].Key, Is.EqualTo("MAINPID"));
        world.RunSpawns();
        world.ControlExits("a.service");
        Assert.That(world.Outcome(good), Is.EqualTo("committed"));
        RequestId bad = world.Request(RequestVerb.Reload, "a.service");
        world.RunSpawns();
        world.ControlExits("a.service", 1);
        Assert.That(world.Outcome(bad), Is.EqualTo("failed"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Result("a.service"), Is.EqualTo("success"));
    }

    [Test]
    public void Notify_reload_signals_and_waits_for_RELOADING_then_READY()
    {
        var world = new World(Make.Service("a.service", ServiceType.NotifyReload));
        world.StartAndRun("a.service");
        world.Notify("a.service", new NotifyMessage { Ready = true });
        RequestId reload = world.Request(RequestVerb.Reload, "a.service");
        Assert.That(world.Effects, Has.Member(new Effect.Signal(
            world["a.service"].Id, SignalScope.Process, world["a.service"].MainProcess, 1, false)));
        world.Notify("a.service", new NotifyMessage { Ready = true });
        Assert.That(world.State("a.service"), Is.EqualTo("reload"), "READY from before the reload");
        world.Notify("a.service", new NotifyMessage { Reloading = true });
        world.Notify("a.service", new NotifyMessage { Ready = true });
        Assert.That(world.Outcome(reload), Is.EqualTo("committed"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void A_main_process_that_ends_during_the_reload_ends_the_service_after_it()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecReload = Make.Commands("/bin/reload"),
        }));
        world.StartAndRun("a.service");
        RequestId reload = world.Request(RequestVerb.Reload, "a.service");
        world.RunSpawns();
        world.MainExits("a.service", 1, empty: false);
        Assert.That(world.State("a.service"), Is.EqualTo("reload"));
        world.ControlExits("a.service", empty: true);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Outcome(reload), Is.EqualTo("failed"));
    }

    [Test]
    public void What_ExecStartPre_leaves_behind_is_killed_before_the_service()
    {
        var world = new World(Make.Service("a.service", with: s => s with
        {
            ExecStartPre = Make.Commands("/bin/pre"),
        }));
        world.StartAndRun("a.service");
        world.ControlExits("a.service", empty: false);
        Assert.That(world.Effects[0], Is.EqualTo(new Effect.KillCgroup(world["a.service"].Id)));
        Assert.That(world.Effects[1], Is.InstanceOf<Effect.Spawn>());
    }
}
