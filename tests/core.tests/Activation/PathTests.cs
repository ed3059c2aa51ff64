using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

internal sealed class PathTests
{
    [Test]
    public void A_path_that_exists_starts_the_unit_and_is_looked_at_again_when_that_has_ended()
    {
        World world = Started(PathWatchKind.Exists);
        Assert.That(Asked(world).Look, Is.EqualTo(PathLook.First));
        Seen(world, 1);
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("a.path"), Is.EqualTo("running"));
        JournalRecord row = world.Records.Single(
            r => r is { Kind: RecordKind.Transition, Unit: "a.path", To: "running" });
        Assert.That(row.Cause, Is.EqualTo(CauseKind.Path));
        Assert.That(row.Text, Is.EqualTo("PathExists=/x"));
        world.MainExits("a.service");
        Assert.That(world.Path("a.path"), Is.EqualTo("dead waiting running waiting"));
        Seen(world, 0);
        Assert.That(world.State("a.path"), Is.EqualTo("waiting"));
    }

    [Test]
    public void What_leads_to_a_path_is_a_reason_to_look_and_a_change_itself_starts_the_unit()
    {
        World world = Started(PathWatchKind.Changed);
        Seen(world, 5);
        Assert.That(world.State("a.path"), Is.EqualTo("waiting"), "what is there is no change");
        world.Send(new EngineEvent.PathStirred(world["a.path"].Id, -1));
        Assert.That(Asked(world).Look, Is.EqualTo(PathLook.Again));
        Seen(world, 6);
        Assert.That(world.State("a.path"), Is.EqualTo("waiting"), "it existed before as well");
        world.Send(new EngineEvent.PathStirred(world["a.path"].Id, 0));
        Assert.That(world.State("a.path"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.Effects, Has.Member(new Effect.UnwatchPaths(world["a.path"].Id)));
    }

    [Test]
    public void A_watched_path_that_comes_or_goes_was_changed()
    {
        foreach ((long before, long after) in ((long, long)[])[(0, 7), (7, 0)])
        {
            World world = Started(PathWatchKind.Modified);
            Seen(world, before);
            world.Send(new EngineEvent.PathStirred(world["a.path"].Id, -1));
            Seen(world, after);
            Assert.That(world.State("a.path"), Is.EqualTo("running"), world.Dump());
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void What_changed_while_no_manager_ran_is_seen_when_it_comes_back(bool crash)
    {
        foreach (long now in (long[])[7, 8])
        {
            World world = Started(PathWatchKind.Changed);
            Seen(world, 7);
            if (crash)
                world.Crash();
            else
                world.Reexec();
            Assert.That(Asked(world).Look, Is.EqualTo(PathLook.Resumed));
            Seen(world, now);
            Assert.That(
                world.State("a.path"), Is.EqualTo(now == 7 ? "waiting" : "running"), world.Dump());
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void What_changed_while_the_unit_ran_is_no_reason_for_the_next_manager_either(bool crash)
    {
        World world = Started(PathWatchKind.Changed);
        Seen(world, 7);
        world.Send(new EngineEvent.PathStirred(world["a.path"].Id, 0));
        world.RunSpawns();
        world.MainExits("a.service");
        Assert.That(Asked(world).Look, Is.EqualTo(PathLook.First));
        if (crash)
            world.Crash();
        else
            world.Reexec();
        Assert.That(Asked(world).Look, Is.EqualTo(PathLook.First));
        Seen(world, 8);
        Assert.That(world.State("a.path"), Is.EqualTo("waiting"), world.Dump());
    }

    [Test]
    public void An_answer_to_a_question_of_before_is_no_answer()
    {
        World world = Started(PathWatchKind.Exists);
        Effect.WatchPaths first = Asked(world);
        world.Stop("a.path");
        world.Start("a.path");
        world.Send(new EngineEvent.PathsSeen(
            first.Token, first.Unit, PathLook.First, [1], null));
        Assert.That(world.State("a.path"), Is.EqualTo("waiting"));
    }

    [Test]
    public void A_look_in_vain_is_said_and_tried_again()
    {
        World world = Started(PathWatchKind.Exists);
        Effect.WatchPaths first = Asked(world);
        world.Send(new EngineEvent.PathsSeen(
            first.Token, first.Unit, PathLook.First, [], "the prepare helper did not answer"));
        Assert.That(world["a.path"].StatusText, Does.Contain("did not answer"));
        world.AdvanceSeconds(10);
        Assert.That(Asked(world).Token, Is.Not.EqualTo(first.Token));
        Seen(world, 1);
        Assert.That(world.State("a.path"), Is.EqualTo("running"));
        Assert.That(world["a.path"].StatusText, Is.Null);
    }

    [Test]
    public void Too_many_triggers_and_a_unit_at_its_start_limit_fail_the_path()
    {
        World world = Started(PathWatchKind.Exists, p => p with { TriggerLimitBurst = 2 });
        for (int i = 0; i < 3; i++)
        {
            Seen(world, 1);
            world.RunSpawns();
            if (world.State("a.service") == "running")
                world.MainExits("a.service");
        }

        Assert.That(world.Result("a.path"), Is.EqualTo("trigger-limit-hit"), world.Dump());
        world = Started(PathWatchKind.Exists);
        for (int i = 0; i < 6; i++)
        {
            Seen(world, 1);
            world.RunSpawns();
            if (world.State("a.service") == "running")
                world.MainExits("a.service");
        }

        Assert.That(world.Result("a.path"), Is.EqualTo("unit-start-limit-hit"), world.Dump());
    }

    [Test]
    public void A_unit_that_is_started_by_hand_takes_the_path_along()
    {
        World world = Started(PathWatchKind.Exists);
        Seen(world, 0);
        world.StartAndRun("a.service");
        Assert.That(world.State("a.path"), Is.EqualTo("running"), world.Dump());
        world.Stop("a.path");
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        world.Start("a.path");
        Assert.That(world.State("a.path"), Is.EqualTo("running"));
    }

    private static Effect.WatchPaths Asked(World world) =>
        world.Effects.OfType<Effect.WatchPaths>().Single();

    // The answer to the last question.
    private static void Seen(World world, params long[] stamps)
    {
        UnitRuntime path = world["a.path"];
        PathLook look = world.Effects.OfType<Effect.WatchPaths>().LastOrDefault()?.Look
            ?? PathLook.Again;
        world.Send(new EngineEvent.PathsSeen(path.PrepareToken, path.Id, look, stamps, null));
    }

    private static World Started(
        PathWatchKind kind, Func<PathSettings, PathSettings>? with = null)
    {
        var settings = new PathSettings
        {
            Watches = [new PathWatch(kind, "/x", new SourceLocation("/etc/a.path", 2))],
            Unit = UnitName.Parse("a.service"),
        };
        var world = new World(
            Make.Unit("a.path", "Triggers=a.service") with
            {
                Path = with is null ? settings : with(settings),
            },
            Make.Service("a.service"));
        world.Start("a.path");
        return world;
    }
}
