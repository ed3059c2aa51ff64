using InitTx.Core.Activation;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

internal sealed class TimerTests
{
    private const long Second = 1_000_000;

    [Test]
    public void A_span_after_the_start_elapses_once_and_leaves_the_timer_elapsed()
    {
        World world = Started("Active=10");
        Assert.That(world.State("a.timer"), Is.EqualTo("waiting"));
        world.AdvanceSeconds(9);
        Assert.That(world.State("a.timer"), Is.EqualTo("waiting"));
        world.AdvanceSeconds(1);
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("a.timer"), Is.EqualTo("running"));
        world.AdvanceSeconds(1);
        world.MainExits("a.service");
        Assert.That(world.Path("a.timer"), Is.EqualTo("dead waiting running elapsed"));
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void What_a_timer_does_names_the_timer_as_its_cause()
    {
        World world = Started("Active=1");
        world.AdvanceSeconds(1);
        JournalRecord row = world.Records.Single(
            r => r is { Kind: RecordKind.Transition, Unit: "a.timer", To: "running" });
        Assert.That(row.Cause, Is.EqualTo(CauseKind.Timer));
        Assert.That(row.Text, Does.Contain("time span"));
        JournalRecord begun = world.Records.First(r => r.Kind == RecordKind.Transaction);
        Assert.That(
            world.Records.Where(r => r.Kind == RecordKind.Transaction).Last().Cause,
            Is.EqualTo(CauseKind.Timer), world.Dump());
        Assert.That(begun.Cause, Is.EqualTo(CauseKind.Request));
    }

    [Test]
    public void Without_RemainAfterElapse_a_timer_with_nothing_to_come_goes_down()
    {
        World world = Started("Active=1", t => t with { RemainAfterElapse = false });
        world.AdvanceSeconds(1);
        world.RunSpawns();
        world.AdvanceSeconds(1);
        world.MainExits("a.service");
        Assert.That(world.State("a.timer"), Is.EqualTo("dead"));
    }

    [TestCase("Active=5 UnitActive=20", 25, TestName = "from the unit's start")]
    [TestCase("Active=5 UnitInactive=20", 28, TestName = "from the unit's end")]
    public void Spans_of_the_unit_repeat(string on, int second)
    {
        World world = Started(on);
        world.AdvanceSeconds(5);
        world.RunSpawns();
        world.AdvanceSeconds(3);
        world.MainExits("a.service");
        Assert.That(world.State("a.timer"), Is.EqualTo("waiting"), world.Dump());
        Assert.That(
            world.Engine.NextDeadlineUs, Is.EqualTo(Second + (second * Second)), world.Dump());
        world.AdvanceSeconds(second - 8);
        Assert.That(world.State("a.timer"), Is.EqualTo("running"));
    }

    [Test]
    public void A_span_from_boot_that_is_over_elapses_at_once_but_not_after_a_restart_of_the_timer()
    {
        World world = Made("Boot=0.5");
        world.Send(EngineEvent.Tick.Instance);
        world.StartAndRun("a.timer");
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
        world.AdvanceSeconds(1);
        world.MainExits("a.service");
        Assert.That(world.State("a.timer"), Is.EqualTo("elapsed"), world.Dump());
        world.Stop("a.timer");
        world.Start("a.timer");
        Assert.That(world.State("a.timer"), Is.EqualTo("elapsed"), world.Dump());
    }

