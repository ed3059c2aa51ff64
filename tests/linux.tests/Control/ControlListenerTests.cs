using InitTx.Linux.Control;
using InitTx.Linux.Features;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Control;

[TestFixture]
public sealed class ControlListenerTests
{
    private const int SysSetsockopt = 54;

    private TestDirectory _directory = null!;
    private ControlListener _listener = null!;
    private ProcFs _proc = null!;

    [SetUp]
    public void Open()
    {
        _directory = new();
        _listener = ControlListener.Open(
            _directory["control"], Convert.ToUInt32("666", 8)).Require();
        _proc = ProcFs.Open();
    }

    [TearDown]
    public void Close()
    {
        _listener.Dispose();
        _proc.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void Bytes_go_both_ways_without_waiting()
    {
        using var client = Connect();
        using var server = _listener.Accept().Require();
        byte[] buffer = new byte[16];
        Assert.That(server.Receive(buffer).Error, Is.EqualTo(Errno.EAGAIN));
        client.WriteAll("ping"u8);
        Assert.That(server.Receive(buffer).Value, Is.EqualTo(4));
        Assert.That(server.Send("pong"u8).Value, Is.EqualTo(4));
        Assert.That(client.Read(buffer).Value, Is.EqualTo(4));
        client.Dispose();
        Assert.That(server.Receive(buffer), Is.EqualTo(SysResult.Ok), "end of file");
        Assert.That(server.Send("x"u8).Error, Is.EqualTo(Errno.EPIPE), "and no SIGPIPE");
    }

    [Test]
    public void A_client_that_never_reads_fills_its_socket_and_no_more()
    {
        using var client = Connect();
        using var server = _listener.Accept().Require();
        byte[] block = new byte[65536];
        SysResult sent;
        int total = 0;
        while ((sent = server.Send(block)).IsOk)
            total += sent.Value;
        Assert.That(sent.Error, Is.EqualTo(Errno.EAGAIN));
        Assert.That(total, Is.GreaterThan(0));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void No_descriptor_can_be_passed(bool adopted)
    {
        if (FeatureProbes.PassRights() != FeatureState.Present)
            Assert.Ignore("this kernel has no SO_PASSRIGHTS");
        if (adopted)
        {
            // As the image before had it, with everything passed.
            SocketCalls.SetOption(
                new FileDescriptor(_listener.Fd), Libc.SOL_SOCKET, Libc.SO_PASSRIGHTS, 1);
            _listener = ControlListener.Adopt(new FileDescriptor(_listener.Fd)).Require();
        }

        using var client = Connect();
        using var server = _listener.Accept().Require();
        Assert.That(
            AncillaryData.Send(client.Number, "x"u8, [client.Number]).Error,
            Is.EqualTo(Errno.EPERM));
        Assert.That(AncillaryData.Send(client.Number, "x"u8, []).IsOk);
    }

    [Test]
    public void Without_SO_PASSRIGHTS_descriptors_are_dropped_unseen() => KernelWithout.Argument(
        SysSetsockopt, 2, uint.MaxValue, Libc.SO_PASSRIGHTS, Errno.ENOPROTOOPT, () =>
        {
            Assert.That(FeatureProbes.PassRights(), Is.EqualTo(FeatureState.Missing));
            using var listener = ControlListener.Open(
                _directory["other"], Convert.ToUInt32("600", 8)).Require();
            using var client = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require();
            SocketCalls.Connect(client, SocketAddress.Unix(_directory["other"])!);
            using var server = listener.Accept().Require();
            var before = OpenDescriptors.Snapshot();
            Assert.That(AncillaryData.Send(client.Number, "x"u8, [client.Number]).IsOk);
            Assert.That(server.Receive(new byte[16]).Value, Is.EqualTo(1));
            Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
        });

    [Test]
    public void The_requester_is_who_connected()
    {
        using var client = Connect();
        using var server = _listener.Accept().Require();
        var requester = RequesterFacts.Read(server.Fd, _proc).Require();
        Assert.That(requester.Pid, Is.EqualTo(Environment.ProcessId));
        Assert.That(requester.Uid, Is.EqualTo((int)Libc.getuid()));
        Assert.That(requester.Verified);
        Assert.That(requester.Comm, Is.EqualTo(File.ReadAllText("/proc/self/comm").TrimEnd()));
        Assert.That(
            requester.Exe, Is.EqualTo(File.ResolveLinkTarget("/proc/self/exe", false)!.FullName));
    }

    [Test]
    public void A_requester_that_is_gone_is_known_by_uid_only()
    {
        int pid = TestChild.Start(
            "/usr/bin/perl",
            "-MSocket",
            "-e",
            "socket(S,PF_UNIX,SOCK_STREAM,0); connect(S,pack_sockaddr_un($ARGV[0])) or die",
            _directory["control"]);
        TestChild.Reap(pid);
        using var server = _listener.Accept().Require();
        var requester = RequesterFacts.Read(server.Fd, _proc).Require();
        Assert.That(requester.Pid, Is.EqualTo(pid));
        Assert.That(requester.Uid, Is.EqualTo((int)Libc.getuid()));
        Assert.That(requester.Verified, Is.False);
        Assert.That(requester.Comm, Is.Empty);
    }

    [Test]
    public void Without_proc_a_requester_has_its_uid_and_no_more()
    {
        using var client = Connect();
        using var server = _listener.Accept().Require();
        using var missing = ProcFs.Open("/nonexistent");
        Assert.That(missing.Error, Is.EqualTo(Errno.ENOENT));
        var requester = RequesterFacts.Read(server.Fd, missing).Require();
        Assert.That(requester.Uid, Is.EqualTo((int)Libc.getuid()));
        Assert.That(requester.Verified, Is.False);
    }

    [Test]
    public void What_is_no_proc_is_not_taken_for_one() =>
        Assert.That(ProcFs.Open("/dev").Error, Is.EqualTo(Errno.EOPNOTSUPP));

    [Test]
    public void Nobody_waiting_is_eagain() =>
        Assert.That(_listener.Accept().Error, Is.EqualTo(Errno.EAGAIN));

    [Test]
    public void Out_of_descriptors_a_connection_is_refused_with_the_reserve()
    {
        var reserve = Files.Open(Files.Cwd, "/", Libc.O_PATH).Require();
        using var client = Connect();
        using var again = _listener.RefuseOne(reserve).Require();
        Assert.That(reserve.IsOpen, Is.False);
        Assert.That(
            _listener.Accept().Error, Is.EqualTo(Errno.EAGAIN), "the one that waited is gone");
    }

    [Test]
    public void Only_a_listening_socket_is_adopted()
    {
        var socket = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require();
        Assert.That(ControlListener.Adopt(socket).Error, Is.EqualTo(Errno.EINVAL));
        var file = Files.Open(Files.Cwd, "/", Libc.O_PATH).Require();
        Assert.That(ControlListener.Adopt(file).IsError);
        Assert.That(file.IsOpen, Is.False);
    }

    private FileDescriptor Connect()
    {
        var client = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require();
        Assert.That(SocketCalls.Connect(client, SocketAddress.Unix(_directory["control"])!).IsOk);
        return client;
    }
}
