using System.Net;
using System.Net.Sockets;
using InitTx.Core;
using InitTx.Init;
using InitTx.Init.Activation;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Activation;

/// <summary>Sockets that a service has in its hands as well, and what it may do to them.</summary>
[TestFixture]
internal sealed class SocketHostTests : IUnitCatalog
{
    private const int IpRecvErr = 11;

    private static readonly SourceLocation Line = new("/door.socket", 1);

    private readonly ReadyEvent[] _ready = new ReadyEvent[16];
    private readonly List<Socket> _sockets = [];
    private SocketSettings _settings = new();
    private EventLoop _loop = null!;
    private EventQueue _queue = null!;
    private Engine _engine = null!;
    private SocketHost _host = null!;
    private UnitRuntime _unit = null!;

    [SetUp]
    public void Create()
    {
        _loop = EventLoop.Create().Require();
        _queue = new EventQueue();
        _engine = new Engine(this, new EngineLimits());
        _host = new SocketHost(
            _engine, _loop, _queue, prepare: null!, new ConnectionHost(_engine, _queue),
            new ManagerConsole(null, ""));
    }

    [TearDown]
    public void Destroy()
    {
        foreach (Socket socket in _sockets)
            socket.Dispose();
        _sockets.Clear();
        _loop.Dispose();
    }

    [Test]
    public void A_service_that_shuts_its_socket_down_keeps_nobody_awake()
    {
        Hold(SocketType.Stream);
        _host.Poll(_unit, enable: false, flush: false);
        _sockets[0].Shutdown(SocketShutdown.Both);
        Assert.That(Round(), Is.Zero);
        Assert.That(Posted(), Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_socket_that_was_shut_down_fails_when_it_is_to_be_watched(bool accept)
    {
        Hold(SocketType.Stream, accept: accept);
        _sockets[0].Shutdown(SocketShutdown.Both);
        _host.Poll(_unit, enable: true, flush: false);
        Assert.That(Round(), Is.EqualTo(1));
        var failed = (EngineEvent.SocketsOpened)Posted().Single();
        Assert.That(failed.Error, Does.Contain("shut down"));
        Assert.That(Round(), Is.Zero);
    }

    [Test]
    public void Errors_that_a_service_left_are_no_traffic_and_keep_nobody_awake()
    {
        Hold(SocketType.Dgram);
        Socket service = _sockets[0];
        service.SetRawSocketOption(0, IpRecvErr, BitConverter.GetBytes(1));
        LeaveErrors(service);
        _host.Poll(_unit, enable: false, flush: false);
        Assert.That(Round(), Is.Zero);
        _host.Poll(_unit, enable: true, flush: false);
        Assert.That(Round(), Is.EqualTo(1));
        Assert.That(Round(), Is.Zero);
        Assert.That(Posted(), Is.Empty);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, 0);
        client.SendTo([1], service.LocalEndPoint!);
        Assert.That(Round(), Is.EqualTo(1));
        Assert.That(Posted().Single(), Is.EqualTo(new EngineEvent.SocketReady(_unit.Id)));
    }

    [Test]
    public void Traffic_is_told_once_and_again_when_it_is_watched_again()
    {
        Hold(SocketType.Stream);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, 0);
        client.Connect(_sockets[0].LocalEndPoint!);
        for (int i = 0; i < 2; i++)
        {
            _host.Poll(_unit, enable: true, flush: false);
            Assert.That(Round(), Is.EqualTo(1));
            Assert.That(Round(), Is.Zero);
            Assert.That(Posted().Single(), Is.EqualTo(new EngineEvent.SocketReady(_unit.Id)));
        }
    }

    [Test]
    public void A_listener_that_a_service_made_block_is_not_waited_for()
    {
        Hold(SocketType.Stream, accept: true);
        _sockets[0].Blocking = true;
        _host.Poll(_unit, enable: true, flush: false);
        var turn = Task.Run(() => _host.OnReady(_unit.Id, 0, LoopEvents.Readable));
        Assert.That(turn.Wait(TimeSpan.FromSeconds(30)), "it waits for a connection");
        Assert.That(Posted(), Is.Empty);
    }

    [TestCase(false, 1)]
    [TestCase(true, 0)]
    public void A_service_gets_no_socket_whose_connections_are_taken_for_it(bool accept, int count)
    {
        Hold(SocketType.Stream, accept);
        UnitDefinition service = Load(UnitName.Parse("door.service"));
        List<int> numbers = _host.DescriptorsFor(service, out List<string> names);
        Assert.That(numbers, Has.Count.EqualTo(count));
        Assert.That(names, Has.Count.EqualTo(count));
    }

