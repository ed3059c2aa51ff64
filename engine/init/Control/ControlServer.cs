using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Units.Graph;

namespace InitTx.Init.Control;

/// <summary>
/// The control plane, from bytes to requests and back. It promises:
/// <list type="number">
/// <item>No client can stop, grow or crash it: every connection has a cap on its input, its output
/// and its patience, every uid a cap on connections, and one connection is kept for the
/// owner.</item>
/// <item>Who may change is decided from the kernel's word at accept, never from the request.</item>
/// <item>One call at a time and connection: while it is answered nothing more is read.</item>
/// <item>Calls are answered in turns, one call or one part of an answer a turn, connection by
/// connection: one that sends thousands at once waits for its own, and nobody else does.</item>
/// <item>Progress may be coalesced for a slow client; the outcome is never dropped.</item>
/// <item>It reads no clock, opens nothing and blocks nowhere: the caller's event loop does.</item>
/// </list>
/// <code>
/// OnBytes → FrameReader
/// TakeTurn → CallReader → query:  QueryAnswerer ─→ OutputQueue → transport
///                       → change: RequestTranslator → IControlHost.Submit
///                                 OnReply ─────────→ OutputQueue → transport
/// </code>
/// Main thread only.
/// </summary>
internal sealed partial class ControlServer
{
    private readonly ControlOptions _options;
    private readonly IControlTransport _transport;
    private readonly IControlHost _host;
    private readonly IQueryAnswerer _queries;
    private readonly ReplyWriter _writer;
    private readonly ChangeReplies _changes;
    private readonly Dictionary<long, ControlConnection> _connections = [];
    private readonly Dictionary<long, ControlConnection> _requests = [];
    private readonly List<ControlConnection> _late = [];
    private readonly List<ControlConnection> _written = [];
    private readonly Queue<ControlConnection> _turns = [];

    public ControlServer(
        ControlOptions options,
        IControlTransport transport,
        IControlHost host,
        IQueryAnswerer queries,
        Func<IUnitCatalog> catalog)
    {
        _options = options;
        _transport = transport;
        _host = host;
        _queries = queries;
        _writer = new ReplyWriter(options.OutputBytes);
        _changes = new ChangeReplies(_writer, options, catalog);
    }

    /// <summary>Connections that are open.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>A connection waits for its turn: <see cref="TakeTurn"/>.</summary>
    public bool WorkPending => _turns.Count > 0;

    /// <summary>
    /// When <see cref="OnTime"/> has to be called at the latest, on the clock of nowUs;
    /// long.MaxValue for never.
    /// </summary>
    public long NextDeadlineUs
    {
        get
        {
            long next = long.MaxValue;
            foreach (ControlConnection connection in _connections.Values)
                next = Math.Min(next, connection.DeadlineUs(_options));
            return next;
        }
    }

    /// <summary>A connection was accepted; it is watched for reading from the start.</summary>
    /// <param name="nowUs">CLOCK_BOOTTIME in microseconds.</param>
    public void OnAccepted(ConnectionId id, PeerIdentity peer, long nowUs)
    {
        var connection = new ControlConnection(id, peer, IsPrivileged(peer), nowUs);
        if (RoomFor(peer) is not { } problem)
        {
            _connections.Add(id.Value, connection);
            return;
        }

        _writer.Error(
            connection.Out, ManagerInterface.ErrorTooManyConnections, null, null, problem);
        _transport.Send(id, connection.Out.Unsent);
        connection.Release();
        _transport.Close(id);
    }

    /// <summary>
    /// Bytes came; they are copied before this returns, and looked at when it is the connection's
    /// turn. One that sends on before it had its turn is not read any more until then.
    /// </summary>
    public void OnBytes(ConnectionId id, ReadOnlySpan<byte> bytes, long nowUs)
    {
        if (!_connections.TryGetValue(id.Value, out ControlConnection? connection)
            || connection.Closing)
        {
            return;
        }

        if (!connection.In.HasPartial)
            connection.FrameBegunUs = nowUs;
        connection.In.Append(bytes);
        connection.IsUnread = true;
        if (connection.IsQueued)
            Watch(connection);
        else
            QueueIfReady(connection);
    }

