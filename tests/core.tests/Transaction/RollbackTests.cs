using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>All or nothing: a failed request leaves what was there before it.</summary>
internal sealed class RollbackTests
{
    [Test]
    public void What_was_started_stops_again_when_a_part_fails()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service", deps: "After=a.service"),
            Make.Service("c.service", deps: "After=b.service"));
        RequestId start = world.Start("a.service b.service c.service");
        Answer(world, "b.service");
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(((EngineReply.Finished)world.Final(start)!).Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.State("b.service"), Is.EqualTo("failed"));
        Assert.That(world.Path("c.service"), Is.Empty, "it was not tried any more");
        Assert.That(
            new[] { "a.service", "b.service", "c.service" }.Select(u => world[u].GoalActive),
            Has.All.False);
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(r =>
            r is { Kind: RecordKind.Transaction, To: "rollingBack" }
            && r.Text!.Contains("b.service", StringComparison.Ordinal)));
    }

    [Test]
    public void What_a_conflict_stopped_comes_back()
    {
        var world = new World(
            Make.Service("new.service", ServiceType.Notify, deps: "Conflicts=old.service"),
            Make.Service("old.service"));
        world.StartAndRun("old.service");
        RequestId start = world.Start("new.service");
        Answer(world);
        Assert.That(world.State("old.service"), Is.EqualTo("dead"), world.Dump());
        world.MainExits("new.service", 1);
        Answer(world);
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("old.service"), Is.EqualTo("running"));
        Assert.That(world["old.service"].GoalActive);
        Assert.That(world.State("new.service"), Is.EqualTo("failed"));
    }

    [Test]
    public void A_service_that_does_not_come_back_from_its_restart_is_not_tried_again()
    {
        var world = new World(
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", with: s => s with { Restart = RestartMode.Always }),
            Make.Service("user.service", deps: "Requires=b.service After=b.service"));
        world.StartAndRun("a.service user.service");
        RequestId restart = world.Request(RequestVerb.Restart, "a.service b.service");
        Answer(world, "b.service");
        Assert.That(world.Outcome(restart), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.State("b.service"), Is.EqualTo("failed"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.State("user.service"), Is.EqualTo("dead"), "it requires b.service");
        var messages = ((EngineReply.Finished)world.Final(restart)!).Messages;
        Assert.That(messages, Has.Some.Contains("b.service was active").And.Contains("initx why"));
        Assert.That(messages, Has.Some.Contains("user.service stays down"));
    }

    [Test]
    public void Without_rollback_what_works_is_kept_and_a_service_restarts_by_itself()
    {
        var world = new World(
            Make.Service("a.service"),
            Make.Service("b.service", with: s => s with { Restart = RestartMode.Always }));
        RequestId start = world.Request(
            RequestVerb.Start, "a.service b.service", more: r => r with { NoRollback = true });
        Answer(world, "b.service");
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.State("b.service"), Is.EqualTo("auto-restart"));
    }

    [Test]
    public void A_circle_with_a_job_that_waits_is_cut_and_recorded_on_the_way_back()
    {
        var world = new World(
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: "After=a.service After=slow.service"),
            Make.Service("slow.service", ServiceType.Notify),
            Make.Service("new.service", deps: "Conflicts=a.service After=a.service"));
        world.StartAndRun("a.service");
        RequestId other = world.Start("slow.service b.service");
        RequestId start = world.Start("new.service");
        Answer(world, "new.service");
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(r =>
            r.Kind == RecordKind.Config
            && r.Text!.Contains("ignores that", StringComparison.Ordinal)));
        world.Notify("slow.service", new NotifyMessage { Ready = true });
        Answer(world);
        Assert.That(world.Outcome(other), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void A_rollback_with_more_circles_than_the_limit_gives_up_their_order()
    {
        var world = new World(
            new EngineLimits { CycleBreaks = 0 },
            Make.Service("a.service", deps: "After=b.service"),
            Make.Service("b.service", deps: "After=a.service After=slow.service"),
            Make.Service("slow.service", ServiceType.Notify),
            Make.Service("new.service", deps: "Conflicts=a.service After=a.service"));
        world.StartAndRun("a.service");
        world.Start("slow.service b.service");
        RequestId start = world.Start("new.service");
        Answer(world, "new.service");
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        Assert.That(world.Records, Has.Some.Matches<JournalRecord>(r =>
            r.Kind == RecordKind.Config && r.Text!.EndsWith(
                "all order among the 2 units that are on one: a.service, b.service",
                StringComparison.Ordinal)));
    }

    [Test]
    public void What_is_only_wanted_may_fail()
    {
        var world = new World(
            Make.Service("a.service", deps: "Wants=b.service"), Make.Service("b.service"));
        RequestId start = world.Start("a.service");
        Answer(world, "b.service");
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void Cancelling_takes_back_what_was_done()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service", ServiceType.Notify));
        RequestId start = world.StartAndRun("a.service b.service");
        TransactionId id = world.Engine.OpenTransactions.Single().Id;
        world.Request(RequestVerb.CancelTransaction, "", more: r => r with { Transaction = id });
        RequestId again = world.Request(
            RequestVerb.CancelTransaction, "", more: r => r with { Transaction = id });
        Assert.That(world.Outcome(again), Is.EqualTo("refused"), "a rollback goes to its end");
        Answer(world);
        Assert.That(world.Outcome(start), Is.EqualTo("cancelled"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.State("b.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void The_time_of_a_transaction_is_over_and_what_was_done_is_taken_back()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service", ServiceType.Notify));
        RequestId start = world.Request(
            RequestVerb.Start, "a.service b.service", more: r => r with { TimeoutUs = 2_000_000 });
        Answer(world);
        world.AdvanceSeconds(2);
        Answer(world);
        var end = (EngineReply.Finished)world.Final(start)!;
        Assert.That((end.Outcome, end.Code), Is.EqualTo(("timedOut", ExitCode.TimedOut)));
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
    }

    [Test]
    public void A_rollback_that_fails_says_what_is_left_where()
    {
        var world = new World(
            Make.Service("new.service", deps: "Conflicts=old.service After=old.service"),
            Make.Service("old.service"));
        world.StartAndRun("old.service");
        RequestId start = world.Start("new.service");
        Answer(world, "new.service", "old.service");
        var end = (EngineReply.Finished)world.Final(start)!;
        Assert.That((end.Outcome, end.Code),
            Is.EqualTo(("rollbackFailed", ExitCode.RollbackFailed)), world.Dump());
        Assert.That(end.Messages,
            Has.Some.StartsWith("old.service: start failed, it is not as it was"));
    }

    [TestCase(JobKind.Start)]
    [TestCase(JobKind.Restart, TestName = "A start that joined a waiting restart counts alike")]
    public void What_its_conditions_keep_down_is_not_put_back(JobKind kind)
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        world.Request(RequestVerb.Stop, "a.service");
        Answer(world);
        var transaction = new TransactionRuntime(new TransactionId(7), RequestVerb.Restart);
        transaction.JobList.Add(new TransactionJob(world["a.service"], new JobId(1), kind)
        {
            IsCompensation = true,
            PriorState = ActiveState.Active,
            Result = JobResult.Skipped,
        });
        TransactionVerdict.Give(transaction);
        Assert.That(transaction.Outcome, Is.EqualTo(TransactionOutcome.RollbackFailed));
        Assert.That(transaction.Messages, Has.Some.Contains("a.service")
            .And.Contains("it is not as it was before"));
    }

    [Test]
    public void A_rollback_has_a_time_of_its_own()
    {
        var world = new World(
            Make.Service("new.service", deps: "Conflicts=old.service After=old.service"),
            Make.Service("old.service", ServiceType.Notify,
                with: s => s with { TimeoutStartUs = ServiceSettings.Infinity }));
        world.StartAndRun("old.service");
        world.Notify("old.service", new NotifyMessage { Ready = true });
        RequestId start = world.Start("new.service");
        Answer(world, "new.service");
        Assert.That(world.State("old.service"), Is.EqualTo("start"), world.Dump());
        world.Advance(world.Limits.RollbackTimeoutUs);
        Assert.That(world.Outcome(start), Is.EqualTo("rollbackFailed"), world.Dump());
    }

    [Test]
    public void Putting_back_ignores_the_start_limit()
    {
        var world = new World(
            Make.Service("new.service", deps: "Conflicts=old.service After=old.service"),
            Make.Service("old.service", unit: u => u with
            {
                StartLimitBurst = 1,
                StartLimitIntervalUs = 3_600_000_000,
            }));
        world.StartAndRun("old.service");
        RequestId start = world.Start("new.service");
        Answer(world, "new.service");
        Assert.That(world.Outcome(start), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(world.State("old.service"), Is.EqualTo("running"));
    }

    [Test]
    public void What_another_request_took_over_is_left_to_it()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service", ServiceType.Notify),
            Make.Service("user.service", deps: "Requires=a.service"));
        RequestId start = world.Start("a.service b.service");
        Answer(world);
        world.Start("user.service");
        Answer(world);
        world.MainExits("b.service", 1);
        Answer(world);
        Assert.That(world.Outcome(start), Is.EqualTo("failed"), world.Dump());
        Assert.That(world.State("a.service"), Is.EqualTo("running"), "user.service needs it");
        Assert.That(((EngineReply.Finished)world.Final(start)!).Messages,
            Has.Some.EqualTo("a.service is left to transaction 2"));
    }

    [Test]
    public void A_unit_that_asks_for_it_is_left_as_the_failure_left_it()
    {
        static UnitDefinition Leave(UnitDefinition unit) => unit with
        {
            Rollback = false,
            Settings =
            [
                new EffectiveSetting(
                    "X-InitTx", "Rollback", "no", new SourceLocation("/etc/x.service", 9)),
            ],
        };
        var world = new World(
            Make.Service("gone.service", unit: Leave),
            Make.Service("user.service", deps: "Requires=gone.service After=gone.service"),
            Make.Service("stays.service", unit: Leave, deps: "Conflicts=gone.service"),
            Make.Service("new.service", deps: "After=stays.service"));
        world.StartAndRun("gone.service user.service");
        RequestId start = world.Start("stays.service new.service");
        Answer(world, "new.service");
        var end = (EngineReply.Finished)world.Final(start)!;
        Assert.That(end.Outcome, Is.EqualTo("failed"), world.Dump());
        Assert.That(world.State("stays.service"), Is.EqualTo("running"));
        Assert.That(world.State("gone.service"), Is.EqualTo("dead"));
        Assert.That(world.State("user.service"), Is.EqualTo("dead"), "it requires gone.service");
        Assert.That(end.Messages, Is.SupersetOf(new[]
        {
            "stays.service is left up: Rollback=no (/etc/x.service:9)",
            "gone.service is left down: Rollback=no (/etc/x.service:9)",
        }));
        TransactionPlan plan = PlanTests.PlanOf(world, RequestVerb.Stop, "stays.service");
        Assert.That(plan.Irreversible, Does.Contain(
            "stays.service: a rollback leaves it as it is then, Rollback=no (/etc/x.service:9)"));
    }

    [Test]
    public void A_plan_names_no_unit_as_left_that_it_only_asks_about()
    {
        var world = new World(
            Make.Service(
                "slow.service", ServiceType.Notify, unit: u => u with { Rollback = false }),
            Make.Service("asker.service", deps: "Requisite=slow.service After=slow.service"));
        world.StartAndRun("slow.service");
        TransactionPlan plan = PlanTests.PlanOf(world, RequestVerb.Start, "asker.service");
        Assert.That(
            plan.Jobs.Select(job => (job.Unit.Value, job.Kind)),
            Does.Contain(("slow.service", JobKind.VerifyActive)));
        Assert.That(plan.Irreversible, Is.Empty);
    }

    [Test]
    public void A_boot_keeps_what_works()
    {
        var world = new World(
            Make.Target("default.target", "Requires=a.service Requires=b.service"),
            Make.Service("a.service"), Make.Service("b.service"));
        world.Send(new EngineEvent.Booted(UnitName.Parse("default.target"), "test"));
        Answer(world, "b.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"), world.Dump());
    }

    internal static void Answer(World world, params string[] broken)
    {
        while (AnswerOnce(world, broken))
        {
        }
    }

    /// <summary>Lets every process appear, or fail, and end when it is told to.</summary>
    internal static bool AnswerOnce(World world, string[] broken)
    {
        bool any = false;
        foreach (Effect.Spawn spawn in world.PendingSpawns.ToArray())
        {
            any = true;
            world.PendingSpawns.Remove(spawn);
            string unit = world.Engine.Unit(spawn.Unit).Name.Value;
            if (broken.Contains(unit))
                world.Send(new EngineEvent.SpawnFailed(spawn.Token, false, "clone3", 11));
            else
                world.Spawned(spawn);
        }

        foreach (UnitRuntime unit in world.Engine.Units.ToArray())
        {
            if (StateWords.Of(unit.Sub) != "stop-sigterm" || unit.MainProcess.IsNone)
                continue;
            any = true;
            world.MainExits(unit.Name.Value, 15, ExitKind.Killed);
        }

        return any;
    }
}