    [Test]
    public void In_a_container_boot_is_when_the_manager_began()
    {
        World world = Made("Boot=10");
        world.Send(new EngineEvent.MachineKnown(new MachineFacts { IsContainer = true }));
        world.Start("a.timer");
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(11 * Second));
        World machine = Started("Boot=10");
        Assert.That(machine.Engine.NextDeadlineUs, Is.EqualTo(10 * Second));
    }

    [Test]
    public void A_calendar_event_comes_at_its_time_and_again()
    {
        // 1,700,000,001 s is 22:13:21 UTC.
        World world = Started("Calendar=*:*:00_UTC");
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(40 * Second));
        world.AdvanceSeconds(39);
        world.RunSpawns();
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
        world.AdvanceSeconds(1);
        world.MainExits("a.service");
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(100 * Second));
    }

    [Test]
    public void A_clock_that_is_set_moves_calendar_events_and_leaves_spans_alone()
    {
        World world = Started("Calendar=*:*:00_UTC Active=300");
        world.ClockOffsetUs += 10 * Second;
        world.Send(EngineEvent.ClockChanged.Instance);
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(30 * Second));
        world.ClockOffsetUs -= 3_600 * Second;
        world.Send(EngineEvent.ClockChanged.Instance);
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(30 * Second), world.Dump());
        Assert.That(world.State("a.timer"), Is.EqualTo("waiting"));
        World span = Started("Active=300");
        span.ClockOffsetUs -= 3_600 * Second;
        span.Send(EngineEvent.ClockChanged.Instance);
        Assert.That(span.Engine.NextDeadlineUs, Is.EqualTo(301 * Second), span.Dump());
    }

    [Test]
    public void A_timer_that_elapsed_in_what_is_now_the_future_elapses_again()
    {
        World world = Started("Calendar=*:*:00_UTC");
        world.AdvanceSeconds(39);
        world.RunSpawns();
        world.AdvanceSeconds(1);
        world.MainExits("a.service");
        world.ClockOffsetUs -= 3_600 * Second;
        world.Send(EngineEvent.ClockChanged.Instance);
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(100 * Second), world.Dump());
    }

    [Test]
    public void A_clock_that_is_set_back_while_the_unit_runs_costs_no_calendar_event()
    {
        World world = Started("Calendar=*:*:00_UTC", t => t with { AccuracyUs = 20 * Second });
        world.AdvanceSeconds(60);
        world.RunSpawns();
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
        world.ClockOffsetUs -= 3_600 * Second;
        world.Send(EngineEvent.ClockChanged.Instance);
        world.AdvanceSeconds(1);
        world.MainExits("a.service");
        long due = world.Engine.NextDeadlineUs;

        // Between the event and the end of what AccuracySec= allows, somebody runs the unit.
        world.Advance(due - world.NowUs - Second);
        world.StartAndRun("a.service");
        world.MainExits("a.service");
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(due), world.Dump());

        // One that comes while the unit runs is made up for.
        world.AdvanceSeconds(1);
        world.RunSpawns();
        world.ClockOffsetUs -= 3_600 * Second;
        world.Send(EngineEvent.ClockChanged.Instance);
        world.AdvanceSeconds(120);
        world.MainExits("a.service");
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.PendingSpawns, Is.Not.Empty);
    }

    [Test]
    public void A_clock_that_is_set_back_behind_the_timers_start_delays_no_calendar_event()
    {
        World world = Started("Calendar=*:*:00_UTC");
        world.ClockOffsetUs -= 1_000_000 * Second;
        world.Send(EngineEvent.ClockChanged.Instance);
        long due = world.Engine.NextDeadlineUs;
        Assert.That(due, Is.LessThan(62 * Second), world.Dump());

        // Nor does a look at the files in the instant at which it is overdue lose it.
        world.SleepSeconds(120, wakes: false);
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
    }

    [Test]
    public void A_restart_of_timer_and_unit_counts_from_the_new_start_of_the_unit()
    {
        World world = Started("Active=300 UnitActive=10");
        world.StartAndRun("a.service");
        world.AdvanceSeconds(8);
        world.Request(RequestVerb.Restart, "a.timer a.service");
        world.AdvanceSeconds(1);
        world.MainExits("a.service", empty: true);
        Assert.That(world.State("a.timer"), Is.EqualTo("waiting"), world.Dump());
        world.RunSpawns();
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(20 * Second), world.Dump());
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    public void OnClockChange_and_OnTimezoneChange_elapse_by_that(bool clock, bool zone)
    {
        World world = Made("", t => t with { OnClockChange = clock, OnTimezoneChange = zone });
        world.Send(Zones(("", 0)));
        world.Start("a.timer");
        Assert.That(world.State("a.timer"), Is.EqualTo("waiting"), world.Dump());
        world.Send(clock ? EngineEvent.ClockChanged.Instance : Zones(("", 3_600)));
        Assert.That(world.State("a.timer"), Is.EqualTo("running"), world.Dump());
    }

    [Test]
    public void Sleep_does_not_count_for_spans_and_does_for_calendar_events()
    {
        World spans = Started("Active=100");
        spans.SleepSeconds(1_000);
        Assert.That(spans.Engine.NextDeadlineUs, Is.EqualTo(1_101 * Second));
        World calendar = Started("Calendar=*:*:00_UTC");
        calendar.SleepSeconds(30);
        Assert.That(calendar.Engine.NextDeadlineUs, Is.EqualTo(40 * Second), calendar.Dump());
        calendar.SleepSeconds(3_600);
        Assert.That(calendar.State("a.timer"), Is.EqualTo("running"));
    }

    [Test]
    public void WakeSystem_counts_sleep_and_asks_to_be_woken()
    {
        World world = Started("Active=100", t => t with { WakeSystem = true });
        Assert.That(world.Engine.NextWakeUs, Is.EqualTo(101 * Second));
        world.SleepSeconds(50);
        Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(101 * Second), world.Dump());
        world.SleepSeconds(50);
        Assert.That(world.State("a.timer"), Is.EqualTo("running"));
        Assert.That(world.Engine.NextWakeUs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void AccuracySec_lets_timers_elapse_together_and_never_late_beyond_it()
    {
        World world = Made("Active=100", t => t with { AccuracyUs = 60 * Second });
        world.Catalog.Add(Make.Timer(
            "b.timer", "Active=101", t => t with { AccuracyUs = 60 * Second }));
        world.Catalog.Add(Make.Service("b.service"));
        world.Start("a.timer");
        world.Start("b.timer");
        Assert.That(world["a.timer"].DeadlineUs, Is.EqualTo(world["b.timer"].DeadlineUs)
            .And.InRange(102 * Second, 161 * Second));
    }

    [Test]
    public void A_thousand_timers_of_one_hour_wake_the_manager_once()
    {
        var world = new World();
        for (int i = 0; i < 1_000; i++)
        {
            world.Catalog.Add(Make.Timer(
                $"t{i}.timer", "Active=3600", t => t with { AccuracyUs = 60 * Second }));
            world.Catalog.Add(Make.Service($"t{i}.service", ServiceType.Oneshot));
            world.Start($"t{i}.timer");
        }

        int wakes = 0;
        while (world.Engine.NextDeadlineUs < 4_000 * Second)
        {
            world.Advance(world.Engine.NextDeadlineUs - world.NowUs);
            wakes++;
        }

        Assert.That(wakes, Is.EqualTo(1));
        Assert.That(world.PendingSpawns, Has.Count.EqualTo(1_000));
    }

    [Test]
    public void A_fixed_delay_is_the_one_that_systemd_draws()
    {
        // Asked of systemd 252 as PID 1 of a system with this machine-id: 07:04:09 after midnight.
        World world = Made("Active=0", t => t with
        {
            RandomizedDelayUs = 12 * 3_600 * Second,
            FixedRandomDelay = true,
        }, "fix");
        byte[] id = Convert.FromHexString("0123456789abcdef0123456789abcdef");
        world.Send(new EngineEvent.MachineKnown(new MachineFacts { MachineId = id }));
        world.Start("fix.timer");
        long delay = world.Engine.NextDeadlineUs - Second;
        Assert.That(delay / Second, Is.EqualTo((7 * 3_600) + (4 * 60) + 9));
    }

    [Test]
    public void A_fixed_delay_is_the_same_on_every_start_of_the_timer()
    {
        World world = Made("Active=0", t => t with
        {
            RandomizedDelayUs = 3_600 * Second,
            FixedRandomDelay = true,
        });
        byte[] id = Convert.FromHexString("0123456789abcdef0123456789abcdef");
        world.Send(new EngineEvent.MachineKnown(new MachineFacts { MachineId = id }));
        world.Start("a.timer");
        long first = world.Engine.NextDeadlineUs;
        world.Stop("a.timer");
        world.AdvanceSeconds(5);
        world.Start("a.timer");
        Assert.That(world.Engine.NextDeadlineUs - first, Is.EqualTo(5 * Second));
        Assert.That(first - Second, Is.InRange(0, 3_600 * Second));
    }

    [Test]
    public void SipHash_is_the_published_one()
    {
        byte[] key = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        byte[] data = [.. Enumerable.Range(0, 15).Select(i => (byte)i)];
        Assert.That(SipHash.Of(key, data), Is.EqualTo(0xa129ca6149be45e5));
        Assert.That(SipHash.Of(key, []), Is.EqualTo(0x726fdb47dd0e0e31));
        Assert.That(SipHash.Of(key, data.AsSpan(0, 8)), Is.EqualTo(0x93f5f5799a932462));
    }

    [Test]
    public void A_delay_is_another_on_another_boot_and_the_same_when_asked_again()
    {
        long Delay(byte boot)
        {
            World world = Made("Active=10", t => t with { RandomizedDelayUs = 600 * Second });
            world.Send(new EngineEvent.MachineKnown(
                new MachineFacts { BootId = [.. Enumerable.Repeat(boot, 16)] }));
            world.Start("a.timer");
            long due = world.Engine.NextDeadlineUs;
            world.Crash();
            Assert.That(world.Engine.NextDeadlineUs, Is.EqualTo(due), world.Dump());
            return due;
        }

        Assert.That(Delay(1), Is.Not.EqualTo(Delay(2)));
        Assert.That(Delay(3), Is.EqualTo(Delay(3)).And.InRange(11 * Second, 611 * Second));
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
