using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Loop;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Linux.Tests.Sockets;

[TestFixture]
public sealed class ActivationSocketsTests
{
    private TestDirectory _directory = null!;

    [SetUp]
    public void Create() => _directory = new();

    [TearDown]
    public void Destroy() => _directory.Dispose();

    [Test]
    public void A_unix_stream_socket_listens_with_mode_directories_and_links()
    {
        string path = _directory["a/b/sock"];
        var settings = new SocketSettings
        {
            Listen = [Listen(ListenKind.Stream, path)],
            SocketMode = Convert.ToInt32("620", 8),
            DirectoryMode = Convert.ToInt32("750", 8),
            Symlinks = [_directory["links/one"], _directory["two"]],
            RemoveOnStop = true,
            PassCredentials = true,
        };
        var opened = Open(settings);
        Files.Status(Files.Cwd, path, out var status);
        Assert.That(status.Permissions, Is.EqualTo(Convert.ToUInt32("620", 8)));
        Files.Status(Files.Cwd, _directory["a/b"], out status);
        Assert.That(status.Permissions, Is.EqualTo(Convert.ToUInt32("750", 8)));
        using (var client = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require())
            Assert.That(
                SocketCalls.Connect(client, SocketAddress.Unix(_directory["two"])!).IsOk);
        Assert.That(Option(opened[0], Libc.SO_PASSCRED), Is.EqualTo(1));
        ActivationSockets.Unlink(settings);
        Assert.That(File.Exists(path), Is.False);
        Assert.That(Directory.GetFiles(_directory["links"]), Is.Empty);
        CloseAll(opened);
    }

    [Test]
    public void Traffic_makes_the_loop_report_the_socket()
    {
        var opened = Open(new() { Listen = [Listen(ListenKind.Stream, _directory["sock"])] });
        using var loop = EventLoop.Create().Require();
        var ready = new ReadyEvent[1];
        loop.Add(opened[0].Descriptor.Number, LoopEvents.Readable, new EventKey(5, 6), once: true);
        Assert.That(loop.Wait(ready, block: false, out _).Value, Is.Zero);
        using var client = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require();
        SocketCalls.Connect(client, SocketAddress.Unix(_directory["sock"])!);
        Assert.That(loop.Wait(ready, block: true, out _).Value, Is.EqualTo(1));
        ActivationSockets.Flush(opened[0].Descriptor);
        loop.Rearm(
            opened[0].Descriptor.Number, LoopEvents.Readable, new EventKey(5, 6), once: true);
        Assert.That(loop.Wait(ready, block: false, out _).Value, Is.Zero, "flushed");
        CloseAll(opened);
    }

