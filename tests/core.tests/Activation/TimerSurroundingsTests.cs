using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

/// <summary>Timers and what is around them: their unit, stamps, restarts of the manager.</summary>
internal sealed class TimerSurroundingsTests
{
    private const long Second = 1_000_000;

    [Test]
    public void A_persistent_timer_that_was_missed_elapses_at_once_and_keeps_its_stamp()
    {
        World world = Made("Calendar=daily_UTC", t => t with { Persistent = true });
        world.Start("a.timer");
        Assert.That(world.State("a.timer"), Is.EqualTo("condition"));
        Assert.That(world.Effects.OfType<Effect.Prepare>(), Has.One.Items);
        long stamp = world.RealtimeUs - (90_000 * Second);
        world.Send(new EngineEvent.ZonesRead(world["a.timer"].Id, stamp, [], null));
        world.Prepared("a.timer");
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.Effects, Has.Member(
            new Effect.WriteStamp(world["a.timer"].Id, world.RealtimeUs)));
        Assert.That(
            Engine.TimesOf(world["a.timer"], new Instant(world.NowUs, world.RealtimeUs)).LastUs,
            Is.EqualTo(world.RealtimeUs));
    }

    [Test]
    public void A_stamp_from_the_future_or_none_is_as_if_the_timer_had_never_run()
    {
        foreach (long ahead in (long[])[0, 5_000 * Second])
        {
            World world = Made("Calendar=daily_UTC", t => t with { Persistent = true });
            world.Start("a.timer");
            long stamp = ahead == 0 ? 0 : world.RealtimeUs + ahead;
            world.Send(new EngineEvent.ZonesRead(world["a.timer"].Id, stamp, [], null));
            world.Prepared("a.timer");
            Assert.That(world.State("a.timer"), Is.EqualTo("waiting"));
        }
    }

    [Test]
    public void A_stamp_that_may_have_been_lost_in_a_crash_is_written_again()
    {
        World world = Made("Calendar=*:*:00_UTC", t => t with { Persistent = true });
        world.Start("a.timer");
        world.Prepared("a.timer");
        world.AdvanceSeconds(39);
        long at = world.RealtimeUs;
        world.AdvanceSeconds(1);
        world.Crash();
        Assert.That(
            world.Effects, Has.Member(new Effect.WriteStamp(world["a.timer"].Id, at)));
    }

    [Test]
    public void Local_time_counts_in_the_zone_that_the_helper_read()
    {
        World world = Made("Calendar=*-*-*_00:00:00");
        world.Start("a.timer");
        Assert.That(world.State("a.timer"), Is.EqualTo("condition"));
        world.Send(Zones(("", 3_600)));
        world.Prepared("a.timer");

        // 22:13:21 UTC is 23:13:21 there.
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(2_800 * Second), world.Dump());
        world.Crash();
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(2_800 * Second));
        world.Send(Zones(("", 0)));
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(6_400 * Second));
    }

    [Test]
    public void A_unit_that_is_up_already_is_left_alone_and_one_that_cannot_start_fails_the_timer()
    {
        World world = Started("Active=5");
        world.StartAndRun("a.service");
        world.AdvanceSeconds(5);
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.PendingSpawns, Is.Empty);

        world = Started("Active=5");
        world.Catalog.Add(Make.Service("a.service") with { LoadState = UnitLoadState.Masked });
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        world.AdvanceSeconds(5);
        Assert.That(world.State("a.timer"), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.Result("a.timer"), Is.EqualTo("resources"));
        world.Request(RequestVerb.ResetFailed, "a.timer");
        Assert.That(world.State("a.timer"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_start_that_comes_to_nothing_lets_the_timer_wait_again()
    {
        World world = Started("Calendar=*:*:00_UTC");
        world.AdvanceSeconds(39);
        Assert.That(world.State("a.timer"), Is.EqualTo("running"));
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        world.AdvanceSeconds(1);
        world.Send(new EngineEvent.SpawnFailed(spawn.Token, ProcessExists: false, "clone3", 11));
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.State("a.timer"), Is.EqualTo("waiting"), world.Dump());
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_crash_and_a_re_exec_change_nothing_of_a_timer(bool crash)
    {
        World world = Started("Calendar=*:*:00_UTC UnitActive=3000");
        void Restart()
        {
            if (crash)
                world.Crash();
            else
                world.Reexec();
        }

        Restart();
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(40 * Second), world.Dump());
        world.AdvanceSeconds(39);
        world.RunSpawns();
        Restart();
        Assert.That(world.State("a.timer"), Is.EqualTo("running"));
        world.AdvanceSeconds(1);
        world.MainExits("a.service");
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(100 * Second), world.Dump());
    }

    [Test]
    public void New_files_of_a_waiting_timer_count_from_when_they_are_read()
    {
        World world = Started("Calendar=*:*:00_UTC");
        world.Catalog.Add(Make.Timer("a.timer", "Calendar=*:*:30_UTC") with
        {
            ContentDigest = "other",
        });
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(10 * Second), world.Dump());
    }

    [Test]
    public void A_span_of_nothing_over_a_unit_at_its_start_limit_is_no_busy_loop()
    {
        World world = Started("Active=1 UnitInactive=0");
        world.Catalog.Add(Make.Service("a.service", unit: u => u with { StartLimitBurst = 1 }));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        world.AdvanceSeconds(1);
        world.RunSpawns();
        world.MainExits("a.service");
        for (int i = 0; i < 5; i++)
        {
            long next = world.Engine.NextDeadlineUs;
            Assert.That(next, Is.GreaterThan(world.NowUs), world.Dump());
            world.Advance(next - world.NowUs);
        }

        Assert.That(world.Result("a.service"), Is.EqualTo("start-limit-hit"), world.Dump());
        Assert.That(world.NowUs, Is.GreaterThan(4 * Second));
    }

    [Test]
    public void A_shutdown_stops_timers_and_one_that_is_due_meanwhile_starts_nothing()
    {
        World world = Started("Active=5");
        world.Catalog.Add(Make.Service("slow.service"));
        world.StartAndRun("slow.service");
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.State("a.timer"), Is.EqualTo("dead"), world.Dump());
        world.AdvanceSeconds(6);
        Assert.That(world.PendingSpawns, Is.Empty);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_restart_does_not_elapse_on_the_way_down()
    {
        World world = Started("Active=5");
        world.Request(RequestVerb.Restart, "a.timer");
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(6 * Second), world.Dump());
        Assert.That(world.Path("a.timer"), Is.EqualTo("dead waiting dead waiting"));
    }

    private static EngineEvent.ZonesRead Zones(params (string Name, int Seconds)[] zones) => new(
        new UnitId(-1), 0,
        [.. zones.Select(z => KeyValuePair.Create(
            z.Name, new TimeZoneTable { FirstOffsetUs = z.Seconds * Second }))],
        null);

    private static World Made(
        string on, Func<TimerSettings, TimerSettings>? with = null, string name = "a") =>
        new(Make.Timer($"{name}.timer", on, with), Make.Service($"{name}.service"));

    private static World Started(string on, Func<TimerSettings, TimerSettings>? with = null)
    {
        World world = Made(on, with);
        world.Start("a.timer");
        return world;
    }
}