    /// <summary>The socket takes bytes again.</summary>
    public void OnWritable(ConnectionId id, long nowUs)
    {
        if (_connections.TryGetValue(id.Value, out ControlConnection? connection))
            Proceed(connection, nowUs);
    }

    /// <summary>
    /// The peer is gone in both directions (EPOLLHUP or an error), all that it sent was given to
    /// <see cref="OnBytes"/>, and the socket is closed. The call that it waited for is detached and
    /// what it sent behind that one is dropped; calls that want no answer are carried out. A peer
    /// that only stopped writing still gets its answers: <see cref="OnEndOfInput"/>.
    /// </summary>
    public void OnClosed(ConnectionId id, long nowUs)
    {
        if (!_connections.TryGetValue(id.Value, out ControlConnection? connection))
            return;
        connection.PeerIsGone = true;
        connection.InputEnded = true;
        Proceed(connection, nowUs);
    }

    /// <summary>
    /// read(2) gave 0: nothing more comes. The connection ends when what came is answered.
    /// </summary>
    public void OnEndOfInput(ConnectionId id, long nowUs)
    {
        if (!_connections.TryGetValue(id.Value, out ControlConnection? connection))
            return;
        connection.InputEnded = true;
        Proceed(connection, nowUs);
    }

    /// <summary>
    /// Does one piece of work for the connection that has waited longest: a call is answered or
    /// submitted, or the next part of a long answer written. How many turns there are between two
    /// looks at everything else is the caller's decision.
    /// </summary>
    public void TakeTurn(long nowUs)
    {
        while (_turns.TryDequeue(out ControlConnection? connection))
        {
            // Forgotten since.
            if (!connection.IsQueued)
                continue;
            connection.IsQueued = false;
            Work(connection, nowUs);
            Proceed(connection, nowUs);
            return;
        }
    }

    /// <summary>
    /// The engine answered a request. One whose client is gone is dropped. What is written goes out
    /// with the other answers of the batch, by <see cref="SendWritten"/>: a client that follows a
    /// thousand jobs is woken once for many.
    /// </summary>
    public void OnReply(RequestId request, EngineReply reply, long nowUs)
    {
        if (!_requests.TryGetValue(request.Value, out ControlConnection? connection))
            return;
        if (_changes.Take(connection, reply))
            EndCall(connection, nowUs);
        if (connection.Out.Count >= _options.OutputHighWater / 4)
            Proceed(connection, nowUs);
        else if (!_written.Contains(connection))
            _written.Add(connection);
    }

    /// <summary>All answers of a batch were given.</summary>
    public void SendWritten(long nowUs)
    {
        for (int i = 0; i < _written.Count; i++)
        {
            if (_connections.ContainsKey(_written[i].Id.Value))
                Proceed(_written[i], nowUs);
        }

        _written.Clear();
    }

    /// <summary>Time passed: who was silent or slow for too long is cut off.</summary>
    public void OnTime(long nowUs)
    {
        foreach (ControlConnection connection in _connections.Values)
        {
            if (connection.DeadlineUs(_options) <= nowUs)
                _late.Add(connection);
        }

        foreach (ControlConnection connection in _late)
        {
            Forget(connection);
            _transport.Close(connection.Id);
        }

        _late.Clear();
    }

    private bool IsPrivileged(PeerIdentity peer) =>
        peer.Requester.Uid == 0
        || peer.Requester.Uid == _options.OwnerUid
        || (_options.ControlGid >= 0
            && (peer.Requester.Gid == _options.ControlGid
                || peer.Groups.Contains(_options.ControlGid)));

