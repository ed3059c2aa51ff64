using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;
using InitTx.Protocol.Framing;
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
/// <item>Progress may be coalesced for a slow client; the outcome is never dropped.</item>
/// <item>It reads no clock, opens nothing and blocks nowhere: the caller's event loop does.</item>
/// </list>
/// <code>
/// OnBytes → FrameReader → CallReader → query:  QueryAnswerer ─→ OutputQueue → transport
///                                    → change: RequestTranslator → IControlHost.Submit
///                                              OnReply ─────────→ OutputQueue → transport
/// </code>
/// Main thread only.
/// </summary>
internal sealed class ControlServer
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

    /// <summary>Bytes came; they are copied or used before this returns.</summary>
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
        Proceed(connection, nowUs);
    }

    /// <summary>The socket takes bytes again.</summary>
    public void OnWritable(ConnectionId id, long nowUs)
    {
        if (_connections.TryGetValue(id.Value, out ControlConnection? connection))
            Proceed(connection, nowUs);
    }

    /// <summary>
    /// The peer is gone in both directions (EPOLLHUP or an error). A peer that only stopped
    /// writing still gets its answer: end of file alone is <see cref="OnEndOfInput"/>.
    /// </summary>
    public void OnClosed(ConnectionId id)
    {
        if (_connections.TryGetValue(id.Value, out ControlConnection? connection))
            Forget(connection);
    }

    /// <summary>
    /// read(2) gave 0: nothing more comes. The connection ends with the current answer.
    /// </summary>
    public void OnEndOfInput(ConnectionId id, long nowUs)
    {
        if (!_connections.TryGetValue(id.Value, out ControlConnection? connection))
            return;
        if (connection.Pending is null && connection.Stream is null)
            connection.Closing = true;
        else
            connection.EndAfterCall = true;
        Proceed(connection, nowUs);
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

    /// <summary>Does all that can be done for a connection now.</summary>
    private void Proceed(ControlConnection connection, long nowUs)
    {
        while (true)
        {
            if (connection.Stream is { } stream
                && connection.Out.Count < _options.OutputHighWater
                && stream.WritePart(_writer, connection.Out))
            {
                EndCall(connection, nowUs);
            }

            _changes.WriteHeld(connection);
            if (!Flush(connection, nowUs))
                return;
            bool room = connection.Out.Count < _options.OutputHighWater;
            if (connection.Stream is not null && room)
                continue;
            if (!connection.IsIdle || !room || !HandleNext(connection, nowUs))
                break;
        }

        if (connection.Closing && connection.Out.Count == 0)
        {
            Forget(connection);
            _transport.Close(connection.Id);
            return;
        }

        bool readable = connection.IsIdle && connection.Out.Count < _options.OutputHighWater;
        bool writable = connection.Out.Count > 0;
        if (connection.Watched != (readable, writable))
        {
            connection.Watched = (readable, writable);
            _transport.Watch(connection.Id, readable, writable);
        }
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

    /// <summary>Answers or submits the next whole message; false when there is none.</summary>
    private bool HandleNext(ControlConnection connection, long nowUs)
    {
        FrameStatus status = connection.In.TryRead(out ReadOnlySpan<byte> frame);
        if (status == FrameStatus.Incomplete)
            return false;
        connection.FrameBegunUs = nowUs;
        connection.LastCallUs = nowUs;
        if (status == FrameStatus.TooLong)
        {
            Reject(connection, new CallError(
                CallErrorKind.BadMessage,
                "",
                $"a message has at most {ProtocolLimits.RequestBytes} bytes"));
        }
        else if (CallReader.TryRead(frame, out Call? call, out CallError? error))
        {
            Handle(connection, call);
        }
        else
        {
            Reject(connection, error);
        }

        return true;
    }

    private void Reject(ControlConnection connection, CallError error)
    {
        _writer.Error(connection.Out, error);
        connection.Closing |= error.Kind == CallErrorKind.BadMessage;
    }

    private void Handle(ControlConnection connection, Call call)
    {
        if (!MayCall(connection, call.Method))
        {
            if (!call.OneWay)
            {
                _writer.Error(
                    connection.Out,
                    ManagerInterface.ErrorPermissionDenied,
                    null,
                    null,
                    $"{call.Method.Method} is for root and the control group, "
                        + $"this is uid {connection.Peer.Requester.Uid}");
            }

            return;
        }

        if (call.Method.Privileged || call.Method.Method == ManagerMethod.WaitTransaction)
            Submit(connection, call);
        else if (!call.OneWay)
            _queries.Answer(
                call, connection.Peer, connection.Privileged, connection.Out, _writer);
    }

    private bool MayCall(ControlConnection connection, MethodEntry method)
    {
        if (connection.Privileged)
            return true;
        if (method.Privileged)
            return false;
        return _options.ReadPolicy == ReadPolicy.All
            || method.Method is ManagerMethod.Ping or ManagerMethod.GetVersion
                or ManagerMethod.GetInfo or ManagerMethod.GetInterfaceDescription;
    }

    private void Submit(ControlConnection connection, Call call)
    {
        if (call.Method.Method == ManagerMethod.Plan && !call.More)
        {
            _writer.Error(
                connection.Out,
                ManagerInterface.ErrorExpectedMore,
                null,
                null,
                "a plan comes in parts: set more");
            return;
        }

        RequestId id = _host.NextRequestId();
        if (!RequestTranslator.TryTranslate(
            call, id, connection.Peer.Requester, out ControlRequest? request, out CallError? error))
        {
            Reject(connection, error);
            return;
        }

        connection.Pending =
            new PendingCall(id, call.More, call.Parameters.NoBlock, call.OneWay);
        _requests.Add(id.Value, connection);
        _host.Submit(request);
    }

    private void EndCall(ControlConnection connection, long nowUs)
    {
        if (connection.Pending is { } pending)
            _requests.Remove(pending.Request.Value);
        connection.Pending = null;
        connection.LastCallUs = nowUs;
        connection.FrameBegunUs = nowUs;
        if (connection.Stream is { IsDone: true })
            connection.Stream = null;
        if (connection.EndAfterCall && connection.Stream is null)
            connection.Closing = true;
    }

    private void Forget(ControlConnection connection)
    {
        _connections.Remove(connection.Id.Value);
        if (connection.Pending is { } pending)
        {
            _requests.Remove(pending.Request.Value);
            _host.ClientGone(pending.Request);
        }

        connection.Release();
    }
}
