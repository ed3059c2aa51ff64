using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>Type=forking: which process is the service (systemd.service(5), PIDFile=).</summary>
internal sealed class PidFileRuleTests
{
    private const string Unit = "a.service";

    [Test]
    public void A_start_that_leaves_no_process_and_no_file_fails_at_once_also_without_a_time_limit()
    {
        World world = Started(v => v with { TimeoutStartUs = ServiceSettings.Infinity });
        world.ControlExits(Unit, empty: true);
        NotThere(world);
        Assert.That(world.State(Unit), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.Result(Unit), Is.EqualTo("protocol"));
    }

    [Test]
    public void A_file_that_may_still_come_is_waited_for()
    {
        World world = Started();
        world.ControlExits(Unit, empty: false);
        NotThere(world);
        Assert.That(world.State(Unit), Is.EqualTo("start"), world.Dump());
    }

    [Test]
    public void Start_post_may_write_the_file()
    {
        World world = Started(v => v with { ExecStartPost = Make.Commands("/bin/post") });
        world.ControlExits(Unit, empty: false);
        NotThere(world);
        Assert.That(world.State(Unit), Is.EqualTo("start-post"), world.Dump());
        world.RunSpawns();
        world.ControlExits(Unit, empty: false);
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReadPidFile>());
        Assert.That(world.State(Unit), Is.EqualTo("start-post"));
        world.Send(new EngineEvent.PidFileRead(
            world[Unit].Id, new ProcessIdentity(777, 3), null));
        Assert.That(world.State(Unit), Is.EqualTo("running"), world.Dump());
        Assert.That(world[Unit].MainProcess.Pid, Is.EqualTo(777));
    }

    [Test]
    public void Behind_start_post_the_file_is_waited_for_as_long_as_a_start_may_take()
    {
        World world = Started(v => v with { ExecStartPost = Make.Commands("/bin/post") });
        world.ControlExits(Unit, empty: false);
        NotThere(world);
        world.RunSpawns();
        world.ControlExits(Unit, empty: false);
        for (int i = 0; i < 3; i++)
        {
            NotThere(world);
            world.Advance(world.Limits.PidFileRetryUs);
            Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReadPidFile>());
        }

        world.AdvanceSeconds(91);
        Assert.That(world.Result(Unit), Is.EqualTo("timeout"), world.Dump());
    }

    private static World Started(Func<ServiceSettings, ServiceSettings>? with = null)
    {
        var world = new World(Make.Service(Unit, ServiceType.Forking, with: v =>
        {
            v = v with { PidFile = "/run/a.pid" };
            return with is null ? v : with(v);
        }));
        world.StartAndRun(Unit);
        return world;
    }

    private static void NotThere(World world) => world.Send(
        new EngineEvent.PidFileRead(world[Unit].Id, default, "No such file or directory"));
}
