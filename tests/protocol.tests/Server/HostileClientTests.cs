using InitTx.Tests;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Init.Control;

namespace InitTx.Protocol.Tests.Server;

/// <summary>Whatever one client does, it is bounded and the others are served.</summary>
public sealed class HostileClientTests
{
    [TestCase("garbage\0")]
    [TestCase("\0")]
    [TestCase("{\"method\":\0")]
    [TestCase("GET / HTTP/1.1\r\n\r\n\0")]
    [TestCase(
        "{\"method\":\"io.inittx.Manager.Ping\",\"method\":\"io.inittx.Manager.Poweroff\"}\0")]
    public void A_message_that_is_none_is_answered_and_the_connection_ends(string text)
    {
        var rig = new ServerRig();
        ConnectionId bad = rig.Connect();
        ConnectionId good = rig.Connect();
        rig.Send(bad, text);
        Assert.That(rig.Only(bad), Does.Contain("io.inittx.Manager.BadMessage"));
        Assert.That(rig.Transport.Closed, Does.Contain(bad));
        Assert.That(rig.Submitted, Is.Empty);
        rig.Call(good, "Ping");
        Assert.That(rig.Only(good), Does.Contain("Ping"));
    }

    [Test]
    public void What_follows_a_bad_message_is_not_read()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Send(c, "garbage\0{\"method\":\"io.inittx.Manager.Poweroff\"}\0");
        Assert.That(rig.Submitted, Is.Empty);
    }

    [Test]
    public void A_gigabyte_without_an_end_is_cut_off_at_the_limit()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        byte[] chunk = [.. Enumerable.Repeat((byte)'x', 64 * 1024)];
        int taken = 0;
        for (long sent = 0; sent < 1L << 30 && !rig.Transport.Closed.Contains(
            c); sent += chunk.Length)
        {
            rig.Send(c, chunk);
            taken += chunk.Length;
        }

        Assert.That(rig.Transport.Closed, Does.Contain(c));
        Assert.That(taken, Is.LessThanOrEqualTo(ProtocolLimits.RequestBytes + chunk.Length));
        Assert.That(rig.Only(c), Does.Contain("262144"));
    }

    [Test]
    public void Half_a_message_has_a_deadline_that_dripping_does_not_extend()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        for (int i = 0; i < 4; i++)
        {
            rig.Send(c, "{");
            rig.NowUs += 500_000;
            rig.Server.OnTime(rig.NowUs);
        }

        Assert.That(rig.Transport.Closed, Does.Contain(c));
        Assert.That(rig.Server.NextDeadlineUs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void Silence_has_a_deadline_but_waiting_for_an_answer_has_none()
    {
        var rig = new ServerRig();
        ConnectionId idle = rig.Connect();
        ConnectionId waiting = rig.Connect();
        rig.Call(waiting, "Start", "\"units\":[\"a.service\"]");
        rig.NowUs += rig.Options.IdleTimeoutUs;
        rig.Server.OnTime(rig.NowUs);
        Assert.That(rig.Transport.Closed, Is.EquivalentTo(new[] { idle }));
        rig.Reply(ServerRig.Finished());
        Assert.That(rig.Only(waiting), Does.Contain("finished"));
    }

    [Test]
    public void A_uid_gets_eight_connections_and_the_owner_always_one()
    {
        var rig = new ServerRig();
        for (int uid = 1_000; uid < 1_010; uid++)
        {
            for (int i = 0; i < 9; i++)
                rig.Connect(uid);
        }

        Assert.That(rig.Server.ConnectionCount, Is.EqualTo(63));
        ConnectionId late = rig.Connect(uid: 2_000);
        Assert.That(rig.Only(late), Does.Contain("TooManyConnections"));
        ConnectionId root = rig.Connect(uid: 0);
        rig.Call(root, "Ping");
        Assert.That(rig.Only(root), Does.Contain("Ping"));
        ConnectionId tooMany = rig.Connect(uid: 0);
        Assert.That(rig.Only(tooMany), Does.Contain("TooManyConnections"));
    }

    [Test]
    public void Connections_that_end_make_room()
    {
        var rig = new ServerRig();
        for (int i = 0; i < 1_000; i++)
            rig.Server.OnClosed(rig.Connect(uid: 1_000), rig.NowUs);
        Assert.That(rig.Server.ConnectionCount, Is.Zero);
    }

    [Test]
    public void A_slow_reader_gets_the_latest_progress_of_each_job_and_the_end()
    {
        var rig = new ServerRig(
            new ControlOptions { OutputHighWater = 4_096, CoalescedProgress = 10 });
        ConnectionId c = rig.Connect();
        rig.Call(c, "Start", "\"units\":[\"a.service\"]", more: true);
        rig.Transport.Room[c] = 0;
        for (int round = 0; round < 1_000; round++)
        {
            for (int job = 1; job <= 10; job++)
                rig.Reply(ServerRig.Progress(job, $"state{round}"));
        }

        rig.Reply(ServerRig.Finished());
        rig.Transport.Room.Remove(c);
        rig.Drain(c);
        string[] got = rig.Transport.Take(c);
        Assert.That(got.Length, Is.LessThan(100));
        Assert.That(got[^1], Does.Contain("committed"));
        for (int job = 1; job <= 10; job++)
            Assert.That(got.Last(m => m.Contains($"u{job}.service")), Does.Contain("state999"));
    }

    [Test]
    public void A_reader_that_never_reads_is_cut_off()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Transport.Room[c] = 3;
        rig.Call(c, "Ping");
        rig.NowUs += rig.Options.StalledOutputTimeoutUs;
        rig.Server.OnTime(rig.NowUs);
        Assert.That(rig.Transport.Closed, Does.Contain(c));
    }

    [Test]
    public void A_reader_that_never_reads_cannot_make_the_output_grow()
    {
        var rig = new ServerRig(new ControlOptions { OutputHighWater = 1_000 });
        ConnectionId c = rig.Connect();
        rig.Transport.Room[c] = 0;
        for (int i = 0; i < 1_000; i++)
            rig.Call(c, "Ping");
        Assert.That(rig.Transport.Watched[c].Readable, Is.False);
        rig.Transport.Room.Remove(c);
        rig.Drain(c);
        Assert.That(rig.Transport.Take(c), Has.Length.EqualTo(1_000));
    }

    [Test]
    public void A_peer_that_is_gone_when_the_answer_comes_is_forgotten()
    {
        var rig = new ServerRig();
        ConnectionId c = rig.Connect();
        rig.Call(c, "Start", "\"units\":[\"a.service\"]");
        rig.Transport.Gone.Add(c);
        rig.Reply(ServerRig.Finished());
        Assert.That(rig.Server.ConnectionCount, Is.Zero);
    }

    [Test]
    public void Arbitrary_bytes_on_many_connections_never_reach_the_engine_or_an_exception()
    {
        Prop.ForAll<byte[][]>(chunks =>
        {
            var rig = new ServerRig();
            ConnectionId c = rig.Connect();
            foreach (byte[] chunk in chunks)
                rig.Send(c, chunk ?? []);
            rig.Send(c, "\0"u8);
            return rig.Submitted.Count == 0 && rig.Transport.Take(c).All(m => m.Contains("error"));
        }).Check(Properties.Config);
    }

    [Test]
    public void A_changed_byte_of_a_change_never_does_more_than_the_change()
    {
        byte[] good = Encoding.UTF8.GetBytes(
            "{\"method\":\"io.inittx.Manager.Stop\",\"parameters\":{\"units\":[\"a.service\"]}}\0");
        for (int i = 0; i < good.Length; i++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] bytes = [.. good];
                bytes[i] = (byte)value;
                var rig = new ServerRig();
                rig.Send(rig.Connect(), bytes);
                Assert.That(rig.Submitted.Count, Is.LessThanOrEqualTo(1));
                if (rig.Submitted.Count == 1)
                    Assert.That(rig.Submitted[0].Units, Has.Count.EqualTo(1));
            }
        }
    }
}
