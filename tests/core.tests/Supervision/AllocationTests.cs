using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>
/// I19: what a quiet system goes on doing for months allocates nothing on the managed heap. Counted
/// on this thread over a million events in all; warm code, because the first calls make caches.
/// </summary>
[NonParallelizable]
internal sealed class AllocationTests
{
    private const int Events = 250_000;
    private const int Warm = 2_000;

    [Test]
    public void A_tick_without_anything_due_allocates_nothing() =>
        Assert.That(Allocated(Running(), _ => EngineEvent.Tick.Instance, 1_000), Is.Zero);

    [Test]
    public void A_watchdog_ping_allocates_nothing()
    {
        World world = Running();
        var ping = new EngineEvent.Notified(world["s7.service"].Id,
            world["s7.service"].MainProcess.Pid, new NotifyMessage { WatchdogPing = true });
        Assert.That(Allocated(world, _ => ping, 1_000), Is.Zero);
    }

    [Test]
    public void A_status_that_says_the_same_again_allocates_nothing()
    {
        World world = Running();
        var status = new EngineEvent.Notified(world["s7.service"].Id,
            world["s7.service"].MainProcess.Pid, new NotifyMessage { Status = "serving" });
        Assert.That(Allocated(world, _ => status, 1_000), Is.Zero);
    }

    [Test]
    public void A_notice_from_a_stranger_allocates_nothing_after_the_first()
    {
        World world = Running();
        var notice = new EngineEvent.Notified(world["s7.service"].Id, 9_999,
            new NotifyMessage { Ready = true });
        Assert.That(Allocated(world, _ => notice, 1_000), Is.Zero);
    }

    [Test]
    public void The_exit_of_a_process_that_belongs_to_nobody_allocates_nothing()
    {
        var exit = new EngineEvent.Exited(
            new ProcessIdentity(77_777, 1), ExitKind.Exited, 0, null);
        Assert.That(Allocated(Running(), _ => exit, 1_000), Is.Zero);
    }

    // Fifty services ping in turn; each time the other's deadline is looked at and put off.
    [Test]
    public void Timers_that_are_put_off_allocate_nothing()
    {
        World world = Running();
        var pings = new EngineEvent[50];
        for (int i = 0; i < pings.Length; i++)
        {
            UnitRuntime unit = world[$"s{i}.service"];
            pings[i] = new EngineEvent.Notified(unit.Id, unit.MainProcess.Pid,
                new NotifyMessage { WatchdogPing = true });
        }

        Assert.That(Allocated(world, i => pings[i % pings.Length], 10_000), Is.Zero);
    }

    [Test]
    public void The_count_sees_what_a_transition_allocates()
    {
        World world = Running();
        UnitRuntime unit = world["s7.service"];
        EngineEvent[] reloads =
        [
            new EngineEvent.Notified(unit.Id, unit.MainProcess.Pid,
                new NotifyMessage { Reloading = true }),
            new EngineEvent.Notified(unit.Id, unit.MainProcess.Pid,
                new NotifyMessage { Ready = true }),
        ];
        Assert.That(Allocated(world, i => reloads[i % 2], 1_000), Is.Positive);
    }

    private static World Running()
    {
        var units = new UnitDefinition[50];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = Make.Service($"s{i}.service", ServiceType.Notify,
                with: s => s with { WatchdogUs = 3_600_000_000 });
        }

        var world = new World(units);
        for (int i = 0; i < units.Length; i++)
        {
            world.StartAndRun($"s{i}.service");
            world.Notify($"s{i}.service", new NotifyMessage { Ready = true });
        }

        return world;
    }

    private static long Allocated(World world, Func<int, EngineEvent> next, long gapUs)
    {
        var step = new EngineStep();
        long now = world.NowUs;
        long before = 0;
        for (int i = -Warm; i < Events; i++)
        {
            if (i == 0)
                before = GC.GetAllocatedBytesForCurrentThread();
            now += gapUs;
            world.Engine.Handle(next(i + Warm), new Instant(now, now), step);
            step.Clear();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
