using System.Net.Sockets;
using InitTx.Init.Control;

namespace InitTx.Cli.Tests.Support;

/// <summary>The server's transport over real sockets of this process.</summary>
internal sealed class SocketTransport : IControlTransport
{
    private readonly Dictionary<ConnectionId, Socket> _sockets = [];
    private readonly Dictionary<ConnectionId, (bool Readable, bool Writable)> _watched = [];

    public IReadOnlyDictionary<ConnectionId, Socket> Sockets => _sockets;

    public void Add(ConnectionId id, Socket socket)
    {
        socket.Blocking = false;
        _sockets.Add(id, socket);
        _watched[id] = (true, false);
    }

    public (bool Readable, bool Writable) WatchedOf(ConnectionId id) => _watched[id];

    public int Send(ConnectionId connection, ReadOnlySpan<byte> bytes)
    {
        if (!_sockets.TryGetValue(connection, out Socket? socket))
            return -1;
        int sent = socket.Send(bytes, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => sent,
            SocketError.WouldBlock => 0,
            _ => -1,
        };
    }

    public void Watch(ConnectionId connection, bool readable, bool writable) =>
        _watched[connection] = (readable, writable);

    public void Close(ConnectionId connection)
    {
        if (_sockets.Remove(connection, out Socket? socket))
            socket.Dispose();
        _watched.Remove(connection);
    }
}
