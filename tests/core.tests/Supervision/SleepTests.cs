using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>Suspend to RAM: CLOCK_BOOTTIME goes on, no process does.</summary>
internal sealed class SleepTests
{
    private const double Hour = 3600;

    [Test]
    public void A_watchdog_counts_only_time_awake()
    {
        World world = Watched();
        world.AdvanceSeconds(6);
        world.SleepSeconds(Hour);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        world.AdvanceSeconds(3.9);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        world.AdvanceSeconds(0.2);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-watchdog"));
    }

    [Test]
    public void Whatever_is_heard_first_after_waking_up_the_sleep_is_counted_once()
    {
        World world = Watched();
        world.SleepSeconds(Hour, wakes: false);
        world.Notify("a.service", new NotifyMessage { Status = "awake" });
        world.AdvanceSeconds(9.9);
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        world.AdvanceSeconds(0.2);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-watchdog"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_sleep_is_counted_once_over_a_crash(bool crashesAsleep)
    {
        World world = Started(s => s with { Restart = RestartMode.Always, RestartUs = 30_000_000 });
        world.MainExits("a.service");
        world.AdvanceSeconds(10);
        world.SleepSeconds(Hour, wakes: !crashesAsleep);
        world.Crash();
        world.AdvanceSeconds(19.9);
        Assert.That(world.State("a.service"), Is.EqualTo("auto-restart"), world.Dump());
        world.AdvanceSeconds(0.2);
        Assert.That(world.State("a.service"), Is.EqualTo("start"), world.Dump());
    }

    [Test]
    public void Time_outs_of_states_jobs_and_requests_count_only_time_awake()
    {
        var world = new World(
            Make.Service("a.service", ServiceType.Notify, with: s => s with
            {
                TimeoutStartUs = 20_000_000,
            }),
            Make.Service("b.service", ServiceType.Notify, deps: "After=a.service", unit: u => u with
            {
                JobTimeoutUs = 15_000_000,
            }));
        RequestId request = world.Request(RequestVerb.Start, "a.service b.service", JobMode.Fail,
            r => r with { TimeoutUs = 18_000_000, NoRollback = true });
        world.RunSpawns();
        world.SleepSeconds(Hour);
        world.AdvanceSeconds(14);
        Assert.That(world.JobResults(), Is.Empty, world.Dump());
        world.AdvanceSeconds(2);
        Assert.That(world.JobResults(), Is.EqualTo(new[] { "b.service start timeout" }));
        world.AdvanceSeconds(3);
        Assert.That(world.Outcome(request), Is.EqualTo("timedOut"));
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
        world.AdvanceSeconds(2);
        Assert.That(world.Result("a.service"), Is.EqualTo("timeout"));
    }

    [Test]
    public void A_request_in_the_queue_waits_as_long_awake_as_it_said()
    {
        var world = new World(
            Make.Service("a.service", ServiceType.Notify, deps: "Conflicts=b.service"),
            Make.Service("b.service"));
        world.StartAndRun("a.service");
        RequestId waits = world.Request(RequestVerb.Start, "b.service", JobMode.Queue,
            r => r with { TimeoutUs = 30_000_000 });
        world.SleepSeconds(Hour);
        world.AdvanceSeconds(29);
        Assert.That(world.Final(waits), Is.Null, world.Dump());
        world.AdvanceSeconds(2);
        Assert.That(world.Final(waits), Is.Not.Null);
    }

    [Test]
    public void A_difference_between_two_clocks_that_no_sleep_makes_moves_nothing()
    {
        World world = Watched();
        for (int i = 0; i < 50; i++)
            world.SleepSeconds(0.001);
        Assert.That(world.Records.Any(r => r.Kind == RecordKind.Config), Is.False);
    }

    private static World Watched()
    {
        World world = Started(s => s with { WatchdogUs = 10_000_000 });
        return world;
    }

    private static World Started(Func<ServiceSettings, ServiceSettings> with)
    {
        var world = new World(Make.Service("a.service", with: with));
        world.StartAndRun("a.service");
        return world;
    }
}
