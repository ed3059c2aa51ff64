using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>Processes that nobody waits for any more when their pids become known.</summary>
internal sealed class GivenUpTests
{
    [TestCase(true)]
    [TestCase(false)]
    public void KillMode_none_lets_a_process_live_whose_pid_is_known_just_before_or_just_after(
        bool before)
    {
        var world = new World(Make.Service(
            "a.service", ServiceType.Notify, kill: new KillSettings { Mode = KillMode.None }));
        world.Start("a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Main);
        if (before)
            world.Spawned(spawn);
        world.Request(
            RequestVerb.Stop, "a.service", more: r => r with { Mode = JobMode.Replace });
        Assert.That(world.State("a.service"), Is.EqualTo("dead"), world.Dump());
        if (!before)
            world.Spawned(spawn);
        Assert.That(world.Effects, Has.None.InstanceOf<Effect.Signal>());
        Assert.That(world.Records.Count(r => r is
            { Kind: RecordKind.Process, From: "main", To: "lost" }
            && r.Text == "left running: KillMode=none"), Is.EqualTo(1), world.Dump());
    }

    [TestCase(true)]
    [TestCase(false)]
    public void So_does_a_reload_that_a_stop_overtakes(bool before)
    {
        var world = new World(Make.Service(
            "a.service",
            with: s => s with { ExecReload = Make.Commands("/bin/reload") },
            kill: new KillSettings { Mode = KillMode.None }));
        world.StartAndRun("a.service");
        world.Request(RequestVerb.Reload, "a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Reload);
        if (before)
            world.Spawned(spawn);
        world.Request(
            RequestVerb.Stop, "a.service", more: r => r with { Mode = JobMode.Replace });
        Assert.That(world.State("a.service"), Is.EqualTo("dead"), world.Dump());
        if (!before)
            world.Spawned(spawn);
        Assert.That(world.Effects, Has.None.InstanceOf<Effect.Signal>());
    }

    [Test]
    public void A_reload_that_is_made_after_its_time_is_killed_even_by_KillMode_none()
    {
        var world = new World(Make.Service(
            "a.service",
            with: s => s with { ExecReload = Make.Commands("/bin/reload") },
            kill: new KillSettings { Mode = KillMode.None }));
        world.StartAndRun("a.service");
        world.Request(RequestVerb.Reload, "a.service");
        Effect.Spawn spawn = world.TheSpawn(ExecRole.Reload);
        world.AdvanceSeconds(90);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        world.Spawned(spawn);
        Assert.That(world.Effects, Has.Some.Matches<Effect>(e =>
            e is Effect.Signal { Scope: SignalScope.Process, Number: 9 }));
        Assert.That(world.Records.Single(r => r is { From: "reload", To: "lost" }).Text,
            Is.EqualTo("killed: it took too long"));
    }
}
