using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>Verb= of [X-InitTx]: what only this service can do.</summary>
internal sealed class VerbTests
{
    [Test]
    public void A_verb_runs_its_commands_one_after_the_other_while_the_service_is_up()
    {
        World world = Up();
        RequestId request = Do(world, "rotate");
        Effect.Spawn first = world.TheSpawn(ExecRole.Verb);
        Assert.That(first.CommandIndex, Is.EqualTo(1));
        Assert.That(first.Environment, Is.EquivalentTo(new[]
        {
            KeyValuePair.Create("MAINPID", "100"), KeyValuePair.Create("INITX_UNIT", "a.service"),
            KeyValuePair.Create("INITX_VERB", "rotate"), KeyValuePair.Create("INITX_JOB", "verb"),
            KeyValuePair.Create("INITX_TRANSACTION", "2"),
        }));
        Assert.That(world.State("a.service"), Is.EqualTo("reload"));
        Ends(world, ExecRole.Verb);
        Assert.That(world.Outcome(request), Is.Null);
        Assert.That(world.TheSpawn(ExecRole.Verb).CommandIndex, Is.EqualTo(2));
        Ends(world, ExecRole.Verb);
        Assert.That(world.Outcome(request), Is.EqualTo("committed"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.JobResults(), Has.Some.EqualTo("a.service verb done"));
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(
            r => r.Kind == RecordKind.Request && r.Text!.StartsWith("rotate: a.service")));
    }

    [Test]
    public void A_verb_that_fails_leaves_the_service_as_it_is()
    {
        World world = Up();
        RequestId request = Do(world, "rotate");
        Ends(world, ExecRole.Verb, 3);
        Assert.That(world.Outcome(request), Is.EqualTo("failed"));
        Assert.That(((EngineReply.Finished)world.Final(request)!).Messages.Single(),
            Does.StartWith("a.service: verb failed (rotate: exit-code)"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Result("a.service"), Is.EqualTo("success"));
    }

    [Test]
    public void A_verb_has_its_own_time()
    {
        World world = Up();
        RequestId request = Do(world, "dump");
        world.RunSpawns();
        world.AdvanceSeconds(199);
        Assert.That(world.State("a.service"), Is.EqualTo("reload"));
        world.AdvanceSeconds(2);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.Outcome(request), Is.EqualTo("failed"));
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(
            r => r.Text == "the verb dump took longer than 200 s"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_verb_goes_on_over_a_restart_of_the_manager(bool crash)
    {
        World world = Up();
        Do(world, "rotate");
        world.RunSpawns();
        if (crash)
            world.Crash();
        else
            world.Reexec();
        world.ControlExits("a.service");
        Assert.That(world.TheSpawn(ExecRole.Verb).CommandIndex, Is.EqualTo(2));
        Ends(world, ExecRole.Verb);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.JobResults(), Has.Some.EqualTo("a.service verb done"), world.Dump());
    }

    [TestCase("nothing", "a.service", ExitCode.Refused,
        "a.service has no verb 'nothing'; it has: dump, rotate")]
    [TestCase("rotate", "b.service", ExitCode.Refused,
        "b.service has no verb 'rotate'; it has no Verb= in [X-InitTx]")]
    [TestCase("dump", "c.service", ExitCode.NotActive,
        "c.service is inactive: only what is active has its verbs")]
    [TestCase("dump", "t.target", ExitCode.Refused,
        "t.target has no verb 'dump'; it has no Verb= in [X-InitTx]")]
    [TestCase("dump", "none.service", ExitCode.NoSuchUnit, "none.service: no such unit file")]
    public void What_is_no_verb_of_an_active_service_is_refused(
        string verb, string unit, ExitCode code, string message)
    {
        World world = Up();
        world.StartAndRun("b.service");
        world.Start("t.target");
        var refused = (EngineReply.Refused)world.Final(Do(world, verb, unit))!;
        Assert.That(refused.Code, Is.EqualTo(code));
        Assert.That(refused.Messages.Single(), Does.StartWith(message));
    }

    [TestCase(RequestVerb.Do)]
    [TestCase(RequestVerb.Reload)]
    [TestCase(RequestVerb.Restart)]
    [TestCase(RequestVerb.Stop)]
    public void While_a_verb_runs_others_are_refused_or_wait(RequestVerb other)
    {
        World world = Up();
        RequestId first = Do(world, "dump");
        world.RunSpawns();
        Func<ControlRequest, ControlRequest> more = r => r with { Action = "rotate" };
        RequestId refused = world.Request(other, "a.service", more: more);
        Assert.That(world.Outcome(refused), Is.EqualTo("refused"));
        Assert.That(((EngineReply.Refused)world.Final(refused)!).Messages.Single(),
            Does.Contain("would cancel job 2 (verb) of transaction 2"));
        RequestId queued = world.Request(other, "a.service", JobMode.Queue, more);
        Assert.That(world.Outcome(queued), Is.Null);
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        world.Crash();
        world.ControlExits("a.service");
        Assert.That(world.JobResults(), Has.Some.EqualTo("a.service verb done"));
        ExecRole role = other switch
        {
            RequestVerb.Do => ExecRole.Verb,
            RequestVerb.Reload => ExecRole.Reload,
            _ => ExecRole.Main,
        };
        if (role != ExecRole.Main)
            Assert.That(
                world.TheSpawn(role).CommandIndex, Is.EqualTo(other == RequestVerb.Do ? 1 : 0));
        else
            Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        Assert.That(first, Is.Not.EqualTo(queued));
    }

    [Test]
    public void A_start_finds_a_service_that_runs_a_verb_up()
    {
        World world = Up();
        Do(world, "dump");
        world.RunSpawns();
        Assert.That(world.Outcome(world.Start("a.service")), Is.EqualTo("committed"));
    }

    [Test]
    public void A_plan_says_what_a_verb_would_do_and_that_it_stays_done()
    {
        World world = Up();
        var planned = (EngineReply.Planned)world.Final(world.Request(
            RequestVerb.Do, "a.service", more: r => r with { Action = "dump", DryRun = true }))!;
        Assert.That(planned.Plan.Jobs.Single().Kind, Is.EqualTo(Job.JobKind.Verb));
        Assert.That(planned.Plan.Irreversible, Is.EqualTo(new[]
        {
            "a.service: what dump does is not undone",
        }));
        var other = (EngineReply.Planned)world.Final(world.Request(
            RequestVerb.Do, "a.service", more: r => r with { Action = "rotate", DryRun = true }))!;
        Assert.That(other.Plan.Hash, Is.Not.EqualTo(planned.Plan.Hash));
    }

    [Test]
    public void A_verb_whose_file_lost_it_meanwhile_ends_with_the_command_that_runs()
    {
        World world = Up();
        RequestId request = Do(world, "rotate");
        world.RunSpawns();
        world.Catalog.Add(Service("a.service", []));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        world.ControlExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.Outcome(request), Is.EqualTo("committed"));
    }

