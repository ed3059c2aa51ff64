using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>What requests are refused for, and what they must not be refused for.</summary>
internal sealed class RequestLimitTests
{
    [Test]
    public void Transactions_of_the_manager_keep_no_request_out()
    {
        World world = new(
            new EngineLimits { Transactions = 2 },
            Make.Service("a.service", deps: "OnFailure=x.service"),
            Make.Service("b.service", deps: "OnFailure=y.service"),
            Make.Service("x.service", ServiceType.Oneshot),
            Make.Service("y.service", ServiceType.Oneshot));
        world.StartAndRun("a.service b.service");
        world.MainExits("a.service", 1);
        world.MainExits("b.service", 1);
        world.RunSpawns();
        Assert.That(world.Engine.OpenTransactions, Has.Count.EqualTo(2), world.Dump());
        RequestId stop = world.Request(
            RequestVerb.Stop, "x.service", more: r => r with { Mode = JobMode.Replace });
        Assert.That(world.Outcome(stop), Is.Not.EqualTo("refused"), world.Dump());
    }

    [Test]
    public void Requests_are_counted_all_the_same()
    {
        World world = new(
            new EngineLimits { Transactions = 1 },
            Make.Service("a.service", ServiceType.Notify), Make.Service("b.service"));
        world.Start("a.service");
        Assert.That(world.Outcome(world.Start("b.service")), Is.EqualTo("refused"));
    }

    [Test]
    public void Whatever_is_kept_to_be_undone_can_be_undone()
    {
        World world = new(
            new EngineLimits { GoalsPerRequest = 2, UndoJobs = 8 },
            Make.Target("app.target"),
            Make.Service("a.service", deps: "PartOf=app.target"),
            Make.Service("b.service", deps: "PartOf=app.target"),
            Make.Service("c.service", deps: "PartOf=app.target"));
        world.StartAndRun("app.target a.service");
        world.StartAndRun("b.service c.service");
        world.Stop("app.target");
        foreach (string unit in (string[])["a.service", "b.service", "c.service"])
            world.MainExits(unit, 15, ExitKind.Killed);
        RequestId undo = world.Request(
            RequestVerb.Undo, "", more: r => r with { Transaction = new TransactionId(3) });
        world.RunSpawns();
        Assert.That(world.Outcome(undo), Is.EqualTo("committed"), world.Dump());
        Assert.That(world.State("c.service"), Is.EqualTo("running"));
    }

    [Test]
    public void A_circle_through_a_stop_that_asks_first_is_refused()
    {
        World world = new(
            Make.Service("a.service", deps: "After=b.service",
                with: s => s with { ExecCheck = Make.Commands("/bin/check") }),
            Make.Service("b.service"));
        world.StartAndRun("a.service b.service");
        world.Catalog.Add(Make.Service("b.service", deps: "After=a.service"));
        world.Send(new EngineEvent.CatalogReplaced(world.Catalog, default, null));
        world.Stop("a.service");
        RequestId second = world.Stop("b.service");
        Assert.That(world.Outcome(second), Is.EqualTo("refused"), world.Dump());
    }

    [Test]
    public void A_shutdown_holds_to_no_plan_and_says_so()
    {
        World world = new(Make.Target("poweroff.target"), Make.Service("a.service"));
        world.StartAndRun("a.service");
        RequestId off = world.Request(
            RequestVerb.Start, "poweroff.target", more: r => r with { PlanHash = "0" });
        Assert.That(world.Outcome(off), Is.EqualTo("refused"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
    }

    [Test]
    public void The_manager_isolates_only_what_allows_it()
    {
        World world = new(
            Make.Service("a.service", deps: "OnFailure=h.service",
                unit: u => u with { OnFailureJobMode = "isolate" }),
            Make.Service("h.service"), Make.Service("other.service"));
        world.StartAndRun("a.service other.service");
        world.MainExits("a.service", 1);
        world.RunSpawns();
        Assert.That(world.State("other.service"), Is.EqualTo("running"), world.Dump());
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(
            r => r.Kind == RecordKind.Rejected && r.Text!.Contains("AllowIsolate=yes")));
    }
}
