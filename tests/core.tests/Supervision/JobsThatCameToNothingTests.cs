using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

/// <summary>Jobs that end while their units stay as they are, and who has to hear of it.</summary>
internal sealed class JobsThatCameToNothingTests
{
    [Test]
    public void OnFailure_starts_when_what_a_unit_needs_has_failed()
    {
        World world = new(
            Make.Target(
                "local-fs.target", "Requires=x.service After=x.service OnFailure=h.service"),
            Make.Target("sysinit.target", "Wants=local-fs.target"),
            Make.Service("x.service", ServiceType.Notify), Make.Service("h.service"));
        world.StartAndRun("sysinit.target");
        world.MainExits("x.service", 1);
        world.RunSpawns();
        Assert.That(world.State("local-fs.target"), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.State("h.service"), Is.EqualTo("running"), world.Dump());
        JournalRecord begun = world.Records.Last(
            r => r is { Kind: RecordKind.Transaction, To: "begun" });
        JournalRecord because = world.Records.Single(r => r.Seq == begun.CauseSeq);
        Assert.That((because.Unit, because.Kind, because.Result),
            Is.EqualTo(("local-fs.target", RecordKind.Job, "dependency")));
    }

    [Test]
    public void OnFailure_starts_when_the_time_of_a_job_is_over()
    {
        World world = new(
            Make.Service("a.service", ServiceType.Notify, "OnFailure=h.service",
                unit: u => u with { JobTimeoutUs = 1_000_000 }),
            Make.Service("h.service"));
        world.StartAndRun("a.service");
        world.AdvanceSeconds(1);
        world.RunSpawns();
        Assert.That(world.State("h.service"), Is.EqualTo("running"), world.Dump());
    }

    [Test]
    public void OnFailure_does_not_start_for_a_job_that_was_cancelled()
    {
        World world = new(
            Make.Service("a.service", ServiceType.Notify, "OnFailure=h.service"),
            Make.Service("h.service"));
        world.StartAndRun("a.service");
        world.Request(
            RequestVerb.Stop, "a.service", more: r => r with { Mode = JobMode.Replace });
        world.RunSpawns();
        Assert.That(world.State("h.service"), Is.EqualTo("dead"), world.Dump());
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_socket_listens_again_when_the_start_of_its_service_comes_to_nothing(bool crash)
    {
        World world = new(
            Make.Socket("a.socket"),
            Make.Service("a.service", deps: "Requires=db.service After=db.service"),
            Make.Service("db.service", ServiceType.Notify));
        world.Start("a.socket");
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
        Assert.That(world.State("a.socket"), Is.EqualTo("running"), world.Dump());
        world.RunSpawns();
        if (crash)
            world.Crash();
        world.MainExits("db.service", 1);
        Assert.That(world.State("a.service"), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"), world.Dump());
        Assert.That(world.Effects, Has.Some.Matches<Effect>(
            e => e is Effect.PollSockets { Enable: true }));
    }

    [Test]
    public void Forgetting_a_failure_is_no_success()
    {
        World world = new(
            Make.Service("a.service", deps: "OnSuccess=h.service",
                unit: u => u with { SuccessAction = "reboot" }),
            Make.Service("h.service"));
        world.StartAndRun("a.service");
        world.MainExits("a.service", 1);
        world.Request(RequestVerb.ResetFailed, "a.service");
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("dead"));
        Assert.That(world.State("h.service"), Is.EqualTo("dead"), world.Dump());
        Assert.That(world.Engine.State, Is.Not.EqualTo(ManagerState.Stopping));
    }

    [Test]
    public void What_a_request_only_wants_is_restarted_by_itself()
    {
        World world = new(
            Make.Service("web.service", deps: "Wants=cache.service"),
            Make.Service("cache.service", ServiceType.Notify,
                with: s => s with { Restart = RestartMode.Always }));
        RequestId start = world.StartAndRun("web.service");
        world.MainExits("cache.service", 1);
        Assert.That(world.State("cache.service"), Is.EqualTo("auto-restart"), world.Dump());
        Assert.That(world.Outcome(start), Is.EqualTo("committed"), world.Dump());
        world.Advance(100_000);
        world.RunSpawns();
        world.Notify("cache.service", new NotifyMessage { Ready = true });
        Assert.That(world.State("cache.service"), Is.EqualTo("running"), world.Dump());
    }
}
