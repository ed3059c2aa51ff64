using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>
/// A transaction goes back while timers and automatic restarts want what it began.
/// </summary>
internal sealed class RollbackUnderItselfTests
{
    private const string Doomed = "x.service";

    [TestCase(false)]
    [TestCase(true)]
    public void What_a_timer_wants_as_well_is_left_to_the_timer(bool crash)
    {
        var world = new World(
            Make.Service(Doomed, ServiceType.Notify),
            Make.Service("w.service", deps: $"After={Doomed}"),
            Make.Timer("w.timer", "Active=10"),
            Make.Service("r.service", deps: $"Requires={Doomed} Wants=w.service After={Doomed}"));
        world.Start("w.timer");
        RequestId start = world.Start("r.service");
        world.Spawned(world.PendingSpawns.Single());
        world.AdvanceSeconds(11);
        if (crash)
            world.Crash();
        world.MainExits(Doomed, 1);
        world.RunSpawns();
        Assert.That(world.State("w.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world["w.service"].GoalActive, Is.True);
        if (!crash)
            Assert.That(Messages(world, start), Has.Some.StartsWith(
                "w.service is left to transaction 3"));
    }

    [Test]
    public void What_an_automatic_restart_wants_as_well_is_left_to_it()
    {
        World world = WithRestart("Wants=w.service After=w.service");
        world.StartAndRun("u.service");
        world.Stop("w.service");
        world.MainExits("w.service");
        RequestId start = world.Start("r.service");
        Crashes(world);
        world.MainExits(Doomed, 1);
        world.RunSpawns();
        Assert.That(world.State("w.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("u.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(Messages(world, start), Has.Some.StartsWith(
            "w.service is left to transaction 4"));
    }

    [Test]
    public void What_restarts_by_itself_goes_down_with_all_that_it_wants()
    {
        World world = WithRestart("Wants=w.service After=v.service", more: "Wants=u.service");
        RequestId start = world.Start("r.service");
        RunAll(world, but: Doomed);
        Assert.That(world.State("u.service"), Is.EqualTo("running"), world.Dump());
        world.Start("v.service");
        Crashes(world);
        Assert.That(world["u.service"].Job, Is.Not.Null, world.Dump());
        world.MainExits(Doomed, 1);
        RunAll(world, but: "");
        world.Notify("v.service", new NotifyMessage { Ready = true });
        RunAll(world, but: "");
        Assert.That(world.State("w.service"), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.State("u.service"), Is.EqualTo("dead"), world.Dump());
        Assert.That(Messages(world, start), Has.None.Contains("is left to"));
    }

    private static IReadOnlyList<string> Messages(World world, RequestId request) =>
        ((EngineReply.Finished)world.Final(request)!).Messages;

    // u.service restarts by itself; what w.service waits for will fail, and r.service with it.
    private static World WithRestart(string deps, string more = "") => new(
        Make.Service(Doomed, ServiceType.Notify),
        Make.Service("v.service", ServiceType.Notify),
        Make.Service("w.service", deps: $"After={Doomed} After=v.service"),
        Make.Service("u.service", deps: deps, with: s => s with { Restart = RestartMode.Always }),
        Make.Service(
            "r.service", deps: $"Requires={Doomed} Wants=w.service After={Doomed} {more}"));

    private static void Crashes(World world)
    {
        RunAll(world, but: "");
        world.MainExits("u.service", 1);
        world.AdvanceSeconds(1);
    }

    private static void RunAll(World world, string but)
    {
        foreach (Effect.Spawn spawn in world.PendingSpawns.ToList())
        {
            if (world.Engine.Unit(spawn.Unit).Name.Value != but)
                world.Spawned(spawn);
        }
    }
}
