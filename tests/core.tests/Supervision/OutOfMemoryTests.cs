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
    private const string Late = "; the run that it belonged to has ended";

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
        Starves(world);
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
        Starves(world);
        Assert.That(world.Effects, Has.Member(new Effect.KillCgroup(world["a.service"].Id)));
        world.MainExits("a.service", Kill, ExitKind.Killed);
        Assert.That((world.State("a.service"), world.Result("a.service")),
            Is.EqualTo(("failed", "oom-kill")));
    }

    [Test]
    public void Another_process_is_killed_and_the_service_goes_on()
    {
        World world = Up(OomPolicy.Continue);
        Starves(world);
        Assert.That((world.State("a.service"), world.Result("a.service"), Rows(world)),
            Is.EqualTo(("running", "success", 1)));
    }

    [Test]
    public void In_its_start_it_fails_and_when_it_is_down_nothing_happens()
    {
        var world = new World(Service(OomPolicy.Stop, ServiceType.Notify));
        world.StartAndRun("a.service");
        Starves(world);
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That((world.State("a.service"), world.Result("a.service")),
            Is.EqualTo(("failed", "oom-kill")));
        Starves(world);
        Assert.That((world.State("a.service"), Rows(world)), Is.EqualTo(("failed", 1)));
        Assert.That(world.Records[^1].Text, Is.EqualTo(Told + Late));
    }

    [Test]
    public void A_kill_that_is_told_late_counts_for_the_run_that_it_hit()
    {
        World world = Up(OomPolicy.Stop);
        long first = world["a.service"].ActivationSeq;
        world.MainExits("a.service");
        world.StartAndRun("a.service");
        world.Send(new EngineEvent.OutOfMemory(world["a.service"].Id, first));
        JournalRecord row = world.Records[^1];
        Assert.That((world.State("a.service"), world.Result("a.service")),
            Is.EqualTo(("running", "success")));
        Assert.That((row.Unit, row.Cause, row.CauseSeq, row.Text), Is.EqualTo((
            "a.service", CauseKind.Oom, first, Told + Late)));
    }

    [TestCase(-1)]
    [TestCase(int.MaxValue)]
    public void A_unit_that_is_not_known_changes_nothing_and_is_on_record(int id)
    {
        World world = Up(OomPolicy.Stop);
        world.Send(new EngineEvent.OutOfMemory(new UnitId(id), 7));
        Assert.That((world.State("a.service"), world.Records[^1].Unit, world.Records[^1].Cause),
            Is.EqualTo(("running", (string?)null, CauseKind.Oom)));
        world.Send(new EngineEvent.ResourcesLost(new UnitId(id), "MemoryMax=: no"));
        Assert.That(world.Records[^1].Cause, Is.EqualTo(CauseKind.Oom), "nothing new");
    }

    [Test]
    public void Rows_that_change_no_unit_keep_their_numbers_over_a_crash()
    {
        World world = Up(OomPolicy.Stop);
        UnitRuntime unit = world["a.service"];
        world.Send(new EngineEvent.OutOfMemory(unit.Id, unit.ActivationSeq - 1));
        world.Crash();
        world.Send(new EngineEvent.ResourcesLost(world["a.service"].Id, "MemoryMax=: no"));
        world.Crash();
        Assert.That(world.Records.Select(r => r.Seq), Is.Unique.And.Ordered);
    }

    [Test]
    public void What_a_forgotten_instance_is_told_of_is_no_other_units()
    {
        UnitDefinition socket = Make.Socket(
            "b.socket", with: s => s with { Accept = true, Service = default });
        var world = new World(socket, Make.Service("b@.service"), Service(
            OomPolicy.Stop, ServiceType.Simple));
        world.StartAndRun("b.socket");
        if (world.State("b.socket") != "listening")
            world.Send(new EngineEvent.SocketsOpened(world["b.socket"].Id, null));
        world.Send(new EngineEvent.ConnectionAccepted(world["b.socket"].Id, 1, "1-0", ""));
        world.RunSpawns();
        UnitRuntime instance = world.Engine.Units.Single(u => u.Name.IsInstance);
        world.StartAndRun("a.service");
        world.MainExits(instance.Name.Value);
        world.Send(new EngineEvent.UnitReleased(instance.Id));
        int before = world.Records.Count;
        world.Send(new EngineEvent.OutOfMemory(instance.Id, instance.ActivationSeq));
        world.Send(new EngineEvent.ResourcesLost(instance.Id, "MemoryMax=: no"));
        Assert.That(world.Records.Skip(before).Select(r => (r.Unit, r.Cause)),
            Is.EqualTo(new (string?, CauseKind)[] { (null, CauseKind.Oom) }), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [TestCase(OomPolicy.Stop, "stop-sigterm")]
    [TestCase(OomPolicy.Continue, "running")]
    public void A_reload_that_is_killed_for_memory_ends_the_service_where_the_policy_says_so(
        OomPolicy policy, string state)
    {
        World world = Up(policy);
        world.Request(RequestVerb.Reload, "a.service");
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("reload"));
        world.Send(new EngineEvent.Exited(
            world["a.service"].ControlProcess, ExitKind.Killed, Kill, CgroupEmpty: false,
            ForMemory: true));
        Assert.That(world.State("a.service"), Is.EqualTo(state), world.Dump());
    }

    [Test]
    public void A_main_process_whose_failure_does_not_count_fails_the_service_by_memory()
    {
        UnitDefinition unit = Service(OomPolicy.Stop, ServiceType.Oneshot);
        var world = new World(unit with
        {
            Service = unit.Service! with
            {
                ExecStart = Make.Commands("-/bin/one", "/bin/two"),
            },
        });
        world.StartAndRun("a.service");
        MainStarves(world);
        world.RunSpawns();
        if (!world["a.service"].MainProcess.IsNone)
            world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That((world.State("a.service"), world.Result("a.service")),
            Is.EqualTo(("failed", "oom-kill")), world.Dump());
    }

    [Test]
    public void What_outlives_a_main_process_that_was_killed_for_memory_is_stopped()
    {
        UnitDefinition unit = Service(OomPolicy.Stop, ServiceType.Simple);
        var world = new World(unit with
        {
            Service = unit.Service! with { ExitType = ServiceExitType.Cgroup },
        });
        world.StartAndRun("a.service");
        world.Send(new EngineEvent.Exited(
            world["a.service"].MainProcess, ExitKind.Killed, Kill, CgroupEmpty: false,
            ForMemory: true));
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
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

    private static void Starves(World world) => world.Send(new EngineEvent.OutOfMemory(
        world["a.service"].Id, world["a.service"].ActivationSeq));

    private static void MainStarves(World world) => world.Send(new EngineEvent.Exited(
        world["a.service"].MainProcess, ExitKind.Killed, Kill, CgroupEmpty: true,
        ForMemory: true));

    private static int Rows(World world) => world.Records.Count(
        r => r.Kind == RecordKind.Config && r.Unit == "a.service" && r.Text == Told);

    private static UnitDefinition Service(OomPolicy policy, ServiceType type)
    {
        UnitDefinition unit = Make.Service("a.service", type);
        return unit with
        {
            Service = unit.Service! with
            {
                OomPolicy = policy,
                ExecReload = Make.Commands("/bin/reload"),
            },
        };
    }
}
