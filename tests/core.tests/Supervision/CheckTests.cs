using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>
/// ExecCheck= of [X-InitTx]: a service is asked before it is stopped or reloaded.
/// </summary>
internal sealed class CheckTests
{
    [TestCase(RequestVerb.Stop, "stop")]
    [TestCase(RequestVerb.Restart, "restart")]
    [TestCase(RequestVerb.Reload, "reload")]
    public void A_service_that_refuses_goes_on_and_its_goal_stays(RequestVerb verb, string job)
    {
        World world = Up();
        RequestId request = world.Request(verb, "a.service");
        Assert.That(world.TheSpawn(ExecRole.Check).Environment, Has.Member(
            KeyValuePair.Create("INITX_JOB", job)).And.Member(
            KeyValuePair.Create("INITX_TRANSACTION", "2")));
        Ends(world, 1);
        Assert.That(world.Outcome(request), Is.EqualTo("failed"), world.Dump());
        Assert.That(((EngineReply.Finished)world.Final(request)!).Messages[0], Does.StartWith(
            $"a.service: {job} failed (ExecCheck= refused it (exit-code); --no-check does it "));
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start running reload running"));
        Assert.That(world["a.service"].GoalActive, Is.True);
        Assert.That(world["a.service"].Job, Is.Null);
    }

    [TestCase(RequestVerb.Stop, "dead start running reload running stop-sigterm dead")]
    [TestCase(RequestVerb.Restart,
        "dead start running reload running stop-sigterm dead start running")]
    public void A_service_that_consents_is_stopped(RequestVerb verb, string path)
    {
        World world = Up();
        RequestId request = world.Request(verb, "a.service");
        Ends(world);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world.MainExits("a.service");
        world.RunSpawns();
        Assert.That(world.Path("a.service"), Is.EqualTo(path));
        Assert.That(world.Outcome(request), Is.EqualTo("committed"));
        Assert.That(world.AllEffects.OfType<Effect.Spawn>().Count(s => s.Role == ExecRole.Check),
            Is.EqualTo(1));
    }

    [Test]
    public void A_reload_follows_its_check()
    {
        World world = Up();
        RequestId request = world.Request(RequestVerb.Reload, "a.service");
        Ends(world);
        world.Spawned(world.TheSpawn(ExecRole.Reload));
        world.ControlExits("a.service");
        Assert.That(world.Outcome(request), Is.EqualTo("committed"), world.Dump());
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start running reload running"));
    }

    [Test]
    public void A_reload_that_fails_after_its_check_is_no_refusal()
    {
        var world = new World(Make.Service("a.service", ServiceType.NotifyReload, with: s => s with
        {
            ExecCheck = Make.Commands("/bin/check"),
        }));
        world.StartAndRun("a.service");
        world.Notify("a.service", new NotifyMessage { Ready = true });
        RequestId request = world.Request(RequestVerb.Reload, "a.service");
        Ends(world);
        world.AdvanceSeconds(91);
        Assert.That(((EngineReply.Finished)world.Final(request)!).Messages[0],
            Does.StartWith("a.service: reload failed (reload: timeout)"), world.Dump());
    }

    [TestCase(RequestVerb.Stop)]
    [TestCase(RequestVerb.Restart)]
    [TestCase(RequestVerb.Reload)]
    public void Nobody_asks_where_the_operator_said_so(RequestVerb verb)
    {
        World world = Up();
        world.Request(verb, "a.service", more: r => r with { NoCheck = true });
        Assert.That(world.AllEffects.OfType<Effect.Spawn>().Select(s => s.Role),
            Has.None.EqualTo(ExecRole.Check));
    }

    [Test]
    public void What_a_stop_takes_along_is_asked_and_a_refusal_brings_back_what_was_stopped()
    {
        var world = new World(
            Make.Service("base.service"), Service("a.service", "Requires=base.service"),
            Make.Service("b.service", deps: "Requires=base.service"));
        world.StartAndRun("a.service b.service");
        RequestId stop = world.Stop("base.service");
        Effect.Spawn check = world.TheSpawn(ExecRole.Check);
        world.MainExits("b.service");
        world.MainExits("base.service");
        world.Spawned(check);
        world.ControlExits("a.service", 1);
        RollbackAnswer(world);
        Assert.That(world.Outcome(stop), Is.EqualTo("rolledBack"), world.Dump());
        foreach (string unit in (string[])["a.service", "b.service", "base.service"])
            Assert.That(world.State(unit), Is.EqualTo("running"), unit);
    }

