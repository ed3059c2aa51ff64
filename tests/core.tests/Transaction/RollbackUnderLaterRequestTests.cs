using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

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

    [TestCase(false)]
    [TestCase(true)]
    public void A_start_that_a_stop_ended_stays_undone_when_that_stop_is_rolled_back_too(bool crash)
    {
        World world = WithPart();
        world.StartAndRun("a.service");
        RequestId start = world.Start("d.service");
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        RequestId again = world.Request(RequestVerb.Start, "t.target", JobMode.Replace);
        Assert.That(world.Outcome(start), Is.EqualTo("failed"), world.Dump());
        if (crash)
            world.Crash();
        RollbackTests.Answer(world);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("d.service"), Is.EqualTo("dead"), world.Dump());
        if (crash)
            return;
        Assert.That(world.Outcome(stop), Is.EqualTo("rolledBack"));
        Assert.That(world.Outcome(again), Is.EqualTo("committed"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_start_in_the_way_of_a_stop_goes_back_to_what_was_before_both(bool crash)
    {
        World world = WithStopAndStart(out RequestId stop, out RequestId start);
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        if (crash)
            world.Crash();
        world.Request(RequestVerb.CancelTransaction, "",
            more: r => r with { Transaction = new TransactionId(4) });
        RollbackTests.Answer(world);
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.State("d.service"), Is.EqualTo("running"), world.Dump());
        if (crash)
            return;
        Assert.That(world.Outcome(stop), Is.EqualTo("rolledBack"));
        Assert.That(world.Outcome(start), Is.EqualTo("cancelled"));
    }

    [Test]
    public void What_only_looked_for_a_unit_in_the_way_of_a_stop_brings_it_back_too()
    {
        World world = WithRequisite();
        world.StartAndRun("d.service");
        RequestId stop = world.Stop("d.service");
        RequestId start = world.Request(RequestVerb.Start, "e.service", JobMode.Replace);
        RollbackTests.Answer(world);
        Assert.That(world.Outcome(stop), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("d.service"), Is.EqualTo("running"), world.Dump());
    }

    [TestCase(false)]
    [TestCase(true)]
    public void What_only_looked_for_a_unit_on_its_way_up_takes_it_down_again(bool crash)
    {
        var world = new World(
            Make.Service("x.service", ServiceType.Notify),
            Make.Service("bad.service", ServiceType.Notify),
            Make.Service("r.service", deps: "Requisite=x.service After=x.service"));
        RequestId first = world.Start("x.service bad.service");
        world.RunSpawns();
        world.Start("bad.service");
        world.Request(RequestVerb.Apply, "r.service", JobMode.Queue,
            r => r with { Stops = [UnitName.Parse("bad.service")] });
        world.MainExits("bad.service", 1);
        Assert.That(((EngineReply.Finished)world.Final(first)!).Messages, Has.Some.EqualTo(
            "x.service is left to transaction 3: "
            + "that goes back, if ever, to what was before both"));
        Assert.That(world.State("x.service"), Is.EqualTo("start"), world.Dump());
        if (crash)
            world.Crash();
        world.Request(RequestVerb.CancelTransaction, "",
            more: r => r with { Transaction = new TransactionId(3) });
        Assert.That(world.State("x.service"), Is.EqualTo("stop-sigterm"), world.Dump());
    }

    [Test]
    public void A_rollback_ends_when_what_was_down_is_down()
    {
        World world = WithRequisite();
        world.Start("d.service");
        RequestId stop = world.Request(RequestVerb.Stop, "d.service", JobMode.Replace);
        RequestId start = world.Request(RequestVerb.Start, "e.service", JobMode.Replace);
        Assert.That(world.Outcome(stop), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.Outcome(start), Is.Null, world.Dump());
        RollbackTests.Answer(world);
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("d.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void What_joined_later_does_not_change_what_an_earlier_one_goes_back_to()
    {
        World world = WithPart();
        world.StartAndRun("d.service");
        world.Request(RequestVerb.Restart, "d.service");
        world.Request(RequestVerb.Stop, "d.service", JobMode.Replace);
        world.Stop("d.service");
        foreach (int each in (int[])[4, 3])
        {
            world.Request(RequestVerb.CancelTransaction, "",
                more: r => r with { Transaction = new TransactionId(each) });
        }

        RollbackTests.Answer(world);
        Assert.That(world.State("d.service"), Is.EqualTo("running"), world.Dump());
    }

    private static World WithRequisite() => new(
        Make.Service("d.service"),
        Make.Service("e.service", deps: "Requisite=d.service After=d.service"));

    [Test]
    public void Where_it_fails_itself_it_is_not_tried_again_and_says_so()
    {
        World world = WithStopAndStart(out _, out RequestId start);
        world.MainExits("d.service", 15, ExitKind.Killed);
        world.Send(new EngineEvent.SpawnFailed(world.PendingSpawns.Single(
            s => world.Engine.Unit(s.Unit).Name.Value == "d.service").Token, false, "clone3", 11));
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages, Has.Some.EqualTo(
            "d.service was up, its start failed and is not tried again; "
            + "see: initx why d.service"));
    }

    private static World WithPart() => new(
        Make.Service("a.service"),
        Make.Service("d.service", deps: "PartOf=a.service"),
        Make.Target("t.target", "Requires=a.service After=a.service"));

    // Both were up; the stop of a.service takes d.service along, and a start of that displaces it.
    private static World WithStopAndStart(out RequestId stop, out RequestId start)
    {
        World world = WithPart();
        world.StartAndRun("a.service");
        world.StartAndRun("d.service");
        stop = world.Stop("a.service");
        Assert.That(world.State("d.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        start = world.Request(RequestVerb.Start, "d.service", JobMode.Replace);
        return world;
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
