using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>--settle: the commit is held until the units stayed as they are.</summary>
internal sealed class SettleTests
{
    private const long FiveSeconds = 5_000_000;

    [Test]
    public void The_commit_comes_when_the_time_is_over()
    {
        var world = new World(Make.Service("a.service"));
        RequestId start = Start(world, "a.service");
        world.RunSpawns();
        Assert.That(world.Outcome(start), Is.Null, world.Dump());
        Assert.That(world.Replies.Any(r =>
            r.Request == start && r.Body is EngineReply.Settling { SettleUs: FiveSeconds }));
        world.AdvanceSeconds(4.9);
        Assert.That(world.Outcome(start), Is.Null);
        world.AdvanceSeconds(0.2);
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
        world.MainExits("a.service", 1);
        Assert.That(world.Replies.Count(r => r.Request == start && r.Body.IsFinal), Is.EqualTo(1));
    }

    [Test]
    public void A_crash_meanwhile_rolls_everything_back()
    {
        var world = new World(
            Make.Service("a.service"),
            Make.Service("b.service", deps: "Conflicts=old.service"),
            Make.Service("old.service"));
        world.StartAndRun("old.service");
        RequestId start = Start(world, "a.service b.service");
        Run(world);
        Assert.That(world.State("old.service"), Is.EqualTo("dead"), world.Dump());
        world.AdvanceSeconds(3);
        world.MainExits("b.service", 1);
        Run(world);
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.State("b.service"), Is.EqualTo("failed"));
        Assert.That(world.State("old.service"), Is.EqualTo("running"));
        var messages = ((EngineReply.Finished)world.Final(start)!).Messages;
        Assert.That(messages, Has.Some.Contains("b.service did not stay up").And.Contains("why"));
    }

    [Test]
    public void The_time_to_settle_ends_with_the_fall_also_on_record()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        RequestId start = Start(world, "a.service b.service");
        world.RunSpawns();
        world.MainExits("b.service", 1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world.AdvanceSeconds(6);
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        Run(world);
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
    }

    [Test]
    public void An_automatic_restart_is_no_staying_up()
    {
        var world = new World(
            Make.Service("a.service"),
            Make.Service("b.service", with: s => s with { Restart = RestartMode.Always }));
        RequestId start = Start(world, "a.service b.service");
        world.RunSpawns();
        world.MainExits("b.service");
        Run(world);
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("dead"), "its restart is cancelled");
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void One_that_died_before_the_last_job_was_done_has_fallen_too()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("slow.service", ServiceType.Notify));
        RequestId start = Start(world, "a.service slow.service");
        world.RunSpawns();
        world.MainExits("a.service", 1);
        world.Notify("slow.service", new NotifyMessage { Ready = true });
        Run(world);
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("slow.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_restarted_service_that_falls_is_not_tried_again()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        world.StartAndRun("a.service b.service");
        RequestId restart = world.Request(RequestVerb.Restart, "a.service b.service",
            more: r => r with { SettleUs = FiveSeconds });
        Run(world);
        Assert.That(world.Outcome(restart), Is.Null, world.Dump());
        world.MainExits("b.service", 1);
        Run(world);
        Assert.That(world.Outcome(restart), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("failed"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void A_oneshot_that_is_over_has_not_fallen()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("job.service", ServiceType.Oneshot));
        RequestId start = Start(world, "a.service job.service");
        world.RunSpawns();
        world.MainExits("job.service");
        Assert.That(world.State("job.service"), Is.EqualTo("dead"), world.Dump());
        world.AdvanceSeconds(6);
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void What_another_request_stops_is_that_requests_affair()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        RequestId start = Start(world, "a.service b.service");
        world.RunSpawns();
        world.Stop("b.service");
        Run(world);
        Assert.That(world.State("b.service"), Is.EqualTo("dead"), world.Dump());
        world.AdvanceSeconds(6);
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void A_cancel_and_a_time_out_meanwhile_roll_back()
    {
        var world = new World(Make.Service("a.service"));
        RequestId start = Start(world, "a.service");
        world.RunSpawns();
        world.Request(RequestVerb.CancelTransaction, "",
            more: r => r with { Transaction = new TransactionId(1) });
        Run(world);
        Assert.That(world.Outcome(start), Is.EqualTo("cancelled"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));

        // The start takes six seconds of seven, so there is no time left to settle.
        world = new World(Make.Service("a.service", ServiceType.Notify));
        start = world.Request(RequestVerb.Start, "a.service",
            more: r => r with { SettleUs = FiveSeconds, TimeoutUs = 7_000_000 });
        world.RunSpawns();
        world.AdvanceSeconds(6);
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.AdvanceSeconds(2);
        Run(world);
        Assert.That(world.Outcome(start), Is.EqualTo("timedOut"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_cancel_can_keep_what_is_done()
    {
        var world = new World(Make.Service("a.service"));
        RequestId start = Start(world, "a.service");
        world.RunSpawns();
        world.Request(RequestVerb.CancelTransaction, "",
            more: r => r with { Transaction = new TransactionId(1), NoRollback = true });
        Assert.That(world.Outcome(start), Is.EqualTo("cancelled"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_crash_of_the_manager_changes_neither_the_time_nor_the_watching(bool falls)
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        Start(world, "a.service b.service");
        world.RunSpawns();
        world.AdvanceSeconds(3);
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        world.Crash();
        RequestId wait = world.Request(RequestVerb.WaitTransaction, "",
            more: r => r with { Transaction = new TransactionId(1) });
        world.AdvanceSeconds(1);
        Assert.That(world.Outcome(wait), Is.Null, world.Dump());
        if (falls)
            world.MainExits("b.service", 1);
        Run(world);
        world.AdvanceSeconds(1.1);
        Assert.That(
            world.Outcome(wait), Is.EqualTo(falls ? "rolledBack" : "committed"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo(falls ? "dead" : "running"));
    }

    [Test]
    public void A_limit_that_leaves_no_time_to_settle_is_refused()
    {
        var world = new World(Make.Service("a.service"));
        RequestId start = world.Request(RequestVerb.Start, "a.service",
            more: r => r with { SettleUs = FiveSeconds, TimeoutUs = FiveSeconds });
        Assert.That(world.Final(start), Is.InstanceOf<EngineReply.Refused>()
            .With.Property("Code").EqualTo(ExitCode.Usage));
        start = world.Request(RequestVerb.Start, "a.service",
            more: r => r with { SettleUs = world.Limits.SettleUs + 1 });
        Assert.That(world.Outcome(start), Is.EqualTo("refused"));
        Assert.That(world.Path("a.service"), Is.Empty);
    }

    [Test]
    public void The_time_to_settle_is_part_of_the_plan_and_its_hash()
    {
        var world = new World(Make.Service("a.service"));
        string plain = Hash(world, 0);
        Assert.That(Hash(world, FiveSeconds), Is.Not.EqualTo(plain));
        RequestId start = world.Request(RequestVerb.Start, "a.service",
            more: r => r with { SettleUs = FiveSeconds, PlanHash = plain });
        Assert.That(world.Outcome(start), Is.EqualTo("refused"));
    }

    private static string Hash(World world, long settleUs)
    {
        RequestId plan = world.Request(RequestVerb.Start, "a.service",
            more: r => r with { DryRun = true, SettleUs = settleUs });
        return ((EngineReply.Planned)world.Final(plan)!).Plan.Hash;
    }

    private static RequestId Start(World world, string units) => world.Request(
        RequestVerb.Start, units, more: r => r with { SettleUs = FiveSeconds });

    // Answers spawns and stops until nothing more comes.
    private static void Run(World world) => RollbackTests.Answer(world);
}