    [Test]
    public void Nobody_asks_at_shutdown_for_a_crash_or_for_a_rollback()
    {
        World world = Up();
        world.MainExits("a.service", 1);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        world.StartAndRun("a.service");
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world = new World(Service("a.service"), Make.Service("x.service", ServiceType.Notify),
            Make.Target("t.target", "Requires=a.service Requires=x.service After=x.service"));
        world.StartAndRun("t.target");
        world.MainExits("x.service", 1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
    }

    [TestCase(false)]
    [TestCase(true)]
    public void The_question_and_the_consent_outlive_the_manager(bool crash)
    {
        World world = Up();
        world.Request(RequestVerb.Restart, "a.service");
        world.RunSpawns();
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        Return(world, crash);
        world.ControlExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        Return(world, crash);
        world.MainExits("a.service");
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.AllEffects.OfType<Effect.Spawn>().Count(s => s.Role == ExecRole.Check),
            Is.EqualTo(1));
    }

    [TestCase(RequestVerb.Stop, "dead start running reload stop-sigterm failed")]
    [TestCase(RequestVerb.Restart, "dead start running reload stop-sigterm failed start running")]
    public void A_service_that_dies_while_it_is_asked_is_down_or_restarted(
        RequestVerb verb, string path)
    {
        World world = Up();
        RequestId request = world.Request(verb, "a.service");
        world.RunSpawns();
        world.MainExits("a.service", 1, empty: false);
        world.ControlExits("a.service", 1, empty: false);
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        world.RunSpawns();
        Assert.That(world.Path("a.service"), Is.EqualTo(path), world.Dump());
        Assert.That(world.Outcome(request), Is.EqualTo("committed"));
    }

    [Test]
    public void A_check_without_end_is_a_refusal_in_time()
    {
        World world = Up();
        RequestId request = world.Stop("a.service");
        world.RunSpawns();
        world.AdvanceSeconds(91);
        Assert.That(world.Outcome(request), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(
            r => r.Text == "ExecCheck= took longer than 90 s"));
    }

    [Test]
    public void A_stop_that_displaces_a_restart_asks_anew()
    {
        World world = Up();
        world.Request(RequestVerb.Restart, "a.service");
        world.RunSpawns();
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        Assert.That(world.State("a.service"), Is.EqualTo("reload"));
        world.ControlExits("a.service");
        Ends(world, 1);
        Assert.That(world.Outcome(stop), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void A_stop_that_waits_to_ask_goes_on_when_somebody_joins_it_who_wants_no_check()
    {
        World world = Up();
        world.Request(RequestVerb.Restart, "a.service");
        world.RunSpawns();
        world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        Assert.That(world.State("a.service"), Is.EqualTo("reload"));
        world.Request(RequestVerb.Stop, "a.service", more: r => r with { NoCheck = true });
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
    }

    [Test]
    public void A_stop_that_waits_to_ask_goes_on_when_only_the_manager_wants_it_any_longer()
    {
        var world = new World(
            Make.Service("base.service"),
            Service("a.service", "BindsTo=base.service After=base.service"));
        world.StartAndRun("a.service");
        world.Request(RequestVerb.Restart, "a.service");
        world.RunSpawns();
        world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        world.MainExits("base.service", 1);
        Assert.That(world.State("a.service"), Is.EqualTo("reload"), world.Dump());
        world.Request(RequestVerb.CancelTransaction, "",
            more: r => r with { Transaction = new TransactionId(3) });
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
    }

    [TestCase(false)]
    [TestCase(true)]
    public void What_has_to_stop_first_stops_before_a_service_that_was_asked_earlier(bool crash)
    {
        var world = new World(
            Service("a.service"), Make.Service("b.service", deps: "After=a.service"));
        world.StartAndRun("a.service b.service");
        world.Stop("a.service");
        world.RunSpawns();
        world.Stop("a.service b.service");
        if (crash)
            world.Crash();
        world.ControlExits("a.service");
        Assert.That(world.State("b.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        world.MainExits("b.service");
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
    }

    private static void Return(World world, bool crash)
    {
        if (crash)
            world.Crash();
        else
            world.Reexec();
    }

    private static void Ends(World world, int code = 0)
    {
        world.Spawned(world.TheSpawn(ExecRole.Check));
        world.ControlExits("a.service", code);
    }

    private static void RollbackAnswer(World world) => Transaction.RollbackTests.Answer(world);

    private static World Up()
    {
        var world = new World(Service("a.service"));
        world.StartAndRun("a.service");
        return world;
    }

    private static UnitDefinition Service(string name, string deps = "") => Make.Service(
        name, deps: deps, with: s => s with
        {
            ExecCheck = Make.Commands("/bin/check"),
            ExecReload = Make.Commands("/bin/reload"),
        });
}
