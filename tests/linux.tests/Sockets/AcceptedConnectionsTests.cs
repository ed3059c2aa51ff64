using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;
using InitTx.Units.Model;
using IPAddress = System.Net.IPAddress;

namespace InitTx.Linux.Tests.Sockets;

[TestFixture]
public sealed class AcceptedConnectionsTests
{
    private TestDirectory _directory = null!;

    [SetUp]
    public void Create() => _directory = new();

    [TearDown]
    public void Destroy() => _directory.Dispose();

    // The names of systemd 252 (instance_from_socket in src/core/socket.c).
    [TestCase("02001B5F7F0000010000000000000000", "0200A4560A0000020000000000000000",
        "127.0.0.1:7007-10.0.0.2:42070", "4 10.0.0.2", "10.0.0.2", 42070u)]
    [TestCase("0A001B5F000000000000000000000000000000000000000100000000",
        "0A00A4560000000020010DB800000000000000000000000500000000",
        "::1:7007-2001:db8::5:42070", "6 2001:db8::5", "2001:db8::5", 42070u)]
    [TestCase("0A001B5F00000000FE80000000000000000000000000000107000000",
        "0A00A45600000000FE80000000000000000000000000000907000000",
        "fe80::1:7007-fe80::9:42070", "6 fe80::9", "fe80::9%7", 42070u)]
    [TestCase("0A001B5F0000000000000000000000000000FFFF7F00000100000000",
        "0A00A4560000000000000000000000000000FFFF0A00000200000000",
        "127.0.0.1:7007-10.0.0.2:42070", "6 10.0.0.2", "10.0.0.2", 42070u)]
    [TestCase("2800000064000000FFFFFFFF00000000", "28000000E80300000300000000000000",
        "4294967295:100-3:1000", "vsock 3", "vsock:3", 1000u)]
    public void Both_ends_have_the_names_that_systemd_gives_them(
        string local, string remote, string name, string source, string address, uint port)
    {
        ConnectionPeer? peer = ConnectionPeer.Of(
            Convert.FromHexString(local), Convert.FromHexString(remote), 0, 0);
        Assert.That(peer, Is.EqualTo(new ConnectionPeer(name, source, address, port)));
    }

    [TestCase(4711, "4711-1000")]
    [TestCase(0, "unknown")]
    public void A_unix_peer_is_its_pid_and_uid(int pid, string name) => Assert.That(
        ConnectionPeer.Of([1, 0], [1, 0], pid, 1000),
        Is.EqualTo(new ConnectionPeer(name, "", null, null)));

    [TestCase("::")]
    [TestCase("::1")]
    [TestCase("1::")]
    [TestCase("2001:db8::1:0:0:1")]
    [TestCase("2001:0:0:1::1")]
    [TestCase("1:2:3:4:5:6:7:8")]
    [TestCase("fe80::1:2")]
    [TestCase("::ffff:1.2.3.4")]
    [TestCase("1:0:2:0:3:0:4:0")]
    public void An_address_is_written_as_inet_ntop_does(string text) => Assert.That(
        ConnectionPeer.V6(IPAddress.Parse(text).GetAddressBytes()), Is.EqualTo(text));

    [Test]
    public void Short_and_foreign_addresses_are_nobody()
    {
        for (int length = 0; length < 28; length++)
        {
            byte[] cut = new byte[length];
            if (length > 0)
                cut[0] = 10;
            Assert.That(ConnectionPeer.Of(cut, cut, 1, 1), Is.Null);
        }

        Assert.That(ConnectionPeer.Of([16, 0, 0, 0], [16, 0, 0, 0], 1, 1), Is.Null);
    }

    [Test]
    public void Connections_are_taken_until_none_waits()
    {
        var opened = ActivationSockets.Open(
            new SocketSettings
            {
                Listen = [new(ListenKind.Stream, _directory["s"], new SourceLocation("x", 1))],
            },
            default);
        FileDescriptor listener = opened.Sockets[0].Descriptor;
        using var client = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require();
        Assert.That(AcceptedConnections.Accept(listener, out _), Is.EqualTo(AcceptOutcome.None));
        SocketCalls.Connect(client, SocketAddress.Unix(_directory["s"])!);
        Assert.That(
            AcceptedConnections.Accept(listener, out var taken),
            Is.EqualTo(AcceptOutcome.Accepted));
        using (FileDescriptor connection = taken.Require())
        {
            Assert.That(Descriptors.CloseOnExec(connection.Number).Value, Is.EqualTo(1));
            Assert.That(
                AcceptedConnections.PeerOf(connection)!.Name,
                Is.EqualTo($"{Environment.ProcessId}-{Libc.getuid()}"));
        }

        Assert.That(AcceptedConnections.Accept(listener, out _), Is.EqualTo(AcceptOutcome.None));
        listener.Dispose();
    }

    [Test]
    public void No_socket_at_all_is_a_refusal_and_no_end_of_the_queue()
    {
        using var nothing = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require();
        Assert.That(
            AcceptedConnections.Accept(nothing, out var result),
            Is.EqualTo(AcceptOutcome.Refused));
        Assert.That(result.Error, Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void A_message_queue_is_made_with_its_size_and_removed()
    {
        string name = $"/initx-test-{Guid.NewGuid():N}";
        var settings = new SocketSettings
        {
            Listen = [new(ListenKind.MessageQueue, name, new SourceLocation("x", 1))],
            MessageQueueMaxMessages = 4,
            MessageQueueMessageSize = 64,
            RemoveOnStop = true,
        };
        var opened = ActivationSockets.Open(settings, default);
        if (opened.Error is { } error && error.Contains("ENOSYS", StringComparison.Ordinal))
            Assert.Ignore("this kernel has no message queues");
        Assert.That(opened.Error, Is.Null);
        using FileDescriptor queue = opened.Sockets[0].Descriptor;
        Span<byte> state = stackalloc byte[100];
        int read = Descriptors.Read(queue.Number, state).Value;
        Assert.That(
            System.Text.Encoding.ASCII.GetString(state[..read]), Does.StartWith("QSIZE:0"));
        ActivationSockets.Unlink(settings);
        Assert.That(File.Exists("/dev/mqueue" + name), Is.False);
    }

    [Test]
    public void Type_of_service_time_stamps_and_protocol_are_set()
    {
        var opened = ActivationSockets.Open(
            new SocketSettings
            {
                Listen = [new(ListenKind.Datagram, "127.0.0.1:9", new SourceLocation("x", 1))],
                IpTos = 0x10,
                Timestamping = SocketTimestamping.Nanoseconds,
                ReusePort = true,
            },
            default);
        if (opened.Error is { } error && error.Contains("EACCES", StringComparison.Ordinal))
            Assert.Ignore("only root may have this port");
        Assert.That(opened.Error, Is.Null);
        Assert.That(opened.Warnings, Is.Empty);
        using FileDescriptor socket = opened.Sockets[0].Descriptor;
        Assert.That(SocketCalls.GetOption(
            socket.Number, Libc.IPPROTO_IP, Libc.IP_TOS).Value, Is.EqualTo(0x10));
        Assert.That(SocketCalls.GetOption(
            socket.Number, Libc.SOL_SOCKET, Libc.SO_TIMESTAMPNS).Value, Is.EqualTo(1));
    }
}
