using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Recovery;

/// <summary>A planned re-exec changes nothing that can be observed but connections.</summary>
internal sealed class PlannedReexecTests
{
    private static readonly UnitDefinition Checked = Make.Service("a.service") with
    {
        Conditions =
        [
            new UnitCondition("PathExists", "/x", false, false, false, SourceLocation.BuiltIn),
        ],
    };

    [Test]
    public void A_queued_request_is_carried_out_and_its_client_hears_of_it_by_number()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        world.StartAndRun("a.service");
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Queue);
        TransactionId id = Accepted(world, stop);
        world.Reexec();
        RequestId wait = world.Request(
            RequestVerb.WaitTransaction, "", more: r => r with { Transaction = id });
        world.Notify("a.service", new NotifyMessage { Ready = true });
        Assert.That(world.State("a.service"), Is.EqualTo("stop-sigterm"), world.Dump());
        world.MainExits("a.service", 15, ExitKind.Killed);
        Assert.That(world.Outcome(wait), Is.EqualTo("committed"), world.Dump());
    }

    [Test]
    public void A_queued_request_keeps_its_time_limit()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        world.StartAndRun("a.service");
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Queue,
            r => r with { TimeoutUs = 3_000_000 });
        TransactionId id = Accepted(world, stop);
        world.AdvanceSeconds(2);
        world.Reexec();
        world.AdvanceSeconds(1);
        TransactionRuntime ended = world.Engine.FindTransaction(id)!;
        Assert.That(ended.Outcome, Is.EqualTo(TransactionOutcome.TimedOut), world.Dump());
    }

    [Test]
    public void A_queued_request_can_be_cancelled_and_a_refused_one_is_remembered()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        world.StartAndRun("a.service");
        TransactionId one = Accepted(
            world, world.Request(RequestVerb.Stop, "a.service", JobMode.Queue));
        RequestId stop = world.Request(RequestVerb.Stop, "a.service", JobMode.Queue);
        TransactionId two = Accepted(world, stop);
        world.Reexec();
        world.Request(
            RequestVerb.CancelTransaction, "", more: r => r with { Transaction = one });
        Assert.That(world.Engine.FindTransaction(one)!.Outcome,
            Is.EqualTo(TransactionOutcome.Cancelled));
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.Engine.FindTransaction(two)!.Outcome,
            Is.EqualTo(TransactionOutcome.Refused));
    }

    [TestCase(4000, "cancelled")]
    [TestCase(4001, "open")]
    public void A_client_that_cancels_by_going_away_still_does_when_it_came_back(
        int pid, string outcome)
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        TransactionId id = Accepted(world, world.Request(
            RequestVerb.Start, "a.service", more: r => r with
            {
                CancelOnDisconnect = true,
                NoRollback = true,
            }));
        world.RunSpawns();
        world.Reexec();
        RequestId wait = world.Request(
            RequestVerb.WaitTransaction, "", more: r => r with
            {
                Transaction = id,
                Requester = r.Requester with { Pid = pid },
            });
        world.Send(new EngineEvent.ClientGone(wait));
        Assert.That(TransactionWords.Of(world.Engine.FindTransaction(id)!.Outcome),
            Is.EqualTo(outcome));
    }

    [Test]
    public void A_client_that_cancels_by_going_away_and_does_not_come_back_has_gone()
    {
        var world = new World(Make.Service("a.service", ServiceType.Notify));
        TransactionId id = Accepted(world, world.Request(
            RequestVerb.Start, "a.service", more: r => r with
            {
                CancelOnDisconnect = true,
                NoRollback = true,
            }));
        world.RunSpawns();
        world.Reexec();
        world.AdvanceSeconds(29);
        Assert.That(world.Engine.FindTransaction(id)!.IsOpen);
        world.AdvanceSeconds(1);
        Assert.That(world.Engine.FindTransaction(id)!.Outcome,
            Is.EqualTo(TransactionOutcome.Cancelled));
    }

    [Test]
    public void A_question_to_the_helper_is_asked_again_and_has_what_is_left_of_its_time()
    {
        var world = new World(Checked);
        world.Start("a.service");
        long due = world["a.service"].DeadlineUs;
        world.AdvanceSeconds(20);
        world.Reexec();
        Assert.That(world.Effects.OfType<Effect.Prepare>().Count(), Is.EqualTo(1));
        Assert.That(world["a.service"].DeadlineUs, Is.EqualTo(due));
    }

    [Test]
    public void A_watchdog_goes_on_where_it_was()
    {
        var world = new World(Make.Service(
            "a.service", ServiceType.Notify, with: s => s with { WatchdogUs = 2_000_000 }));
        world.StartAndRun("a.service");
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.AdvanceSeconds(1);
        world.Notify("a.service", new NotifyMessage { WatchdogPing = true });
        long due = world["a.service"].WatchdogDeadlineUs;
        world.AdvanceSeconds(1.5);
        world.Reexec();
        Assert.That(world["a.service"].WatchdogDeadlineUs, Is.EqualTo(due));
    }

    [Test]
    public void A_stop_that_signals_nobody_waits_for_its_time_as_before()
    {
        var world = new World(Make.Service(
            "a.service",
            with: s => s with { WatchdogUs = 1_000_000, TimeoutAbortUs = 5_000_000 },
            kill: new KillSettings { Mode = KillMode.None }));
        world.StartAndRun("a.service");
        world.AdvanceSeconds(1);
        Assert.That(world.State("a.service"), Is.EqualTo("stop-watchdog"), world.Dump());
        world.Reexec();
        Assert.That(world.State("a.service"), Is.EqualTo("stop-watchdog"), world.Dump());
    }

    [Test]
    public void A_missing_PID_file_is_looked_at_when_it_was_due_and_not_before()
    {
        var world = new World(Make.Service(
            "a.service", ServiceType.Forking, with: s => s with { PidFile = "/run/a.pid" }));
        world.StartAndRun("a.service");
        world.ControlExits("a.service");
        world.Reexec();
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReadPidFile>(), "answer lost");
        world.Send(new EngineEvent.PidFileRead(world["a.service"].Id, default, "no such file"));
        world.Reexec();
        Assert.That(world.Effects, Has.None.InstanceOf<Effect.ReadPidFile>());
        world.AdvanceSeconds(0.05);
        Assert.That(world.Effects, Has.Some.InstanceOf<Effect.ReadPidFile>());
    }

    [Test]
    public void What_was_refused_before_is_not_ordered_again()
    {
        var world = new World(Make.Service("a.service", deps: "Upholds=b.service"));
        world.StartAndRun("a.service");
        int before = world.Records.Count;
        world.Reexec();
        Assert.That(world.Records.Skip(before).Select(r => r.Kind),
            Is.EqualTo(new[] { RecordKind.Reexec }), world.Dump());
    }

    [Test]
    public void Idle_services_are_released_in_the_order_of_their_names()
    {
        string[] first = Released(reexec: false);
        string[] second = Released(reexec: true);
        Assert.That(first, Is.EqualTo(new[] { "a.service", "z.service" }));
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void No_image_is_replaced_once_the_last_stages_of_a_shutdown_run()
    {
        var world = new World();
        world.Request(RequestVerb.Poweroff, "");
        Assert.That(world.Engine.IsLeaving);
        Assert.That(world.Outcome(world.Request(RequestVerb.Reexec, "")), Is.EqualTo("refused"));
        world.Send(new EngineEvent.SignalReceived(15, 1, 0));
        Assert.That(world.Effects, Has.None.InstanceOf<Effect.Reexec>());
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Jobs_that_waited_for_the_same_one_run_in_the_order_of_their_numbers(bool reexec)
    {
        var world = new World(
            Make.Service("first.service", ServiceType.Notify),
            Make.Service("a.service", deps: "After=first.service"),
            Make.Service("z.service", deps: "After=first.service"));
        world.StartAndRun("z.service");
        world.Request(RequestVerb.Restart, "z.service");
        world.Start("first.service a.service");

        // The start half of the older job comes to wait behind the younger one.
        world.MainExits("z.service", 15, ExitKind.Killed);
        world.RunSpawns();
        if (reexec)
            world.Reexec();
        int before = world.Records.Count;
        world.Notify("first.service", new NotifyMessage { Ready = true });
        Assert.That(
            world.Records.Skip(before)
                .Where(r => r is { Kind: RecordKind.Job, To: "running" }).Select(r => r.Unit),
            Is.EqualTo(new[] { "z.service", "a.service" }), world.Dump());
    }

    private static string[] Released(bool reexec)
    {
        var world = new World(
            Make.Service("busy.service", ServiceType.Notify),
            Make.Service("z.service", ServiceType.Idle),
            Make.Service("a.service", ServiceType.Idle));
        world.StartAndRun("busy.service");
        world.StartAndRun("z.service");
        world.StartAndRun("a.service");
        if (reexec)
            world.Reexec();
        world.Notify("busy.service", new NotifyMessage { Ready = true });
        return [.. world.Effects.OfType<Effect.Spawn>()
            .Select(s => world.Engine.Unit(s.Unit).Name.Value)];
    }

    private static TransactionId Accepted(World world, RequestId request) => world.Replies
        .Where(r => r.Request == request)
        .Select(r => r.Body).OfType<EngineReply.Accepted>().Single().Transaction;
}
