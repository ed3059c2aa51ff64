using InitTx.Core.Ports;
using InitTx.Linux;
using InitTx.Linux.Control;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Control;

/// <summary>
/// The real sockets under <see cref="ControlServer"/>: accepts, reads, writes, never waits. Out of
/// descriptors, a reserved one is given up to turn the caller away, so the loop does not spin.
/// </summary>
internal sealed class SocketTransport(
    EventLoop loop,
    ControlListener listener,
    ProcFs proc,
    ManagerConsole console) : IControlTransport
{
    private const int AcceptsPerRound = 16;
    private const int ReadsPerRound = 4;

    // Others wait as long, and for one more call.
    private const long TurnsUs = 5_000;

    private readonly Dictionary<long, Linux.Control.ControlConnection> _connections = [];
    private readonly byte[] _buffer = new byte[64 * 1024];
    private FileDescriptor? _reserve = Files.Open(Files.Cwd, "/", OpenPath).Value;
    private ControlServer? _server;
    private long _next;

    private const int OpenPath = 0x200000;

    public void Connect(ControlServer server) => _server = server;

    public void OnListenerReady()
    {
        for (int i = 0; i < AcceptsPerRound; i++)
        {
            SysResult<Linux.Control.ControlConnection> accepted = listener.Accept();
            if (accepted.Error is Errno.EMFILE or Errno.ENFILE && _reserve is { } reserve)
            {
                _reserve = listener.RefuseOne(reserve).Value;
                continue;
            }

            if (accepted.IsError)
                return;
            Take(accepted.Require());
        }
    }

    /// <summary>Calls wait for their turn that no descriptor announces.</summary>
    public bool WorkPending => _server!.WorkPending;

    /// <summary>
    /// Lets the connections whose calls wait have their turns, for a few milliseconds.
    /// </summary>
    public void TakeTurns()
    {
        long now = MonotonicClock.BootTimeUs();
        for (long until = now + TurnsUs; WorkPending && now < until;
            now = MonotonicClock.BootTimeUs())
        {
            _server!.TakeTurn(now);
        }
    }

    public void OnReady(long id, LoopEvents events)
    {
        if (!_connections.TryGetValue(id, out Linux.Control.ControlConnection? connection))
            return;
        long now = MonotonicClock.BootTimeUs();
        var name = new ConnectionId(id);
        if ((events & (LoopEvents.HangUp | LoopEvents.Error)) != 0)
        {
            ReadLast(connection, name, now);
            return;
        }

        if ((events & LoopEvents.Writable) != 0)
            _server!.OnWritable(name, now);
        if ((events & LoopEvents.Readable) != 0 && _connections.ContainsKey(id))
            Read(connection, name, now);
    }

    /// <inheritdoc/>
    public int Send(ConnectionId connection, ReadOnlySpan<byte> bytes)
    {
        if (!_connections.TryGetValue(connection.Value, out Linux.Control.ControlConnection? open))
            return -1;
        SysResult sent = open.Send(bytes);
        return sent.IsOk ? sent.Value : sent.Error == Errno.EAGAIN ? 0 : -1;
    }

    /// <inheritdoc/>
    public void Watch(ConnectionId connection, bool readable, bool writable)
    {
        if (!_connections.TryGetValue(connection.Value, out Linux.Control.ControlConnection? open))
            return;
        LoopEvents events = (readable ? LoopEvents.Readable : LoopEvents.None)
            | (writable ? LoopEvents.Writable : LoopEvents.None);
        loop.Rearm(open.Fd, events, Key(connection.Value));
    }

    /// <inheritdoc/>
    public void Close(ConnectionId connection)
    {
        if (!_connections.Remove(connection.Value, out Linux.Control.ControlConnection? open))
            return;
        loop.Remove(open.Fd);
        open.Dispose();
    }

    private void Take(Linux.Control.ControlConnection connection)
    {
        SysResult<Requester> peer = RequesterFacts.Read(connection.Fd, proc);
        if (peer.IsError)
        {
            console.Line("control connection refused: " + peer.Message);
            connection.Dispose();
            return;
        }

        long id = ++_next;
        if (loop.Add(connection.Fd, LoopEvents.Readable, Key(id)).IsError)
        {
            connection.Dispose();
            return;
        }

        _connections.Add(id, connection);
        var identity = new PeerIdentity(peer.Require(), PeerGroups.Of(connection.Fd));
        _server!.OnAccepted(new ConnectionId(id), identity, MonotonicClock.BootTimeUs());
    }

    private void Read(Linux.Control.ControlConnection connection, ConnectionId name, long now)
    {
        SysResult got = connection.Receive(_buffer);
        if (got.Error == Errno.EAGAIN)
            return;
        if (got.IsError)
            Lose(name, now);
        else if (got.Value == 0)
            _server!.OnEndOfInput(name, now);
        else
            _server!.OnBytes(name, _buffer.AsSpan(0, got.Value), now);
    }

    // The loop reports a hang-up for ever, whatever it is asked to watch, so what the peer left is
    // read even while nothing is to be read; no more than its socket held comes.
    private void ReadLast(
        Linux.Control.ControlConnection connection, ConnectionId name, long now)
    {
        for (int i = 0; i < ReadsPerRound; i++)
        {
            SysResult got = connection.Receive(_buffer);
            if (got.IsError || got.Value == 0)
            {
                Lose(name, now);
                return;
            }

            _server!.OnBytes(name, _buffer.AsSpan(0, got.Value), now);
        }
    }

    private void Lose(ConnectionId name, long now)
    {
        Close(name);
        _server!.OnClosed(name, now);
    }

    private static EventKey Key(long id) => new(EventKinds.ControlConnection, (ulong)id);
}
