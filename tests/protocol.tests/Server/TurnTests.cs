using System.Text;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Init.Control;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Server;

/// <summary>Who is served when: one call a turn, and what a client that is gone left.</summary>
public sealed class TurnTests
{
    private const string Ping = "{\"method\":\"io.inittx.Manager.Ping\"}\0";

    [Test]
    public void A_thousand_calls_at_once_keep_the_next_client_waiting_for_one_of_them()
    {
        var rig = new ServerRig();
        ConnectionId greedy = rig.Connect(uid: 1_000);
        ConnectionId other = rig.Connect(uid: 1_001);
        Leave(rig, greedy, string.Concat(Enumerable.Repeat(Ping, 1_000)));
        Leave(rig, other, Ping);
        rig.Server.TakeTurn(rig.NowUs);
        Assert.That(rig.Transport.Take(greedy), Has.Length.EqualTo(1));
        rig.Server.TakeTurn(rig.NowUs);
        Assert.That(rig.Transport.Take(other), Has.Length.EqualTo(1));
        Assert.That(rig.Transport.Watched[greedy].Readable, Is.False);
        rig.TakeTurns();
        Assert.That(rig.Transport.Take(greedy), Has.Length.EqualTo(999));
        Assert.That(rig.Transport.Watched[greedy].Readable);
    }

    [Test]
    public void What_comes_before_the_turn_is_read_once_and_then_left_to_the_socket()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect(uid: 1_000);
        Leave(rig, c, Ping);
        Assert.That(rig.Transport.Watched, Is.Empty, "an ordinary call costs no system call");
        Leave(rig, c, Ping);
        Assert.That(rig.Transport.Watched[c].Readable, Is.False);
        rig.TakeTurns();
        Assert.That(rig.Transport.Take(c), Has.Length.EqualTo(2));
        Assert.That(rig.Transport.Watched[c].Readable);
    }

    [Test]
    public void Whole_messages_that_wait_for_their_turn_are_not_late()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect(uid: 1_000);
        Leave(rig, c, Ping);
        Assert.That(rig.Server.NextDeadlineUs, Is.EqualTo(long.MaxValue));
        rig.TakeTurns();
        Leave(rig, c, "{");
        rig.TakeTurns();
        Assert.That(
            rig.Server.NextDeadlineUs, Is.EqualTo(rig.NowUs + rig.Options.FrameTimeoutUs));
    }

    [Test]
    public void A_long_plan_is_written_in_turns_too()
    {
        var rig = new ServerRig();
        ConnectionId planner = rig.Connect();
        ConnectionId other = rig.Connect();
        rig.Call(planner, "Plan", "\"units\":[\"u0.service\"],\"verb\":\"start\"", more: true);
        UnitName[] names =
            [.. Enumerable.Range(0, 1_000).Select(i => UnitName.Parse($"u{i}.service"))];
        rig.Server.OnReply(
            rig.Submitted[0].Id,
            new EngineReply.Planned(new TransactionPlan
            {
                Goals = [names[0]],
                Jobs = [.. names.Select(n => new PlannedJob(n, Core.Job.JobKind.Start, []))],
                Edges = [],
                Hash = new string('a', 64),
            }),
            rig.NowUs);
        rig.Server.SendWritten(rig.NowUs);
        Leave(rig, other, Ping);
        rig.Server.TakeTurn(rig.NowUs);
        Assert.That(rig.Transport.Take(planner), Has.Length.EqualTo(1));
        rig.Server.TakeTurn(rig.NowUs);
        Assert.That(rig.Only(other), Does.Contain("Ping"));
        rig.TakeTurns();
        Assert.That(rig.Transport.Take(planner)[^1], Does.Not.Contain("continues"));
    }

    [Test]
    public void Everything_sent_before_the_end_of_input_is_answered()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        Leave(rig, c, Ping + Message("Start", "\"units\":[\"a.service\"]") + Ping + "{\"half");
        rig.Server.OnEndOfInput(c, rig.NowUs);
        rig.TakeTurns();
        Assert.That(rig.Only(c), Does.Contain("Ping"));
        Assert.That(rig.Transport.Watched[c].Readable, Is.False, "it would say so for ever");
        rig.Reply(ServerRig.Finished());
        string[] rest = rig.Transport.Take(c);
        Assert.That(rest, Has.Length.EqualTo(2));
        Assert.That(rest[1], Does.Contain("Ping"));
        Assert.That(rig.Transport.Closed, Does.Contain(c));
        Assert.That(rig.Gone, Is.Empty);
        Assert.That(rig.Server.ConnectionCount, Is.Zero);
    }

    [Test]
    public void Calls_that_want_no_answer_are_carried_out_after_their_client_went()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        Leave(
            rig, c,
            Message("Start", "\"units\":[\"a.service\"]", "oneway") + Ping
                + Message("Start", "\"units\":[\"b.service\"]", "oneway"));
        rig.Server.OnClosed(c, rig.NowUs);
        rig.TakeTurns();
        Assert.That(
            rig.Submitted.Select(r => r.Units.Single().Value),
            Is.EqualTo(new[] { "a.service", "b.service" }));
        Assert.That(rig.Gone, Is.EqualTo(rig.Submitted.Select(r => r.Id)));
        Assert.That(rig.Server.ConnectionCount, Is.Zero);
    }

    [Test]
    public void Behind_a_call_that_a_client_waited_for_nothing_happens_after_it_went()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        Leave(
            rig, c,
            Message("Start", "\"units\":[\"a.service\"]", "more")
                + Message("Stop", "\"units\":[\"a.service\"]"));
        rig.Server.OnClosed(c, rig.NowUs);
        rig.TakeTurns();
        Assert.That(rig.Submitted.Single().Verb, Is.EqualTo(RequestVerb.Start));
        Assert.That(rig.Gone, Is.EqualTo(new[] { rig.Submitted[0].Id }));
        Assert.That(rig.Server.ConnectionCount, Is.Zero);
    }

    private static void Leave(ServerRig rig, ConnectionId id, string text) =>
        rig.Server.OnBytes(id, Encoding.UTF8.GetBytes(text), rig.NowUs);

    private static string Message(string method, string parameters, string flag = "more") =>
        $"{{\"method\":\"io.inittx.Manager.{method}\",\"{flag}\":true,"
            + $"\"parameters\":{{{parameters}}}}}\0";
}