    [TestCase(ListenKind.Stream, "127.0.0.1:")]
    [TestCase(ListenKind.Datagram, "127.0.0.1:")]
    [TestCase(ListenKind.Stream, "")]
    public void An_internet_socket_listens_with_its_options(ListenKind kind, string host)
    {
        int port = FreePort();
        var opened = Open(new()
        {
            Listen = [Listen(kind, host + port)],
            KeepAlive = kind == ListenKind.Stream,
            NoDelay = kind == ListenKind.Stream,
            ReusePort = true,
            FreeBind = true,
            Broadcast = kind == ListenKind.Datagram,
            ReceiveBuffer = 65536,
            SendBuffer = 65536,
        });
        Assert.That(Option(opened[0], Libc.SO_REUSEPORT), Is.EqualTo(1));
        Assert.That(Option(opened[0], Libc.SO_RCVBUF), Is.GreaterThanOrEqualTo(65536));
        Assert.That(
            Option(opened[0], Libc.SO_ACCEPTCONN), Is.EqualTo(kind == ListenKind.Stream ? 1 : 0));
        CloseAll(opened);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void BindIPv6Only_decides_whether_ipv4_gets_in(bool only)
    {
        var opened = Open(new()
        {
            Listen = [Listen(ListenKind.Stream, FreePort().ToString())],
            BindIPv6Only = only,
        });
        var value = SocketCalls.GetOption(
            opened[0].Descriptor.Number, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY);
        Assert.That(value.Value, Is.EqualTo(only ? 1 : 0));
        CloseAll(opened);
    }

    [Test]
    public void One_that_fails_closes_the_others_and_names_file_and_line()
    {
        var before = OpenDescriptors.Snapshot();
        var result = ActivationSockets.Open(
            new()
            {
                Listen =
                [
                    Listen(ListenKind.Stream, _directory["ok"]),
                    Listen(ListenKind.Datagram, _directory["ok/impossible"], line: 9),
                ],
            },
            default);
        Assert.That(result.Error, Does.Contain("x.socket:9").And.Contain("ENOTDIR"));
        Assert.That(result.Sockets, Is.Empty);
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void One_that_fails_takes_the_files_of_the_others_along_if_RemoveOnStop_says_so(
        bool removes)
    {
        string mine = Path.Combine(_directory.Path, "mine.sock");
        string theirs = Path.Combine(_directory.Path, "theirs");
        File.WriteAllText(theirs, "");
        var opened = ActivationSockets.Open(
            new SocketSettings
            {
                Listen = [Listen(ListenKind.Stream, mine), Listen(ListenKind.Fifo, theirs)],
                RemoveOnStop = removes,
            },
            default);
        Assert.That(opened.Error, Is.Not.Null);
        Assert.That(File.Exists(mine), Is.EqualTo(!removes));
        Assert.That(File.Exists(theirs));
    }

    [Test]
    public void An_address_that_cannot_be_parsed_is_an_error_with_its_line()
    {
        var result = ActivationSockets.Open(
            new() { Listen = [Listen(ListenKind.Stream, "nonsense", line: 4)] }, default);
        Assert.That(result.Error, Does.Contain("x.socket:4").And.Contain("nonsense"));
    }

    [Test]
    public void A_regular_file_in_the_way_is_not_removed()
    {
        File.WriteAllText(_directory["file"], "precious");
        var result = ActivationSockets.Open(
            new() { Listen = [Listen(ListenKind.Stream, _directory["file"])] }, default);
        Assert.That(result.Error, Does.Contain("EADDRINUSE"));
        Assert.That(File.ReadAllText(_directory["file"]), Is.EqualTo("precious"));
    }

    [Test]
    public void A_fifo_is_made_and_a_file_in_its_place_refused()
    {
        var opened = Open(new()
        {
            Listen = [Listen(ListenKind.Fifo, _directory["fifo"])],
            SocketMode = Convert.ToInt32("600", 8),
        });
        Files.Status(Files.Cwd, _directory["fifo"], out var status);
        Assert.That(status.IsFifo && status.Permissions == Convert.ToUInt32("600", 8));
        CloseAll(opened);
        File.WriteAllText(_directory["file"], "");
        var result = ActivationSockets.Open(
            new() { Listen = [Listen(ListenKind.Fifo, _directory["file"])] }, default);
        Assert.That(result.Error, Does.Contain("not a FIFO"));
    }

    [Test]
    public void A_special_file_is_a_device_or_kernel_file()
    {
        CloseAll(
            Open(new() { Listen = [Listen(ListenKind.Special, "/dev/null")], Writable = true }));
        CloseAll(Open(new() { Listen = [Listen(ListenKind.Special, "/proc/self/mountinfo")] }));
        var result = ActivationSockets.Open(
            new() { Listen = [Listen(ListenKind.Special, _directory.Path)] }, default);
        Assert.That(result.Error, Does.Contain("neither a character device nor a file"));
    }

    [Test]
    public void The_owner_that_was_resolved_gets_the_file()
    {
        var result = ActivationSockets.Open(
            new() { Listen = [Listen(ListenKind.Stream, _directory["sock"])] },
            new SocketOwner(Libc.getuid(), null));
        Assert.That(result.Error, Is.Null);
        CloseAll(result.Sockets);
    }

    [Test]
    public void Every_socket_is_close_on_exec_and_non_blocking()
    {
        var opened = Open(
            new() { Listen = [Listen(ListenKind.Datagram, "@initx-test-" + Guid.NewGuid())] });
        int fd = opened[0].Descriptor.Number;
        Assert.That(Descriptors.CloseOnExec(fd).Value, Is.EqualTo(1));
        Assert.That(opened[0].Descriptor.Read(new byte[1]).Error, Is.EqualTo(Errno.EAGAIN));
        CloseAll(opened);
    }

    private static ListenSetting Listen(ListenKind kind, string address, int line = 1) =>
        new(kind, address, new SourceLocation("x.socket", line));

    private static IReadOnlyList<ActivationSocket> Open(SocketSettings settings)
    {
        var result = ActivationSockets.Open(settings, default);
        Assert.That(result.Error, Is.Null);
        Assert.That(result.Warnings, Is.Empty);
        Assert.That(result.Sockets, Has.Count.EqualTo(settings.Listen.Count));
        return result.Sockets;
    }

    private static int Option(ActivationSocket socket, int option) =>
        SocketCalls.GetOption(socket.Descriptor.Number, Libc.SOL_SOCKET, option).Value;

    private static void CloseAll(IReadOnlyList<ActivationSocket> sockets)
    {
        foreach (var socket in sockets)
            socket.Descriptor.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
