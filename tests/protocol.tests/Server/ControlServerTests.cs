using System.Text.Json;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Init.Control;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Server;

/// <summary>Calls, streams and rights.</summary>
public sealed class ControlServerTests
{
    [Test]
    public void Queries_are_answered_in_the_order_in_which_they_came()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Send(
            c,
            "{\"method\":\"io.inittx.Manager.Ping\"}\0"
                + "{\"method\":\"io.inittx.Manager.GetManager\"}\0");
        string[] replies = rig.Transport.Take(c);
        Assert.That(replies, Is.EqualTo(new[]
        {
            "{\"parameters\":{\"method\":\"Ping\"}}",
                "{\"parameters\":{\"method\":\"GetManager\"}}",
        }));
    }

    [Test]
    public void A_call_that_comes_byte_by_byte_is_the_same_call()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        foreach (char b in "{\"method\":\"io.inittx.Manager.Ping\"}\0")
            rig.Send(c, b.ToString());
        Assert.That(rig.Only(c), Does.Contain("Ping"));
    }

    [Test]
    public void A_change_becomes_a_request_with_the_kernels_word_on_who_asks()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect(uid: 0);
        rig.Call(c, "Kill",
            "\"units\":[\"a.service\"],\"signal\":9,\"whom\":\"main\",\"reason\":\"why\"");
        ControlRequest request = rig.Submitted.Single();
        Assert.That(request.Verb, Is.EqualTo(RequestVerb.Kill));
        Assert.That(request.Units.Single().Value, Is.EqualTo("a.service"));
        Assert.That(request.Signal, Is.EqualTo(9));
        Assert.That(request.Whom, Is.EqualTo(KillWhom.Main));
        Assert.That(request.Reason, Is.EqualTo("why"));
        Assert.That(request.Requester.Pid, Is.EqualTo(4_000));
    }

    [Test]
    public void With_more_a_change_streams_acceptance_progress_and_end()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Start", "\"units\":[\"a.service\"]", more: true);
        rig.Reply(new EngineReply.Accepted(new(7), 2));
        rig.Reply(ServerRig.Progress(1, "running"));
        rig.Reply(ServerRig.Finished());
        string[] got = rig.Transport.Take(c);
        Assert.That(got, Has.Length.EqualTo(3));
        Assert.That(got[0], Does.Contain("\"accepted\"").And.Contain("\"continues\":true"));
        Assert.That(got[1], Does.Contain("\"u1.service\"").And.Contain("\"continues\":true"));
        Assert.That(got[2], Does.Contain("\"committed\"").And.Not.Contain("continues"));
    }

    [Test]
    public void Without_more_only_the_end_is_told()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Start", "\"units\":[\"a.service\"]");
        rig.Reply(new EngineReply.Accepted(new(7), 2));
        rig.Reply(ServerRig.Progress(1, "running"));
        Assert.That(rig.Transport.Take(c), Is.Empty);
        rig.Reply(ServerRig.Finished());
        Assert.That(rig.Only(c), Does.Contain("\"finished\""));
    }

    [Test]
    public void Without_block_the_acceptance_is_the_end()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Start", "\"units\":[\"a.service\"],\"noBlock\":true");
        rig.Reply(new EngineReply.Accepted(new(7), 2));
        Assert.That(rig.Only(c), Does.Contain("\"accepted\"").And.Not.Contain("continues"));
        rig.Reply(ServerRig.Finished());
        Assert.That(rig.Transport.Take(c), Is.Empty);
        rig.Call(c, "Ping");
        Assert.That(rig.Only(c), Does.Contain("Ping"));
    }

    [Test]
    public void A_refusal_carries_its_code_and_every_message()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Start", "\"units\":[\"a.service\"]");
        rig.Reply(new EngineReply.Refused(ExitCode.NoSuchUnit, ["one", "two"]));
        JsonElement reply = JsonDocument.Parse(rig.Only(c)).RootElement;
        Assert.That(
            reply.GetProperty("error").GetString(), Is.EqualTo("io.inittx.Manager.Refused"));
        Assert.That(reply.GetProperty("parameters").GetProperty("code").GetInt32(), Is.EqualTo(4));
        Assert.That(reply.GetProperty("parameters").GetProperty(
            "messages").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public void While_a_call_is_answered_nothing_more_is_read()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Stop", "\"units\":[\"a.service\"]");
        Assert.That(rig.Transport.Watched[c].Readable, Is.False);
        rig.Call(c, "Ping");
        Assert.That(rig.Transport.Take(c), Is.Empty);
        rig.Reply(ServerRig.Finished());
        string[] got = rig.Transport.Take(c);
        Assert.That(got, Has.Length.EqualTo(2));
        Assert.That(got[1], Does.Contain("Ping"));
        Assert.That(rig.Transport.Watched[c].Readable);
    }

    [Test]
    public void A_client_that_goes_away_detaches_from_its_request()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Stop", "\"units\":[\"a.service\"]");
        rig.Server.OnClosed(c, rig.NowUs);
        Assert.That(rig.Gone, Is.EqualTo(new[] { rig.Submitted[0].Id }));
        rig.Reply(ServerRig.Finished());
        Assert.That(rig.Server.ConnectionCount, Is.Zero);
    }

    [Test]
    public void A_client_that_only_stopped_writing_gets_its_answer()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Stop", "\"units\":[\"a.service\"]");
        rig.Server.OnEndOfInput(c, rig.NowUs);
        Assert.That(rig.Transport.Closed, Is.Empty);
        rig.Reply(ServerRig.Finished());
        Assert.That(rig.Only(c), Does.Contain("finished"));
        Assert.That(rig.Transport.Closed, Does.Contain(c));
        Assert.That(rig.Gone, Is.Empty);
    }

    [TestCase("Start", "\"units\":[\"a.service\"]")]
    [TestCase("Plan", "\"units\":[\"a.service\"],\"verb\":\"stop\"")]
    [TestCase("Poweroff", "")]
    [TestCase("CancelTransaction", "\"transaction\":1")]
    public void Others_may_not_change(string method, string parameters)
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect(uid: 1_000, gid: 1_000);
        rig.Call(c, method, parameters, more: true);
        Assert.That(
            rig.Only(c), Does.Contain("org.varlink.service.PermissionDenied").And.Contain("1000"));
        Assert.That(rig.Submitted, Is.Empty);
        rig.Call(c, "GetManager");
        Assert.That(rig.Only(c), Does.Contain("GetManager"));
    }

    [Test]
    public void The_control_group_may_change_as_first_or_further_group()
    {
        var rig = new ServerRig(new ControlOptions { ControlGid = 50 });
        ConnectionId primary = rig.Connect(uid: 1_000, gid: 50);
        ConnectionId further = rig.Connect(uid: 1_001, gid: 1_001, 7, 50);
        ConnectionId none = rig.Connect(uid: 1_002, gid: 1_002, 7);
        foreach (ConnectionId c in new[] { primary, further, none })
            rig.Call(c, "DaemonReload");
        Assert.That(rig.Submitted, Has.Count.EqualTo(2));
        Assert.That(rig.Only(none), Does.Contain("PermissionDenied"));
    }

    [Test]
    public void A_read_policy_keeps_state_from_others_but_not_the_version()
    {
        var rig = new ServerRig(new ControlOptions { ReadPolicy = ReadPolicy.Privileged });
        ConnectionId c = rig.Connect(uid: 1_000);
        rig.Call(c, "GetManager");
        Assert.That(rig.Only(c), Does.Contain("PermissionDenied"));
        rig.Call(c, "GetVersion");
        Assert.That(rig.Only(c), Does.Contain("GetVersion"));
    }

    [Test]
    public void A_plan_comes_in_parts_that_add_up()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Plan", "\"units\":[\"u0.service\"],\"verb\":\"start\"", more: true);
        Assert.That(rig.Submitted[0].DryRun);
        UnitName[] names =
            [.. Enumerable.Range(0, 1_000).Select(i => UnitName.Parse($"u{i}.service"))];
        var plan = new TransactionPlan
        {
            Goals = [names[0]],
            Jobs = [.. names.Select(n => new PlannedJob(
                n, Core.Job.JobKind.Start, [new PlanReason(names[0], "Requires", "/etc/a:1")]))],
            Edges = [.. names.Skip(1).Select(n => new PlanEdge(names[0], n))],
            Hash = new string('a', 64),
        };
        rig.Transport.Room[c] = 10_000;
        rig.Reply(new EngineReply.Planned(plan));
        Assert.That(rig.Transport.Watched[c].Writable);
        int parts = 0, jobs = 0, edges = 0, units = 0;
        bool last = false;
        while (!last)
        {
            foreach (string text in rig.Transport.Take(c))
            {
                JsonElement reply = JsonDocument.Parse(text).RootElement;
                JsonElement p = reply.GetProperty("parameters");
                parts++;
                jobs += p.TryGetProperty("jobs", out JsonElement j) ? j.GetArrayLength() : 0;
                edges += p.TryGetProperty("edges", out JsonElement e) ? e.GetArrayLength() : 0;
                units += p.TryGetProperty(
                    "units", out JsonElement u) ? u.EnumerateObject().Count() : 0;
                last = !reply.TryGetProperty("continues", out _);
            }

            rig.Transport.Room[c] = 50_000;
            rig.Drain(c);
        }

        Assert.That((jobs, edges, units), Is.EqualTo((1_000, 999, 1_000)));
        Assert.That(parts, Is.GreaterThan(10));
        rig.Transport.Room.Clear();
        rig.Call(c, "Ping");
        Assert.That(rig.Only(c), Does.Contain("Ping"));
    }
}
