using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Transaction;

/// <summary>Undo of a committed transaction, and apply of several goals at once.</summary>
internal sealed class UndoTests
{
    [Test]
    public void What_was_started_stops_and_what_was_stopped_starts()
    {
        var world = new World(
            Make.Service("new.service", deps: "Conflicts=old.service Requires=base.service"),
            Make.Service("base.service"), Make.Service("old.service"));
        world.StartAndRun("old.service");
        Do(world, RequestVerb.Start, "new.service");
        Assert.That(Up(world), Is.EqualTo("base.service new.service"), world.Dump());
        RequestId undo = Undo(world, 2);
        Assert.That(world.Outcome(undo), Is.EqualTo("committed"), world.Dump());
        Assert.That(Up(world), Is.EqualTo("old.service"));
        Assert.That(world["new.service"].GoalActive, Is.False);
        undo = Undo(world, 3);
        Assert.That(world.Outcome(undo), Is.EqualTo("committed"), "an undo is undone as well");
        Assert.That(Up(world), Is.EqualTo("base.service new.service"));
    }

    [Test]
    public void A_stop_with_its_dependents_is_undone_as_one()
    {
        var world = new World(
            Make.Service("db.service"),
            Make.Service("app.service", deps: "Requires=db.service After=db.service"));
        world.StartAndRun("app.service");
        Do(world, RequestVerb.Stop, "db.service");
        Assert.That(Up(world), Is.Empty, world.Dump());
        Undo(world, 2);
        Assert.That(Up(world), Is.EqualTo("app.service db.service"), world.Dump());
    }

    [Test]
    public void What_is_only_wanted_and_was_not_up_stays_down()
    {
        var world = new World(
            Make.Service("a.service", deps: "Wants=extra.service"), Make.Service("extra.service"));
        world.StartAndRun("a.service");
        Do(world, RequestVerb.Stop, "extra.service");
        Do(world, RequestVerb.Stop, "a.service");
        Undo(world, 3);
        Assert.That(Up(world), Is.EqualTo("a.service"), world.Dump());
    }

