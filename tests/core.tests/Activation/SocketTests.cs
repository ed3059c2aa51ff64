using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Activation;

internal sealed class SocketTests
{
    [Test]
    public void Traffic_starts_the_service_and_its_end_makes_the_socket_listen_again()
    {
        World world = Listening();
        Assert.That(world.Effects, Has.Member(new Effect.PollSockets(world["a.socket"].Id, true)));
        world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
        world.RunSpawns();
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.State("a.socket"), Is.EqualTo("running"));
        Assert.That(world.Records.First(r => r is { Kind: RecordKind.Transaction }
            && r.Cause == CauseKind.Socket).Text, Does.Contain("a.service"));
        world.MainExits("a.service");
        Assert.That(world.Path("a.socket"), Is.EqualTo("dead start-chown listening running listening"));
        Assert.That(world.Effects, Has.Member(new Effect.PollSockets(world["a.socket"].Id, true)));
    }

    [Test]
    public void FlushPending_throws_away_what_waits_before_it_listens_but_not_after_a_restart()
    {
        var world = new World(
            Make.Socket("a.socket", with: s => s with { FlushPending = true }),
            Make.Service("a.service"));
        world.Start("a.socket");
        UnitId socket = world["a.socket"].Id;
        world.Send(new EngineEvent.SocketsOpened(socket, null));
        var flushes = new Effect.PollSockets(socket, Enable: true, Flush: true);
        Assert.That(world.Effects, Has.Member(flushes), world.Dump());
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "test",
            OpenSockets = [world["a.socket"].Name],
        });
        Assert.That(world.Effects, Has.Member(new Effect.PollSockets(world["a.socket"].Id, true)));
        Assert.That(world.Effects, Has.None.EqualTo(flushes));
    }

    [Test]
    public void Stopping_the_service_leaves_the_socket_and_stopping_the_socket_leaves_the_service()
    {
        World world = Listening();
        world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
        world.RunSpawns();
        world.Stop("a.socket");
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world.State("a.socket"), Is.EqualTo("dead"));
        Assert.That(world.Effects, Has.Member(new Effect.CloseSockets(world["a.socket"].Id)));
    }

    [Test]
    public void A_service_started_by_hand_takes_the_socket_with_it()
    {
        World world = Listening();
        world.StartAndRun("a.service");
        Assert.That(world.State("a.socket"), Is.EqualTo("running"));
    }

    [Test]
    public void Too_much_activation_fails_the_socket()
    {
        World world = Listening(burst: 3);
        for (int i = 0; i < 4; i++)
        {
            world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
            world.RunSpawns();
            if (world.State("a.service") == "running")
                world.MainExits("a.service");
        }

        Assert.That(world.State("a.socket"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("trigger-limit-hit"));
        Assert.That(world.Effects, Has.Member(new Effect.CloseSockets(world["a.socket"].Id)));
    }

    [Test]
    public void A_service_that_hits_its_start_limit_fails_its_socket()
    {
        World world = Listening();
        for (int i = 0; i < 6; i++)
        {
            world.Send(new EngineEvent.SocketReady(world["a.socket"].Id));
            world.RunSpawns();
            if (world.State("a.service") == "running")
                world.MainExits("a.service");
        }

        Assert.That(world.Result("a.service"), Is.EqualTo("start-limit-hit"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("service-start-limit-hit"), world.Dump());
    }

    [Test]
    public void A_socket_that_cannot_be_opened_fails_with_the_reason()
    {
        World world = new(Make.Socket("a.socket"), Make.Service("a.service"));
        RequestId start = world.Start("a.socket");
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, "bind /run/x: EADDRINUSE"));
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world["a.socket"].FailureText, Does.Contain("EADDRINUSE"));
    }

    [Test]
    public void A_socket_that_is_started_too_often_fails_until_it_is_reset()
    {
        World world = new(Make.Socket("a.socket") with { StartLimitBurst = 2 });
        for (int i = 0; i < 2; i++)
        {
            world.Start("a.socket");
            world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
            world.Stop("a.socket");
        }

        RequestId third = world.Start("a.socket");
        Assert.That(world.Outcome(third), Is.EqualTo("failed"));
        Assert.That(world.State("a.socket"), Is.EqualTo("failed"));
        Assert.That(world.Result("a.socket"), Is.EqualTo("start-limit-hit"));
        world.Request(RequestVerb.ResetFailed, "a.socket");
        world.Start("a.socket");
        Assert.That(world.State("a.socket"), Is.EqualTo("start-chown"));
    }

    [Test]
    public void A_socket_of_an_active_service_is_refused()
    {
        World world = new(Make.Socket("a.socket"), Make.Service("a.service"));
        world.StartAndRun("a.service");
        RequestId start = world.Start("a.socket");
        Assert.That(world.Outcome(start), Is.EqualTo("failed"));
        Assert.That(world["a.socket"].FailureText, Does.Contain("active already"));
    }

    [Test]
    public void After_a_crash_lost_descriptors_are_opened_anew_and_live_ones_are_watched()
    {
        World world = Listening();
        world.Crash();
        Assert.That(world.Effects, Has.Member(new Effect.OpenSockets(world["a.socket"].Id)));
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        Assert.That(world.Effects, Has.Member(new Effect.PollSockets(world["a.socket"].Id, true)));
        world.Crash(new RecoveryFacts
        {
            Kind = RecordKind.Reexec,
            Text = "test",
            OpenSockets = [UnitName.Parse("a.socket")],
        });
        Assert.That(world.Effects, Has.Member(new Effect.PollSockets(world["a.socket"].Id, true)));
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"));
    }

    private static World Listening(int burst = 20)
    {
        var world = new World(
            Make.Socket("a.socket", with: s => s with { TriggerLimitBurst = burst }),
            Make.Service("a.service"));
        world.Start("a.socket");
        world.Send(new EngineEvent.SocketsOpened(world["a.socket"].Id, null));
        Assert.That(world.State("a.socket"), Is.EqualTo("listening"));
        return world;
    }
}
