using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

internal sealed class ServiceTypeTests
{
    [Test]
    public void Exec_is_up_when_execve_succeeded()
    {
        var world = new World(Make.Service("a.service", ServiceType.Exec));
        world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        world.Send(new EngineEvent.Spawned(spawn.Token, new ProcessIdentity(50, 1)));
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
        world.Send(new EngineEvent.Executed(spawn.Token));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void Exec_fails_its_job_when_the_binary_is_missing()
    {
        var world = new World(Make.Service("a.service", ServiceType.Exec));
        RequestId start = world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        world.Send(new EngineEvent.Spawned(spawn.Token, new ProcessIdentity(50, 1)));
        world.Send(new EngineEvent.SpawnFailed(spawn.Token, ProcessExists: true, "execve /bin/main", 2));
        world.MainExits("a.service", 203);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.service"), Is.EqualTo("exit-code"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages[0],
            Does.Contain("execve /bin/main").And.Contain("initx why a.service"));
    }

    [Test]
    public void Simple_counts_as_started_even_when_the_binary_is_missing()
    {
        var world = new World(Make.Service("a.service"));
        RequestId start = world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        world.Send(new EngineEvent.Spawned(spawn.Token, new ProcessIdentity(50, 1)));
        world.Send(new EngineEvent.SpawnFailed(spawn.Token, ProcessExists: true, "execve /bin/main", 2));
        world.MainExits("a.service", 203);
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
    }

