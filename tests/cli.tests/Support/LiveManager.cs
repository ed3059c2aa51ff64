using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Control;
using InitTx.Init.Control.Queries;
using InitTx.Units.Loading;
using InitTx.Units.Parsing;

namespace InitTx.Cli.Tests.Support;

/// <summary>
/// A manager for the command line to talk to: the real engine over real unit files and the real
/// control server over a real socket; only processes are played. Time is what the test sets.
/// </summary>
internal sealed class LiveManager : IControlHost, IDisposable
{
    private readonly Socket _listener;
    private readonly SocketTransport _transport = new();
    private readonly ControlServer _server;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Queue<EngineEvent> _events = new();
    private readonly EngineStep _step = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _nextConnection;
    private long _nextRequest;
    private int _nextPid = 100;

    /// <param name="directory">Where the socket and the unit files are.</param>
    /// <param name="unitFiles">Name and content of each.</param>
    /// <param name="uid">The uid that clients are taken for.</param>
    public LiveManager(
        string directory, IReadOnlyDictionary<string, string> unitFiles, int uid = 0)
    {
        Uid = uid;
        UnitDirectory = Path.Combine(directory, "units");
        Directory.CreateDirectory(UnitDirectory);
        foreach ((string name, string content) in unitFiles)
            File.WriteAllText(Path.Combine(UnitDirectory, name), content);
        Engine = new Engine(ReadUnits(), new EngineLimits());
        SocketPath = Path.Combine(directory, "control");
        _server = new ControlServer(
            new ControlOptions(),
            _transport,
            this,
            new QueryAnswerer(() => Engine, Facts, Facts),
            () => Engine.Catalog);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _thread = new Thread(Loop) { IsBackground = true };
        _thread.Start();
    }

    public Engine Engine { get; }
    public FakeFacts Facts { get; } = new();
    public string SocketPath { get; }
    public string UnitDirectory { get; }
    public int Uid { get; set; }

    /// <summary>Microseconds since 1970 and since boot are the same here.</summary>
    public long NowUs { get; set; } = 1_770_000_000_000_000;

    /// <summary>Processes of these units cannot be made.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>Processes of these units are made and never report back.</summary>
    public HashSet<string> Stuck { get; } = [];

    /// <summary>Runs something on the manager's thread and waits for it.</summary>
    public void Do(Action action)
    {
        using var done = new ManualResetEventSlim();
        _posted.Enqueue(() =>
        {
            action();
            done.Set();
        });
        Assert.That(done.Wait(TimeSpan.FromSeconds(30)), "the manager's thread does not answer");
    }

    /// <summary>Gives the engine an event.</summary>
    public void Send(EngineEvent e) => Do(() =>
    {
        _events.Enqueue(e);
        Settle();
    });

    /// <summary>Closes every connection, as a manager does that replaces itself.</summary>
    public void DropConnections() => Do(() =>
    {
        foreach (ConnectionId id in _transport.Sockets.Keys.ToArray())
        {
            _server.OnClosed(id, NowUs);
            _transport.Close(id);
        }
    });

    public RequestId NextRequestId() => new(++_nextRequest);

    public void Submit(ControlRequest request) =>
        _events.Enqueue(new EngineEvent.Requested(request));