    /// <summary>A reload changed the lines; the sockets that there are go on.</summary>
    [TestCase(2, 1)]
    [TestCase(1, 2)]
    public void What_the_image_before_held_is_taken_over_whatever_the_definition_says(
        int held, int lines)
    {
        _settings = new SocketSettings
        {
            Listen =
            [
                .. Enumerable.Repeat(new ListenSetting(ListenKind.Stream, "7000", Line), lines),
            ],
        };
        _unit = Unit();
        int[] numbers = [.. Enumerable.Range(0, held).Select(_ => Listener(SocketType.Stream))];
        Take([.. numbers.Reverse()]);
        UnitDefinition service = Load(UnitName.Parse("door.service"));
        Assert.That(_host.DescriptorsFor(service, out _), Is.EqualTo(numbers.Reverse()));
    }

    [TestCase("0 1 2", "0 1 2", "")]
    [TestCase("2 0 1", "0 1 2", "")]
    [TestCase("1 2", "", "1 2")]
    [TestCase("0 2", "0", "2")]
    [TestCase("0 0 1", "0 1", "0")]
    public void Listeners_count_from_the_first_to_the_first_that_is_missing(
        string held, string own, string rest)
    {
        List<HeldDescriptor> entries =
        [
            .. held.Split(' ').Select(static (tag, i) => Held(10 + i, int.Parse(tag))),
            new(90, DescriptorKind.Listen, 0, "other.socket", ""),
            new(91, DescriptorKind.Store, 0, "door.socket", ""),
        ];
        List<HeldDescriptor> taken = SocketHost.WithoutHole(
            entries, UnitName.Parse("door.socket"), out List<HeldDescriptor> others);
        Assert.That(string.Join(' ', taken.Select(static e => e.Tag)), Is.EqualTo(own));
        Assert.That(string.Join(' ', others.Select(static e => e.Tag)), Is.EqualTo(rest));
    }

    [Test]
    public void What_cannot_be_watched_fails()
    {
        using FileDescriptor file = Files.Open(Files.Cwd, Environment.ProcessPath!, 0).Require();
        _settings = new SocketSettings { Listen = [new(ListenKind.Special, "/x", Line)] };
        _unit = Unit();
        Take(file.Number);
        _host.Poll(_unit, enable: true, flush: false);
        Assert.That(((EngineEvent.SocketsOpened)Posted().Single()).Error, Does.Contain("EPERM"));
    }

    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name) => name.Kind == UnitKind.Socket
        ? new() { Name = name, LoadState = UnitLoadState.Loaded, Socket = _settings }
        : new()
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Service = new ServiceSettings { Sockets = [UnitName.Parse("door.socket")] },
        };

    private static void LeaveErrors(Socket socket)
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, 0);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint nobody = closed.LocalEndPoint!;
        closed.Dispose();
        socket.SendTo([1], nobody);
        Assert.That(socket.Poll(10_000_000, SelectMode.SelectError), "a port is unreachable");
    }

    private void Hold(SocketType type, bool accept = false)
    {
        _settings = new SocketSettings
        {
            Listen = [new(ListenKind.Stream, "7000", Line)],
            Accept = accept,
        };
        _unit = Unit();
        Take(Listener(type));
    }

    private int Listener(SocketType type)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, 0);
        _sockets.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (type == SocketType.Stream)
            socket.Listen();
        return (int)socket.Handle;
    }

    private void Take(params int[] numbers) => Assert.That(
        _host.TakeOver([.. numbers.Select(static (fd, i) => Held(fd, i))]),
        Is.EqualTo(new[] { _unit.Name }));

    private static HeldDescriptor Held(int fd, int tag) =>
        new(fd, DescriptorKind.Listen, (ulong)tag, "door.socket", "");

    private UnitRuntime Unit() => _engine.GetOrLoad(UnitName.Parse("door.socket"));

    private int Round()
    {
        int count = _loop.Wait(_ready, block: false, out _).Value;
        for (int i = 0; i < count; i++)
        {
            ulong id = _ready[i].Key.Id;
            _host.OnReady(new UnitId((int)(id >> 8)), (int)(id & 0xff), _ready[i].Events);
        }

        return count;
    }

    private List<EngineEvent> Posted()
    {
        var posted = new List<EngineEvent>();
        while (_queue.TryTake(out EngineEvent? e))
            posted.Add(e!);
        return posted;
    }
}
