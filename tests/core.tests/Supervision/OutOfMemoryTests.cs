using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>
/// OOMPolicy=: what a kill for memory does to the service, and what is on record.
/// </summary>
internal sealed class OutOfMemoryTests
{
    private const int Kill = 9;
    private const string Told = "the kernel killed a process of the unit: out of memory";

    [TestCase(OomPolicy.Stop, "oom-kill", CauseKind.Oom)]
    [TestCase(OomPolicy.Kill, "oom-kill", CauseKind.Oom)]
    [TestCase(OomPolicy.Continue, "signal", CauseKind.Exit)]
    public void The_main_process_is_killed(OomPolicy policy, string result, CauseKind cause)
    {
        World world = Up(policy);
        MainStarves(world);
        Assert.Multiple(() =>
        {
            Assert.That(world.State("a.service"), Is.EqualTo("failed"));
            Assert.That(world.Result("a.service"), Is.EqualTo(result));
            Assert.That(Rows(world), Is.EqualTo(1));
            Assert.That(
                world.Records.Last(r => r.Kind == RecordKind.Transition).Cause,
                Is.EqualTo(cause));
        });
    }

    [Test]
    public void A_kill_that_was_not_for_memory_is_a_signal()
    {
        World world = Up(OomPolicy.Stop);
        world.MainExits("a.service", Kill, ExitKind.Killed);
        Assert.That((world.Result("a.service"), Rows(world)), Is.EqualTo(("signal", 0)));
    }

    [Test]
    public void Another_process_is_killed_and_the_service_is_stopped()
    {
        World world = Up(OomPolicy.Stop);
        world.Send(new EngineEvent.OutOfMemory(world["a.service"].Id));
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That((world.State("a.service"), world.Result("a.service")),
            Is.EqualTo(("failed", "oom-kill")));
        JournalRecord stop = world.Records.First(r => r.To == "stop-sigterm");
        JournalRecord row = world.Records.Single(r => r.Seq == stop.CauseSeq);
        Assert.That((stop.Cause, row.Cause, row.Text), Is.EqualTo((
            CauseKind.Oom, CauseKind.Oom, Told)));
    }

    [Test]
    public void Another_process_is_killed_and_all_go_with_it()
    {
        World world = Up(OomPolicy.Kill);
        world.Send(new EngineEvent.OutOfMemory(world["a.service"].Id));
        Assert.That(world.Effects, Has.Member(new Effect.KillCgroup(world["a.service"].Id)));
        world.MainExits("a.service", Kill, ExitKind.Killed);
        Assert.That((world.State("a.service"), world.Result("a.service")),
            Is.EqualTo(("failed", "oom-kill")));
    }

    [Test]
    public void Another_process_is_killed_and_the_service_goes_on()
    {
        World world = Up(OomPolicy.Continue);
        world.Send(new EngineEvent.OutOfMemory(world["a.service"].Id));
        Assert.That((world.State("a.service"), world.Result("a.service"), Rows(world)),
            Is.EqualTo(("running", "success", 1)));
    }

    [Test]
    public void In_its_start_it_fails_and_when_it_is_down_nothing_happens()
    {
        var world = new World(Service(OomPolicy.Stop, ServiceType.Notify));
        world.StartAndRun("a.service");
        world.Send(new EngineEvent.OutOfMemory(world["a.service"].Id));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That((world.State("a.service"), world.Result("a.service")),
            Is.EqualTo(("failed", "oom-kill")));
        world.Send(new EngineEvent.OutOfMemory(world["a.service"].Id));
        Assert.That((world.State("a.service"), Rows(world)), Is.EqualTo(("failed", 1)));
    }

    [Test]
    public void It_is_a_failure_that_a_service_is_restarted_after()
    {
        UnitDefinition unit = Service(OomPolicy.Stop, ServiceType.Simple);
        var world = new World(unit with
        {
            Service = unit.Service! with { Restart = RestartMode.OnFailure },
        });
        world.StartAndRun("a.service");
        MainStarves(world);
        Assert.That(world.State("a.service"), Is.EqualTo("auto-restart"));
    }

    private static World Up(OomPolicy policy)
    {
        var world = new World(Service(policy, ServiceType.Simple));
        world.StartAndRun("a.service");
        return world;
    }

    private static void MainStarves(World world) => world.Send(new EngineEvent.Exited(
        world["a.service"].MainProcess, ExitKind.Killed, Kill, CgroupEmpty: true,
        ForMemory: true));

    private static int Rows(World world) => world.Records.Count(
        r => r.Kind == RecordKind.Config && r.Unit == "a.service" && r.Text == Told);

    private static UnitDefinition Service(OomPolicy policy, ServiceType type)
    {
        UnitDefinition unit = Make.Service("a.service", type);
        return unit with { Service = unit.Service! with { OomPolicy = policy } };
    }
}