    [Test]
    public void A_clone_that_fails_is_a_failure_of_resources()
    {
        var world = new World(Make.Service("a.service"));
        RequestId start = world.Start("a.service");
        world.Send(new EngineEvent.SpawnFailed(
            world.TheSpawn(ExecRole.Main).Token, ProcessExists: false, "clone3", 11));
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start failed"));
        Assert.That(world.Result("a.service"), Is.EqualTo("resources"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
    }

    [Test]
    public void Oneshot_runs_its_commands_one_after_the_other_and_is_dead_and_done()
    {
        var world = new World(Make.Service("a.service", ServiceType.Oneshot,
            with: s => s with { ExecStart = Make.Commands("/bin/one", "-/bin/two", "/bin/three") }));
        RequestId start = world.StartAndRun("a.service");
        world.MainExits("a.service");
        Assert.That(world.TheSpawn(ExecRole.Main).CommandIndex, Is.EqualTo(1));
        world.RunSpawns();
        world.MainExits("a.service", 7);
        Assert.That(world.TheSpawn(ExecRole.Main).CommandIndex, Is.EqualTo(2));
        world.RunSpawns();
        Assert.That(world.Outcome(start), Is.Null);
        world.MainExits("a.service");
        Assert.That(world.Path("a.service"), Is.EqualTo("dead start dead"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void Oneshot_with_RemainAfterExit_stays_active_after_success_only()
    {
        UnitDefinition unit = Make.Service("a.service", ServiceType.Oneshot,
            with: s => s with { RemainAfterExit = true });
        var world = new World(unit);
        world.StartAndRun("a.service");
        world.MainExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("exited"));
        world = new World(unit);
        RequestId start = world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
    }

    [TestCase(ServiceType.Notify)]
    [TestCase(ServiceType.NotifyReload)]
    public void Notify_is_up_at_READY(ServiceType type)
    {
        var world = new World(Make.Service("a.service", type));
        RequestId start = world.StartAndRun("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
        world.Notify("a.service", new NotifyMessage { Ready = true, Status = "hello" });
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world["a.service"].StatusText, Is.EqualTo("hello"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
    }

    [Test]
    public void Notify_that_ends_before_READY_failed_the_protocol()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.StartAndRun("a.service");
        world.MainExits("a.service");
        Assert.That(world.Result("a.service"), Is.EqualTo("protocol"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
    }

    [TestCase(NotifyAccess.None, true, false)]
    [TestCase(NotifyAccess.Main, true, true)]
    [TestCase(NotifyAccess.Main, false, false)]
    [TestCase(NotifyAccess.Exec, false, false)]
    [TestCase(NotifyAccess.All, false, true)]
    public void NotifyAccess_decides_who_may_say_READY(NotifyAccess access, bool fromMain, bool heard)
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify,
            with: s => s with { NotifyAccess = access }));
        world.StartAndRun("a.service");
        int? pid = fromMain ? null : 9999;
        world.Notify("a.service", new NotifyMessage { Ready = true }, pid);
        world.Notify("a.service", new NotifyMessage { Ready = true }, pid);
        Assert.That(world.State("a.service"), Is.EqualTo(heard ? "running" : "start"));
        Assert.That(world.Records.Count(r => r.Kind == RecordKind.Rejected),
            Is.EqualTo(heard ? 0 : 1), "once a run, however often it tries");
    }

    [Test]
    public void Forking_with_PIDFile_is_up_when_the_file_names_a_process()
    {
        var world = new World(Make.Service("a.service", ServiceType.Forking,
            with: s => s with { PidFile = "/run/a.pid" }));
        RequestId start = world.StartAndRun("a.service");
        world.ControlExits("a.service", empty: false);
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReadPidFile>());
        world.Send(new EngineEvent.PidFileRead(world["a.service"].Id, default, "no such file"));
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
        world.Advance(world.Limits.PidFileRetryUs);
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReadPidFile>());
        world.Send(new EngineEvent.PidFileRead(
            world["a.service"].Id, new ProcessIdentity(777, 3), null));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world["a.service"].MainProcess.Pid, Is.EqualTo(777));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
        world.MainExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void Forking_whose_PIDFile_never_comes_times_out()
    {
        var world = new World(Make.Service("a.service", ServiceType.Forking,
            with: s => s with { PidFile = "/run/a.pid" }));
        RequestId start = world.StartAndRun("a.service");
        world.ControlExits("a.service", empty: false);
        world.Send(new EngineEvent.PidFileRead(world["a.service"].Id, default, "no such file"));
        world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        Assert.That(world.Result("a.service"), Is.EqualTo("timeout"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
    }

    [Test]
    public void Forking_whose_processes_all_end_before_the_PIDFile_failed_the_protocol()
    {
        var world = new World(Make.Service("a.service", ServiceType.Forking,
            with: s => s with { PidFile = "/run/a.pid" }));
        world.StartAndRun("a.service");
        world.ControlExits("a.service", empty: false);
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.service"), Is.EqualTo("protocol"));
    }

    [Test]
    public void Forking_without_a_known_main_process_lives_as_long_as_its_cgroup()
    {
        var world = new World(Make.Service("a.service", ServiceType.Forking));
        RequestId start = world.StartAndRun("a.service");
        world.ControlExits("a.service", empty: false);
        world.Send(new EngineEvent.PidFileRead(
            world["a.service"].Id, default, "three processes are left"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void Forking_whose_parent_fails_failed()
    {
        var world = new World(Make.Service("a.service", ServiceType.Forking));
        RequestId start = world.StartAndRun("a.service");
        world.ControlExits("a.service", 1, empty: true);
        Assert.That(world.State("a.service"), Is.EqualTo("failed"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
    }

    [Test]
    public void Idle_waits_for_the_other_jobs_but_not_longer_than_five_seconds()
    {
        var world = new World(
            Make.Service("a.service", ServiceType.Idle),
            Make.Service("b.service", ServiceType.Notify));
        world.Start("a.service b.service");
        Assert.That(world.Effects.OfType<Effect.Spawn>().Count(), Is.EqualTo(1));
        world.RunSpawns();
        world.Notify("b.service", new NotifyMessage { Ready = true });
        Assert.That(world.Effects.OfType<Effect.Spawn>().Count(), Is.EqualTo(1), world.Dump());
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"));

        world = new World(
            Make.Service("a.service", ServiceType.Idle),
            Make.Service("b.service", ServiceType.Notify));
        world.StartAndRun("a.service b.service");
        world.AdvanceSeconds(5);
        Assert.That(world.TheSpawn(ExecRole.Main).Unit, Is.EqualTo(world["a.service"].Id));
    }

    [Test]
    public void Idle_alone_starts_at_once()
    {
        var world = new World(Make.Service("a.service", ServiceType.Idle));
        world.StartAndRun("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void MAINPID_moves_the_main_process()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        world.StartAndRun("a.service");
        ProcessIdentity first = world["a.service"].MainProcess;
        world.Notify("a.service", new NotifyMessage
        {
            Ready = true,
            MainPid = new ProcessIdentity(888, 2),
        });
        Assert.That(world["a.service"].MainProcess.Pid, Is.EqualTo(888));
        world.Send(new EngineEvent.Exited(first, ExitKind.Exited, 0, false));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        world.MainExits("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void MAINPID_of_another_units_process_is_not_taken()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify), Make.Service("b.service"));
        world.StartAndRun("a.service");
        world.StartAndRun("b.service");
        ProcessIdentity own = world["a.service"].MainProcess;
        world.Notify("a.service", new NotifyMessage
        {
            Ready = true,
            MainPid = world["b.service"].MainProcess,
        });
        Assert.That(world["a.service"].MainProcess, Is.EqualTo(own));
        Assert.That(world.Records.Any(r => r.Kind == RecordKind.Rejected));
    }
}