    [Test]
    public void A_later_change_of_a_unit_refuses_it_by_name_and_force_puts_it_back()
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        world.StartAndRun("a.service b.service");
        Do(world, RequestVerb.Restart, "b.service");
        RequestId undo = Undo(world, 1);
        Assert.That(world.Final(undo), Is.InstanceOf<EngineReply.Refused>(), world.Dump());
        var refused = (EngineReply.Refused)world.Final(undo)!;
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Refused));
        Assert.That(refused.Messages, Has.Count.EqualTo(1).And.Some.Contains(
            "b.service was changed since by transaction 2 (restart)"));
        Assert.That(Up(world), Is.EqualTo("a.service b.service"), "nothing changed");
        undo = Undo(world, 1, force: true);
        Assert.That(world.Outcome(undo), Is.EqualTo("committed"), world.Dump());
        Assert.That(Up(world), Is.Empty);
    }

    [Test]
    public void An_automatic_restart_since_is_no_later_change()
    {
        var world = new World(
            Make.Service("a.service", with: s => s with { Restart = RestartMode.Always }),
            Make.Service("b.service", deps: "PartOf=a.service"));
        world.StartAndRun("a.service b.service");
        world.MainExits("a.service", 1);
        world.AdvanceSeconds(1);
        Run(world);
        Assert.That(Up(world), Does.StartWith("a.service"), world.Dump());
        Assert.That(world.Outcome(Undo(world, 1)), Is.EqualTo("committed"), world.Dump());
        Assert.That(Up(world), Is.Empty);
    }

    [Test]
    public void What_would_have_to_go_along_is_refused_and_done_with_force()
    {
        var world = new World(
            Make.Service("db.service"), Make.Service("app.service", deps: "Requires=db.service"));
        world.StartAndRun("db.service");
        world.StartAndRun("app.service");
        RequestId undo = Undo(world, 1);
        Assert.That(world.Outcome(undo), Is.EqualTo("refused"), world.Dump());
        Assert.That(((EngineReply.Refused)world.Final(undo)!).Messages, Has.Some.Contains(
            "app.service would have to stop as well").And.Some.Contains("/etc/app.service:2"));
        Assert.That(world.Outcome(Undo(world, 1, force: true)), Is.EqualTo("committed"));
        Assert.That(Up(world), Is.Empty, world.Dump());
    }

    [Test]
    public void What_was_restarted_does_not_stop_with_what_was_brought_up()
    {
        // The restart of base takes app along, which brings up extra; app is part of that, too.
        var world = new World(
            Make.Service("base.service"), Make.Service("extra.service"),
            Make.Service("app.service",
                deps: "Wants=extra.service PartOf=base.service PartOf=extra.service"));
        world.StartAndRun("base.service app.service");
        world.MainExits("extra.service");
        Run(world);
        Assert.That(Up(world), Is.EqualTo("app.service base.service"), world.Dump());
        Do(world, RequestVerb.Restart, "base.service");
        Assert.That(Up(world), Is.EqualTo("app.service base.service extra.service"));
        RequestId undo = Undo(world, 2);
        Assert.That(world.Outcome(undo), Is.EqualTo("refused"), world.Dump());
        Assert.That(((EngineReply.Refused)world.Final(undo)!).Messages, Has.Some.Contains(
            "app.service would have to stop as well, and was up before transaction 2"));
        Assert.That(Up(world), Is.EqualTo("app.service base.service extra.service"));
    }

    [Test]
    public void Only_committed_requests_that_are_remembered_can_be_undone()
    {
        var world = new World(
            new EngineLimits { UndoJobs = 1 }, Make.Service("a.service"),
            Make.Service("b.service"), Make.Service("bad.service", ServiceType.Exec));
        Assert.That(Why(world, 7), Does.Contain("not known"));
        RequestId start = world.Start("bad.service");
        Assert.That(Why(world, 1), Does.Contain("has not ended").And.Contain("initx tx cancel 1"));
        Run(world);
        world.StartAndRun("a.service b.service");
        Assert.That(Why(world, 2), Does.Contain("not remembered").And.Contain("UndoJobs"));
        Assert.That(world.Final(start), Is.Not.Null);

        world = new World(Make.Service("a.service"));
        world.Start("a.service");
        world.Request(RequestVerb.CancelTransaction, "",
            more: r => r with { Transaction = new TransactionId(1) });
        Run(world);
        Assert.That(Why(world, 1), Does.Contain("did not commit (cancelled)"), world.Dump());
    }

    [Test]
    public void Undo_of_what_left_no_change_is_done_and_says_so()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        Do(world, RequestVerb.Restart, "a.service");
        RequestId undo = Undo(world, 2);
        var done = (EngineReply.Finished)world.Final(undo)!;
        Assert.That((done.Code, done.Transaction.Value), Is.EqualTo((ExitCode.Done, 0L)));
        Assert.That(done.Messages, Has.Some.Contains("nothing to undo"));
        Assert.That(Up(world), Is.EqualTo("a.service"));
    }

    [Test]
    public void What_can_be_undone_outlives_the_manager()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        Assert.That(world.Restored(out _).Digest(), Is.EqualTo(world.Engine.Digest()));
        world.Crash();
        Assert.That(world.Outcome(Undo(world, 1)), Is.EqualTo("committed"), world.Dump());
        Assert.That(Up(world), Is.Empty);
    }

    [Test]
    public void A_failing_undo_is_rolled_back()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("old.service", ServiceType.Notify));
        world.Start("old.service");
        world.RunSpawns();
        world.Notify("old.service", new NotifyMessage { Ready = true });
        Apply(world, "a.service", "old.service");
        Assert.That(Up(world), Is.EqualTo("a.service"), world.Dump());
        RequestId undo = Send(world, 2, false);
        Run(world);
        world.MainExits("old.service", 1);
        Run(world);
        Assert.That(world.Outcome(undo), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(Up(world), Is.EqualTo("a.service"));
    }

    [Test]
    public void A_dry_run_of_an_undo_has_a_hash_that_runs_it()
    {
        var world = new World(Make.Service("a.service"));
        world.StartAndRun("a.service");
        RequestId plan = Send(world, 1, false, r => r with { DryRun = true });
        string hash = ((EngineReply.Planned)world.Final(plan)!).Plan.Hash;
        RequestId undo = Send(world, 1, false, r => r with { PlanHash = new string('0', 64) });
        Assert.That(world.Outcome(undo), Is.EqualTo("refused"));
        undo = Send(world, 1, false, r => r with { PlanHash = hash });
        Run(world);
        Assert.That(world.Outcome(undo), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void Apply_starts_and_stops_in_one_transaction_and_twice_is_nothing()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service"), Make.Service("c.service"));
        world.StartAndRun("a.service b.service");
        RequestId apply = Apply(world, "b.service c.service", "a.service");
        Assert.That(world.Outcome(apply), Is.EqualTo("committed"), world.Dump());
        Assert.That(Up(world), Is.EqualTo("b.service c.service"));
        int rows = world.Records.Count(r => r.Kind == RecordKind.Transition);
        apply = Apply(world, "b.service c.service", "a.service");
        Assert.That(world.Outcome(apply), Is.EqualTo("committed"));
        Assert.That(
            world.Records.Count(r => r.Kind == RecordKind.Transition), Is.EqualTo(rows));
    }

    [Test]
    public void Apply_fails_as_one()
    {
        var world = new World(
            Make.Service("a.service"), Make.Service("b.service", ServiceType.Notify));
        world.StartAndRun("a.service");
        RequestId apply = Apply(world, "b.service", "a.service");
        world.MainExits("b.service", 1);
        Run(world);
        Assert.That(world.Outcome(apply), Is.EqualTo("rolledBack"), world.Dump());
        Assert.That(Up(world), Is.EqualTo("a.service"));
    }

    [Test]
    public void Contradictory_goals_are_refused_with_both_reasons()
    {
        var world = new World(
            Make.Service("a.service", deps: "Requires=b.service"), Make.Service("b.service"));
        RequestId apply = Apply(world, "a.service", "b.service");
        var refused = (EngineReply.Refused)world.Final(apply)!;
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Refused));
        Assert.That(refused.Messages, Has.Some.Contains("/etc/a.service:2"));
        apply = Apply(world, "a.service", "a.service");
        refused = (EngineReply.Refused)world.Final(apply)!;
        Assert.That(refused.Messages, Has.Some.Contains("both up and down"));
        Assert.That(Up(world), Is.Empty);
    }

    [Test]
    public void A_masked_unit_can_be_wanted_down()
    {
        var world = new World(
            Make.Service("a.service"),
            Make.Service("off.service", unit: u => u with { LoadState = UnitLoadState.Masked }));
        RequestId apply = Apply(world, "a.service", "off.service");
        Assert.That(world.Outcome(apply), Is.EqualTo("committed"), world.Dump());
    }

    private static RequestId Apply(World world, string up, string down)
    {
        RequestId apply = world.Request(RequestVerb.Apply, up,
            more: r => r with { Stops = [.. down.Split(' ').Select(UnitName.Parse)] });
        Run(world);
        return apply;
    }

    private static void Do(World world, RequestVerb verb, string units)
    {
        world.Request(verb, units);
        Run(world);
    }

    private static RequestId Undo(World world, long transaction, bool force = false)
    {
        RequestId undo = Send(world, transaction, force);
        Run(world);
        return undo;
    }

    private static RequestId Send(
        World world, long transaction, bool force,
        Func<ControlRequest, ControlRequest>? more = null) => world.Request(
            RequestVerb.Undo, "", more: r =>
            {
                ControlRequest undo = r with
                {
                    Transaction = new TransactionId(transaction),
                    Force = force,
                };
                return more is null ? undo : more(undo);
            });

    private static string Why(World world, long transaction) => string.Join(
        '\n', ((EngineReply.Refused)world.Final(Send(world, transaction, false))!).Messages);

    private static string Up(World world) => string.Join(
        ' ',
        world.Engine.Units
            .Where(u => u.Active is ActiveState.Active or ActiveState.Reloading)
            .Select(u => u.Name.Value).Order(StringComparer.Ordinal));

    private static void Run(World world) => RollbackTests.Answer(world);
}