    public void ClientGone(RequestId request) =>
        _events.Enqueue(new EngineEvent.ClientGone(request));

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _listener.Dispose();
        foreach (Socket socket in _transport.Sockets.Values)
            socket.Dispose();
        _stop.Dispose();
    }

    private UnitLoader ReadUnits() => new(
        DirectoryUnitSource.Read([UnitDirectory], LoadLimits.Default),
        SpecifierContext.Unknown,
        LoadLimits.Default);

    private void Loop()
    {
        while (!_stop.IsSet)
        {
            while (_posted.TryDequeue(out Action? action))
                action();
            var read = new List<Socket> { _listener };
            var write = new List<Socket>();
            foreach ((ConnectionId id, Socket socket) in _transport.Sockets)
            {
                if (_transport.WatchedOf(id).Readable)
                    read.Add(socket);
                if (_transport.WatchedOf(id).Writable)
                    write.Add(socket);
            }

            Socket.Select(read, write, null, 5_000);
            if (read.Remove(_listener))
                Accept();
            foreach (ConnectionId id in IdsOf(write))
                _server.OnWritable(id, NowUs);
            foreach (ConnectionId id in IdsOf(read))
                Receive(id);
            Settle();
        }
    }

    private ConnectionId[] IdsOf(List<Socket> sockets) =>
        [.. _transport.Sockets.Where(p => sockets.Contains(p.Value)).Select(p => p.Key)];

    private void Accept()
    {
        var id = new ConnectionId(++_nextConnection);
        _transport.Add(id, _listener.Accept());
        var requester = new Requester(
            4_321, Uid, Uid, "initx", "/usr/bin/initx", "pts/0", Uid, true);
        _server.OnAccepted(id, new PeerIdentity(requester, []), NowUs);
    }

    private void Receive(ConnectionId id)
    {
        byte[] buffer = new byte[65_536];
        if (!_transport.Sockets.TryGetValue(id, out Socket? socket))
            return;
        int count = socket.Receive(buffer, SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
            return;
        if (count > 0)
        {
            _server.OnBytes(id, buffer.AsSpan(0, count), NowUs);
            return;
        }

        _server.OnClosed(id, NowUs);
        _transport.Close(id);
    }

    /// <summary>
    /// Events to the engine, rows to the record, effects to the played kernel, until quiet.
    /// </summary>
    private void Settle()
    {
        while (TryNext(out EngineEvent? e))
        {
            NowUs += 1_000;
            Engine.Handle(e, new Instant(NowUs, NowUs), _step);
            Facts.Records.AddRange(_step.Records);
            Effect[] effects = [.. _step.Effects];
            _step.Clear();
            foreach (Effect effect in effects)
                Play(effect);
        }
    }

    private bool TryNext([NotNullWhen(true)] out EngineEvent? e)
    {
        while (!_events.TryDequeue(out e))
        {
            if (!_server.WorkPending)
                return false;
            _server.TakeTurn(NowUs);
        }

        return true;
    }

    private void Play(Effect effect)
    {
        switch (effect)
        {
            case Effect.Prepare prepare:
                _events.Enqueue(new EngineEvent.Prepared(prepare.Token, PrepareOutcome.Ready, ""));
                break;
            case Effect.Spawn spawn:
                PlaySpawn(spawn);
                break;
            case Effect.Signal signal:
                PlayDeath(signal.Unit, signal.Number);
                break;
            case Effect.KillCgroup kill:
                PlayDeath(kill.Unit, 9);
                break;
            case Effect.Freeze { On: true } freeze
                when Broken.Contains(Engine.Unit(freeze.Unit).Name.Value):
                _events.Enqueue(new EngineEvent.EffectFailed(
                    freeze.Unit, Engine.FreezeEffect, "no cgroup v2"));
                break;
            case Effect.OpenSockets open:
                _events.Enqueue(new EngineEvent.SocketsOpened(open.Unit, null));
                break;
            case Effect.ReloadCatalog reload:
                _events.Enqueue(new EngineEvent.CatalogReplaced(ReadUnits(), reload.Request, null));
                break;
            case Effect.Reply reply:
                _server.OnReply(reply.Request, reply.Body, NowUs);
                _server.SendWritten(NowUs);
                break;
        }
    }

    private void PlaySpawn(Effect.Spawn spawn)
    {
        string unit = Engine.Unit(spawn.Unit).Name.Value;
        if (Broken.Contains(unit))
        {
            _events.Enqueue(new EngineEvent.SpawnFailed(spawn.Token, false, "exec", 2));
            return;
        }

        var process = new ProcessIdentity(_nextPid++, 1);
        _events.Enqueue(new EngineEvent.Spawned(spawn.Token, process));
        if (!Stuck.Contains(unit))
            _events.Enqueue(new EngineEvent.Executed(spawn.Token));
    }

    private void PlayDeath(UnitId unit, int signal)
    {
        ProcessIdentity process = Engine.Unit(unit).MainProcess;
        if (!process.IsNone && signal is 9 or 15)
            _events.Enqueue(new EngineEvent.Exited(process, ExitKind.Killed, signal, true));
    }
}
