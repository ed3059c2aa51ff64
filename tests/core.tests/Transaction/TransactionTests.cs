using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

internal sealed class TransactionTests
{
    [Test]
    public void A_failed_requirement_fails_what_waits_for_it_and_a_failed_want_does_not()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service After=b.service"),
            Make.Service("w.service", deps: "Wants=b.service After=b.service"),
            Make.Service("b.service", ServiceType.Oneshot));
        RequestId a = world.StartAndRun("a.service");
        RequestId w = world.StartAndRun("w.service");
        world.MainExits("b.service", 1);
        world.RunSpawns();
        Assert.That(world.JobResults(), Is.EquivalentTo(new[]
        {
            "b.service start failed", "a.service start dependency", "w.service start done",
        }), world.Dump());
        Assert.That(world.Outcome(a), Is.EqualTo("failed"));
        Assert.That(world.Outcome(w), Is.EqualTo("committed"));
        Assert.That(world["a.service"].GoalActive, Is.False, "it never ran: its goal is what it was");
    }

    [Test]
    public void Starts_follow_the_order_and_stops_go_against_it()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service", deps: "After=a.service"));
        world.Start("a.service b.service");
        Assert.That(world.TheSpawn(ExecRole.Main).Unit, Is.EqualTo(world["a.service"].Id));
        world.RunSpawns();
        world.Stop("a.service b.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.State("b.service"), Is.EqualTo("stop-sigterm"));
        world.MainExits("b.service", 15, ExitKind.Killed);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
    }

    [Test]
    public void Where_one_starts_and_one_stops_the_stop_goes_first_whichever_way_the_order_is()
    {
        foreach (string deps in new[] { "After=b.service", "Before=b.service" })
        {
            var world = new World(
                Make.Service("a.service", deps: $"Conflicts=b.service {deps}"), Make.Service("b.service"));
            world.StartAndRun("b.service");
            world.Start("a.service");
            Assert.That(world.State("a.service"), Is.EqualTo("dead"));
            world.MainExits("b.service", 15, ExitKind.Killed);
            Assert.That(world.State("a.service"), Is.EqualTo("start"));
        }
    }

    [Test]
    public void A_restart_of_ordered_units_stops_backwards_and_starts_forwards()
    {
        var world = new World(
            Make.Service("a.service"),
            Make.Service("b.service", deps: "Requires=a.service After=a.service"));
        world.StartAndRun("b.service");
        RequestId restart = world.Request(RequestVerb.Restart, "a.service");
        Assert.That(world.State("b.service"), Is.EqualTo("stop-sigterm"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        world.MainExits("b.service", 15, ExitKind.Killed);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("dead"));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
        Assert.That(world.State("b.service"), Is.EqualTo("dead"));
        world.RunSpawns();
        Assert.That(world.State("b.service"), Is.EqualTo("running"));
        Assert.That(world.Outcome(restart), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void A_start_that_joins_a_waiting_restart_is_ordered_as_that_restart()
    {
        var world = new World(
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: "After=a.service"),
            Make.Service("later.service", deps: "After=b.service"),
            Make.Service("new.service", deps: "Requires=b.service Conflicts=a.service"));
        world.StartAndRun("a.service");
        world.StartAndRun("b.service");
        world.StartAndRun("later.service");
        RequestId restart = world.Request(RequestVerb.Restart, "b.service later.service");
        world.MainExits("b.service");
        Assert.That(world["b.service"].Job, Is.Not.Null.And.Property("IsRunning").False,
            "it waits for the other's stop");
        RequestId start = world.Start("new.service");
        Assert.That(world.Outcome(start), Is.EqualTo("refused"), world.Dump());
        Assert.That(((EngineReply.Refused)world.Final(start)!).Messages,
            Has.Some.Contains("ordering cycle"));
        world.MainExits("later.service", 15, ExitKind.Killed);
        world.RunSpawns();
        Assert.That(world.Outcome(restart), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void What_is_bound_goes_down_though_its_dependents_are_ordered_in_a_circle()
    {
        var world = new World(
            Make.Service("base.service"),
            Make.Service("bound.service", deps: "BindsTo=base.service After=base.service"),
            Make.Service("c.service", deps: "Requires=bound.service After=d.service"),
            Make.Service("d.service", deps: "Requires=bound.service After=c.service"));
        world.StartAndRun("c.service");
        world.StartAndRun("d.service");
        world.MainExits("base.service", 1);
        Assert.That(world["bound.service"].Job, Is.Not.Null, world.Dump());
        world.MainExits("c.service", 15, ExitKind.Killed);
        world.MainExits("d.service", 15, ExitKind.Killed);
        world.MainExits("bound.service", 15, ExitKind.Killed);
        Assert.That(world.State("bound.service"), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.Engine.OpenTransactions, Is.Empty);
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(r =>
            r.Kind == RecordKind.Config
            && r.Text!.Contains("ordering cycle", StringComparison.Ordinal)));
    }

    [Test]
    public void Fail_mode_refuses_to_destroy_and_replace_mode_takes_over()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.StartAndRun("a.service");
        RequestId stop = world.Stop("a.service");
        Assert.That(world.Final(stop), Is.InstanceOf<EngineReply.Refused>());
        Assert.That(((EngineReply.Refused)world.Final(stop)!).Code, Is.EqualTo(ExitCode.Refused));
        stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Replace);
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
    }

    [Test]
    public void Queue_mode_waits_for_the_other_transaction()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.StartAndRun("a.service");
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Queue);
        Assert.That(world.Outcome(stop), Is.Null);
        world.Notify("a.service", new NotifyMessage { Ready = true });
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void Queue_mode_waits_no_longer_than_it_was_told_to()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        world.StartAndRun("a.service");
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Queue,
            r => r with { TimeoutUs = 3_000_000 });
        world.AdvanceSeconds(3);
        Assert.That(((EngineReply.Refused)world.Final(stop)!).Code, Is.EqualTo(ExitCode.TimedOut));
        RequestId gone = world.Request(RequestVerb.Stop, "a.service", JobMode.Queue,
            r => r with { CancelOnDisconnect = true });
        world.Send(new EngineEvent.ClientGone(gone));
        world.Notify("a.service", new NotifyMessage { Ready = true });
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
    }

    [Test]
    public void Two_requests_for_the_same_start_share_its_job()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId one = world.StartAndRun("a.service");
        RequestId two = world.Start("a.service");
        Assert.That(world.Engine.Jobs, Has.Count.EqualTo(1));
        world.Notify("a.service", new NotifyMessage { Ready = true });
        Assert.That(world.Outcome(one), Is.EqualTo("committed"));
        Assert.That(world.Outcome(two), Is.EqualTo("committed"));
    }

    [Test]
    public void A_restart_that_meets_a_running_start_restarts()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.StartAndRun("a.service");
        RequestId restart = world.Request(RequestVerb.Restart, "a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world.MainExits("a.service", 15, ExitKind.Killed);
        world.RunSpawns();
        world.Notify("a.service", new NotifyMessage { Ready = true });
        Assert.That(world.Outcome(restart), Is.EqualTo("committed"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
    }

    [Test]
    public void A_start_of_a_unit_on_its_way_down_waits_until_it_is_down()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.MainExits("a.service", empty: false);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"));
        RequestId start = world.Start("a.service");
        world.Send(new EngineEvent.CgroupEmptied(world["a.service"].Id));
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Outcome(start), Is.EqualTo("committed"));
    }

    [Test]
    public void A_transaction_has_a_time_limit_of_its_own()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.Request(
            RequestVerb.Start, "a.service",
            more: r => r with { TimeoutUs = 2_000_000, NoRollback = true });
        world.RunSpawns();
        world.AdvanceSeconds(2);
        var end = (EngineReply.Finished)world.Final(start)!;
        Assert.That(end.Outcome, Is.EqualTo("timedOut"));
        Assert.That(end.Code, Is.EqualTo(ExitCode.TimedOut));
    }

    [Test]
    public void Cancelling_ends_the_jobs_and_tells_both_clients()
    {
        var world = new World(
            Make.Service("a.service", ServiceType.Notify),
            Make.Service("b.service", deps: "After=a.service"));
        RequestId start = world.Request(
            RequestVerb.Start, "a.service b.service", more: r => r with { NoRollback = true });
        world.RunSpawns();
        TransactionId id = world.Engine.OpenTransactions.Single().Id;
        RequestId cancel = world.Request(
            RequestVerb.CancelTransaction, "", more: r => r with { Transaction = id });
        Assert.That(world.Outcome(start), Is.EqualTo("cancelled"));
        Assert.That(world.Outcome(cancel), Is.EqualTo("committed"));
        Assert.That(world.State("b.service"), Is.EqualTo("dead"));
        Assert.That(world["b.service"].GoalActive, Is.False);
        Assert.That(world.Engine.Jobs, Is.Empty);
    }

    [TestCase(false, null)]
    [TestCase(true, "cancelled")]
    public void A_client_that_goes_away_detaches_or_cancels(bool cancels, string? outcome)
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.Request(
            RequestVerb.Start, "a.service",
            more: r => r with { CancelOnDisconnect = cancels, NoRollback = true });
        world.RunSpawns();
        world.Send(new EngineEvent.ClientGone(start));
        Assert.That(world.Engine.OpenTransactions.Count, Is.EqualTo(cancels ? 0 : 1));
        string? ended = world.Engine.EndedTransactions.Count == 0
            ? null
            : TransactionWords.Of(world.Engine.EndedTransactions.Single().Outcome);
        Assert.That(ended, Is.EqualTo(outcome));
    }

    [Test]
    public void A_client_that_comes_back_hears_how_it_ended()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        RequestId start = world.StartAndRun("a.service");
        TransactionId id = world.Engine.OpenTransactions.Single().Id;
        world.Send(new EngineEvent.ClientGone(start));
        RequestId early = world.Request(
            RequestVerb.WaitTransaction, "", more: r => r with { Transaction = id });
        Assert.That(world.Outcome(early), Is.Null);
        world.Notify("a.service", new NotifyMessage { Ready = true });
        RequestId late = world.Request(
            RequestVerb.WaitTransaction, "", more: r => r with { Transaction = id });
        Assert.That(world.Outcome(early), Is.EqualTo("committed"));
        Assert.That(world.Outcome(late), Is.EqualTo("committed"));
        RequestId never = world.Request(RequestVerb.WaitTransaction, "",
            more: r => r with { Transaction = new TransactionId(99) });
        Assert.That(world.Outcome(never), Is.EqualTo("refused"));
    }

    [Test]
    public void A_plan_hash_runs_exactly_that_plan_or_is_refused()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        string hash = PlanTests.PlanOf(world, RequestVerb.Start, "a.service").Hash;
        Assert.That(hash, Has.Length.EqualTo(64));
        RequestId other = world.Request(
            RequestVerb.Start, "b.service", more: r => r with { PlanHash = hash });
        Assert.That(world.Outcome(other), Is.EqualTo("refused"));
        RequestId same = world.Request(
            RequestVerb.Start, "a.service", more: r => r with { PlanHash = hash });
        world.RunSpawns();
        Assert.That(world.Outcome(same), Is.EqualTo("committed"));
        RequestId stale = world.Request(
            RequestVerb.Start, "a.service", more: r => r with { PlanHash = hash });
        Assert.That(world.Outcome(stale), Is.EqualTo("refused"));
    }

    [Test]
    public void A_dry_run_changes_nothing()
    {
        var world = new World(Make.Service("a.service"));
        byte[] before = world.Engine.Digest();
        RequestId dry = world.Request(RequestVerb.Start, "a.service", more: r => r with { DryRun = true });
        Assert.That(world.Final(dry), Is.InstanceOf<EngineReply.Planned>());
        Assert.That(world.Engine.Digest(), Is.EqualTo(before));
        Assert.That(world.Records, Is.Empty);
    }

    [Test]
    public void Nothing_to_do_is_a_success()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        RequestId again = world.Start("a.service");
        Assert.That(world.Outcome(again), Is.EqualTo("committed"));
    }

    [Test]
    public void Requisite_fails_at_once_when_the_other_is_not_active()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requisite=b.service After=b.service"),
            Make.Service("b.service"));
        RequestId start = world.Start("a.service");
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world.JobResults(), Is.EqualTo(new[]
        {
            "b.service verify-active failed", "a.service start dependency",
        }));
    }

    [Test]
    public void A_skipped_requirement_satisfies_Requires_but_not_BindsTo_with_After()
    {
        UnitDefinition skipped = Make.Service("b.service", unit: u => u with
        {
            Conditions = [new UnitCondition("PathExists", "/x", false, false, false, SourceLocation.BuiltIn)],
        });
        var world = new World(skipped,
            Make.Service("r.service", deps: "Requires=b.service After=b.service"),
            Make.Service("t.service", deps: "BindsTo=b.service After=b.service"));
        RequestId r = world.Start("r.service");
        RequestId t = world.Start("t.service");
        world.Prepared("b.service", PrepareOutcome.ConditionFailed, "ConditionPathExists=/x");
        world.RunSpawns();
        Assert.That(world.JobResults(), Has.Member("b.service start skipped"));
        Assert.That(world.Outcome(r), Is.EqualTo("committed"));
        Assert.That(world.Outcome(t), Is.EqualTo("failed"), world.Dump());
        Assert.That(world["b.service"].ConditionText, Is.EqualTo("ConditionPathExists=/x"));
    }

    [Test]
    public void A_job_has_its_own_time_limit_and_the_unit_goes_on_without_it()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify,
            unit: u => u with { JobTimeoutUs = 5_000_000 }));
        RequestId start = world.Request(
            RequestVerb.Start, "a.service", more: r => r with { NoRollback = true });
        world.RunSpawns();
        world.AdvanceSeconds(5);
        Assert.That(world.JobResults(), Is.EqualTo(new[] { "a.service start timeout" }));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world.State("a.service"), Is.EqualTo("start"));
    }

    [Test]
    public void Limits_are_named_when_they_refuse()
    {
        var world = new World(Make.Service("a.service"));
        RequestId many = world.Request(RequestVerb.Start, "a.service",
            more: r => r with { Units = [.. Enumerable.Repeat(UnitName.Parse("a.service"), 1025)] });
        Assert.That(((EngineReply.Refused)world.Final(many)!).Messages[0], Does.Contain("limit 1024"));
        RequestId reason = world.Request(RequestVerb.Start, "a.service",
            more: r => r with { Reason = new string('x', 513) });
        Assert.That(((EngineReply.Refused)world.Final(reason)!).Messages[0], Does.Contain("limit 512"));
    }
}
