using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;

namespace InitTx.Core.Tests.Transaction;

/// <summary>A transaction goes back; a later request holds what it touched, or needs.</summary>
internal sealed class RollbackUnderLaterRequestTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void What_a_later_stop_would_have_taken_along_is_its_own_from_then_on(bool crash)
    {
        World world = WithRivals(out RequestId start, out RequestId stop);
        world.MainExits("c.service");
        if (crash)
            world.Crash();
        world.MainExits("d.service");
        world.MainExits("a.service");
        RollbackTests.Answer(world);
        foreach (string unit in (string[])["a.service", "b.service", "c.service", "d.service"])
            Assert.That(world.State(unit), Is.EqualTo("dead"), unit + world.Dump());
        Assert.That(world["b.service"].GoalActive, Is.False);
        if (crash)
            return;
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"));
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages, Has.Some.EqualTo(
            "b.service is left to transaction 3: that found it as it wants it"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void And_comes_back_when_that_stop_is_rolled_back_as_well(bool crash)
    {
        World world = WithRivals(out _, out _);
        world.MainExits("c.service");
        world.MainExits("d.service");
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        if (crash)
            world.Crash();
        world.Request(RequestVerb.CancelTransaction, "",
            more: r => r with { Transaction = new TransactionId(3) });
        world.MainExits("a.service");
        RollbackTests.Answer(world);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("running"), world.Dump());
    }

    [TestCase("a.service")]
    [TestCase("user.target")]
    public void What_another_request_found_as_it_wants_it_is_left_to_that_one(string later)
    {
        var world = new World(
            Make.Service("a.service"),
            Make.Service("b.service", deps: "Requires=a.service After=a.service"),
            Make.Target("user.target", "Wants=a.service"));
        RequestId start = world.Start("b.service");
        world.Spawned(world.PendingSpawns.Single());
        RequestId other = world.Start(later);
        Assert.That(world.Outcome(other), Is.EqualTo("committed"), world.Dump());
        world.Send(new EngineEvent.SpawnFailed(
            world.PendingSpawns.Single().Token, false, "clone3", 11));
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("failed"));
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages,
            Has.Some.EqualTo("a.service is left to transaction 2"));
    }

    // b.service gave way to c.service for d.service, whose start a later stop of a.service ends.
    private static World WithRivals(out RequestId start, out RequestId stop)
    {
        var world = new World(
            Make.Service("a.service"),
            Make.Service("b.service", deps: "Requires=a.service After=a.service"),
            Make.Service("c.service", deps: "Conflicts=b.service"),
            Make.Service("d.service", deps: "PartOf=a.service Wants=c.service"));
        world.StartAndRun("b.service");
        start = world.Start("d.service");
        world.MainExits("b.service");
        world.Spawned(world.PendingSpawns.Single(
            s => world.Engine.Unit(s.Unit).Name.Value == "c.service"));
        stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        world.Spawned(world.PendingSpawns.Single());
        Assert.That(world.State("c.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        return world;
    }
}