    [Test]
    public void Another_verb_that_comes_before_it_meanwhile_does_not_run_in_its_place()
    {
        World world = Up();
        RequestId request = Do(world, "dump");
        world.RunSpawns();
        world.Catalog.Add(Service("a.service",
        [
            new("clear", Make.Commands("/bin/one", "/bin/two", "/bin/three")),
            new("dump", Make.Commands("/bin/dump", "/bin/more")),
        ]));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        world.ControlExits("a.service");
        Assert.That(world.Effects.OfType<Effect.Spawn>(), Is.Empty, world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Outcome(request), Is.EqualTo("committed"));
    }

    private static RequestId Do(World world, string verb, string unit = "a.service") =>
        world.Request(RequestVerb.Do, unit, more: r => r with { Action = verb });

    private static void Ends(World world, ExecRole role, int code = 0)
    {
        world.Spawned(world.TheSpawn(role));
        world.ControlExits("a.service", code);
    }

    private static World Up()
    {
        ServiceVerb[] verbs =
        [
            new("dump", Make.Commands("/bin/dump")),
            new("rotate", Make.Commands("/bin/one", "/bin/two")),
        ];
        var world = new World(
            Service("a.service", verbs), Make.Service("b.service"), Service("c.service", verbs),
            Make.Target("t.target"));
        world.StartAndRun("a.service");
        return world;
    }

    private static UnitDefinition Service(string name, ServiceVerb[] verbs) => Make.Service(
        name, with: s => s with
        {
            Verbs = verbs,
            TimeoutVerbUs = 200_000_000,
            ExecReload = Make.Commands("/bin/reload"),
        });
}
