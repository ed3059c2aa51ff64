using System.Net.Sockets;
using System.Text;
using InitTx.Init;
using InitTx.Init.Control;
using InitTx.Linux.Control;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Protocol.Tests.Server;

/// <summary>The server over real sockets: what the kernel says of a client, how often.</summary>
public sealed class SocketTransportTests
{
    private const string Ping = "{\"method\":\"io.inittx.Manager.Ping\"}\0";

    private readonly ReadyEvent[] _ready = new ReadyEvent[64];
    private string _directory = "";
    private EventLoop _loop = null!;
    private ControlListener _listener = null!;
    private ProcFs _proc = null!;
    private SocketTransport _transport = null!;
    private ServerRig _rig = null!;
    private Socket _client = null!;

    [SetUp]
    public void Open()
    {
        _directory = Directory.CreateTempSubdirectory("inittx-control.").FullName;
        _loop = EventLoop.Create().Require();
        _listener = ControlListener.Open(_directory + "/s", Convert.ToUInt32("600", 8)).Require();
        _proc = ProcFs.Open();
        _transport = new SocketTransport(_loop, _listener, _proc, new ManagerConsole(null, ""));
        _rig = new ServerRig(
            new ControlOptions { OwnerUid = (int)ProcessIds.EffectiveUid }, _transport);
        _transport.Connect(_rig.Server);
        _client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _client.Connect(new UnixDomainSocketEndPoint(_directory + "/s"));
        _transport.OnListenerReady();
        Assert.That(_rig.Server.ConnectionCount, Is.EqualTo(1));
    }

    [TearDown]
    public void Close()
    {
        _client.Dispose();
        _listener.Dispose();
        _proc.Dispose();
        _loop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public void A_client_that_closes_during_a_call_is_gone_at_once()
    {
        Send("Start", "\"units\":[\"a.service\"]");
        Round();
        Assert.That(_rig.Submitted, Has.Count.EqualTo(1));
        _client.Dispose();
        Round();
        Assert.That(_rig.Gone, Is.EqualTo(new[] { _rig.Submitted[0].Id }));
        Assert.That(_rig.Server.ConnectionCount, Is.Zero);
        Assert.That(Round(), Is.Zero, "the loop has nothing more to say");
    }

    [Test]
    public void What_a_client_left_behind_its_call_ends_with_it()
    {
        Send("Start", "\"units\":[\"a.service\"]");
        Round();
        Send("Stop", "\"units\":[\"a.service\"]");
        _client.Dispose();
        Round();
        Assert.That(_rig.Submitted, Has.Count.EqualTo(1));
        Assert.That(_rig.Gone, Has.Count.EqualTo(1));
        Assert.That(_rig.Server.ConnectionCount, Is.Zero);
        Assert.That(Round(), Is.Zero);
    }

    [Test]
    public void A_client_that_only_stops_writing_waits_quietly_and_gets_its_answer()
    {
        Send("Start", "\"units\":[\"a.service\"]");
        _client.Shutdown(SocketShutdown.Send);
        Round();
        Assert.That(Round(), Is.Zero);
        _rig.Reply(ServerRig.Finished());
        Assert.That(Received(), Does.Contain("finished"));
        Round();
        Assert.That(_rig.Gone, Is.Empty);
        Assert.That(_rig.Server.ConnectionCount, Is.Zero);
    }

    [Test]
    public void A_call_that_wants_no_answer_is_carried_out_though_its_client_is_gone()
    {
        _client.Send(Encoding.UTF8.GetBytes(
            "{\"method\":\"io.inittx.Manager.Start\",\"oneway\":true,"
                + "\"parameters\":{\"units\":[\"a.service\"]}}\0"));
        _client.Dispose();
        Round();
        Assert.That(_rig.Submitted, Has.Count.EqualTo(1));
        Assert.That(_rig.Server.ConnectionCount, Is.Zero);
        Assert.That(Round(), Is.Zero);
    }

    [Test]
    public void A_flood_of_calls_is_read_no_faster_than_it_is_served()
    {
        byte[] flood = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Ping, 8_000)));
        _client.Blocking = false;
        int sent = _client.Send(flood);
        int events = 0;
        for (int i = 0; i < 8; i++)
            events += Look();
        Assert.That(events, Is.LessThanOrEqualTo(2), "not read again before its turn");
        Assert.That(_rig.Server.WorkPending);
        int answers = 0;
        while (answers < sent / Ping.Length)
        {
            Round();
            answers += Received().Count(static c => c == '\0');
        }

        Assert.That(Round(), Is.Zero);
    }

    private void Send(string method, string parameters) => _client.Send(Encoding.UTF8.GetBytes(
        $"{{\"method\":\"io.inittx.Manager.{method}\",\"parameters\":{{{parameters}}}}}\0"));

    private string Received()
    {
        byte[] buffer = new byte[1 << 20];
        int count = _client.Poll(0, SelectMode.SelectRead) ? _client.Receive(buffer) : 0;
        return Encoding.UTF8.GetString(buffer, 0, count);
    }

    /// <summary>What the main loop does once, without sleeping; how much was ready.</summary>
    private int Round()
    {
        int count = Look();
        _transport.TakeTurns();
        return count;
    }

    private int Look()
    {
        int count = _loop.Wait(_ready, block: false, out _).Value;
        for (int i = 0; i < count; i++)
            _transport.OnReady((long)_ready[i].Key.Id, _ready[i].Events);
        return count;
    }
}
