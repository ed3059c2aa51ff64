using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>Type=dbus: up while the name is owned (systemd.service(5), BusName=).</summary>
internal sealed class BusNameTests
{
    [Test]
    public void The_name_is_watched_before_the_process_is_made_and_ends_the_start()
    {
        World world = Started();
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
        Owned(world, true);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.JobResults(), Does.Contain("a.service start done"));
    }

    [Test]
    public void The_watch_stands_before_the_spawn()
    {
        var world = new World(Service());
        world.Start("a.service");
        List<Type> kinds = [.. world.Effects.Select(e => e.GetType())];
        Assert.That(kinds.IndexOf(typeof(Effect.WatchBusName)),
            Is.InRange(0, kinds.IndexOf(typeof(Effect.Spawn)) - 1), world.Dump());
    }

    [Test]
    public void A_name_that_never_comes_is_a_timeout()
    {
        World world = Started();
        world.AdvanceSeconds(91);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(world.Result("a.service"), Is.EqualTo("timeout"));
    }

    [Test]
    public void Losing_the_name_stops_the_service_as_a_clean_end()
    {
        World world = Started(v => v with { ExecStop = Make.Commands("/bin/bye") });
        Owned(world, true);
        Owned(world, false);
        Assert.That(world.State("a.service"), Is.EqualTo("stop"), world.Dump());
        Assert.That(world.Result("a.service"), Is.EqualTo("success"));
    }

    [TestCase(RestartMode.Always, "auto-restart")]
    [TestCase(RestartMode.OnSuccess, "auto-restart")]
    [TestCase(RestartMode.OnFailure, "dead")]
    public void A_lost_name_restarts_as_success_does(RestartMode mode, string state)
    {
        World world = Started(v => v with { Restart = mode });
        Owned(world, true);
        Owned(world, false);
        world.MainExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo(state), world.Dump());
    }

    [Test]
    public void A_name_lost_in_start_post_stops_the_service_after_it()
    {
        World world = Started(v => v with { ExecStartPost = Make.Commands("/bin/post") });
        Owned(world, true);
        world.RunSpawns();
        Owned(world, false);
        Assert.That(world.State("a.service"), Is.EqualTo("start-post"));
        world.ControlExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
    }

    [Test]
    public void A_clean_end_before_the_name_is_there_runs_no_start_post()
    {
        World world = Started(v => v with { ExecStartPost = Make.Commands("/bin/post") });
        world.MainExits("a.service");
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start dead"), world.Dump());
    }

    [Test]
    public void A_service_that_is_down_is_not_watched()
    {
        World world = Started();
        Owned(world, true);
        world.Stop("a.service");
        world.MainExits("a.service");
        Assert.That(world.Effects.OfType<Effect.WatchBusName>().Single().Enable, Is.False);
        Owned(world, true);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void The_owner_of_an_earlier_run_starts_nothing()
    {
        World world = Started(v => v with { Restart = RestartMode.Always });
        Owned(world, true);
        world.MainExits("a.service", 1);
        world.AdvanceSeconds(1);
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
        Owned(world, true);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void After_a_re_exec_or_crash_the_name_is_watched_again(bool planned)
    {
        World world = Started();
        Owned(world, true);
        if (planned)
            world.Reexec();
        else
            world.Crash();
        Assert.That(world.Effects.OfType<Effect.WatchBusName>().Single().Enable);
        Assert.That(world["a.service"].OwnsBusName);
        Owned(world, false);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
    }

    [Test]
    public void A_reload_that_gives_another_name_watches_that()
    {
        World world = Started();
        Owned(world, true);
        world.Catalog.Add(Service(v => v with { BusName = "org.other" }) with
        {
            ContentDigest = "new",
        });
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        Assert.That(world.Effects.OfType<Effect.WatchBusName>().Single().Enable);
    }

    private static UnitDefinition Service(Func<ServiceSettings, ServiceSettings>? with = null) =>
        Make.Service("a.service", ServiceType.Dbus, with: v =>
        {
            v = v with { BusName = "org.example.A" };
            return with is null ? v : with(v);
        });

    private static World Started(Func<ServiceSettings, ServiceSettings>? with = null)
    {
        var world = new World(Service(with));
        world.StartAndRun("a.service");
        return world;
    }

    private static void Owned(World world, bool owned) =>
        world.Send(new EngineEvent.BusNameChanged(world["a.service"].Id, owned));
}