    private string? RoomFor(PeerIdentity peer)
    {
        int uid = peer.Requester.Uid;
        bool owner = uid == 0 || uid == _options.OwnerUid;
        int total = owner ? _options.Connections : _options.Connections - 1;
        if (_connections.Count >= total)
            return $"{_connections.Count} connections are open, the limit is {total}";
        if (owner)
            return null;
        int mine = 0;
        foreach (ControlConnection connection in _connections.Values)
        {
            if (connection.Peer.Requester.Uid == uid)
                mine++;
        }

        return mine >= _options.ConnectionsPerUid
            ? $"uid {uid} has {mine} connections open, the limit is {_options.ConnectionsPerUid}"
            : null;
    }

    private void Work(ControlConnection connection, long nowUs)
    {
        if (connection.Stream is { } stream)
        {
            if (stream.WritePart(_writer, connection.Out))
                EndCall(connection, nowUs);
        }
        else if (connection.IsIdle)
        {
            connection.IsUnread = HandleNext(connection, nowUs) && connection.In.HasPartial;
        }
    }

    /// <summary>
    /// Sends what there is, and decides what the connection waits for: its turn, its client, or its
    /// end.
    /// </summary>
    private void Proceed(ControlConnection connection, long nowUs)
    {
        if (connection.PeerIsGone && !TryGoOnWithoutPeer(connection))
            return;
        _changes.WriteHeld(connection);
        if (!Flush(connection, nowUs))
            return;
        connection.Closing |= connection.InputEnded && connection.IsIdle && !connection.IsUnread;
        if (connection.Closing && connection.Out.Count == 0)
        {
            Forget(connection);
            _transport.Close(connection.Id);
            return;
        }

        QueueIfReady(connection);
        Watch(connection);
    }

    private bool HasRoom(ControlConnection connection) =>
        connection.Out.Count < _options.OutputHighWater;

    private void QueueIfReady(ControlConnection connection)
    {
        bool hasWork = connection.Stream is not null
            || connection is { IsIdle: true, IsUnread: true };
        if (!hasWork || connection.IsQueued || !HasRoom(connection))
            return;
        connection.IsQueued = true;
        _turns.Enqueue(connection);
    }

    private void Watch(ControlConnection connection)
    {
        bool readable = connection is { IsIdle: true, IsQueued: false, InputEnded: false }
            && HasRoom(connection);
        bool writable = connection.Out.Count > 0;
        if (connection.Watched == (readable, writable))
            return;
        connection.Watched = (readable, writable);
        _transport.Watch(connection.Id, readable, writable);
    }

    // Nobody hears an answer. What waits for one ends here, as if the peer had gone while it was
    // waiting, which is a matter of microseconds.
    private bool TryGoOnWithoutPeer(ControlConnection connection)
    {
        connection.Out.Clear();
        if (connection.Pending is { OneWay: true } pending)
        {
            connection.Pending = null;
            _requests.Remove(pending.Request.Value);
            _host.ClientGone(pending.Request);
        }

        if (connection.Pending is null && connection.Stream is null)
            return true;
        Forget(connection);
        return false;
    }

    /// <summary>Sends what the socket takes; false when the peer turned out to be gone.</summary>
    private bool Flush(ControlConnection connection, long nowUs)
    {
        while (connection.Out.Count > 0)
        {
            int sent = _transport.Send(connection.Id, connection.Out.Unsent);
            if (sent < 0)
            {
                Forget(connection);
                _transport.Close(connection.Id);
                return false;
            }

            if (sent == 0)
                return true;
            connection.Out.Consume(sent);
            connection.LastSentUs = nowUs;
        }

        connection.LastSentUs = nowUs;
        return true;
    }

    private void Forget(ControlConnection connection)
    {
        _connections.Remove(connection.Id.Value);
        if (connection.Pending is { } pending)
        {
            _requests.Remove(pending.Request.Value);
            _host.ClientGone(pending.Request);
        }

        connection.IsQueued = false;
        connection.Release();
    }
}
