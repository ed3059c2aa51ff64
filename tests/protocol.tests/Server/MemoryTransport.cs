using System.Text;
using InitTx.Init.Control;

namespace InitTx.Protocol.Tests.Server;

/// <summary>Sockets in memory: each takes as many bytes as the test lets it.</summary>
internal sealed class MemoryTransport : IControlTransport
{
    private readonly Dictionary<ConnectionId, List<byte>> _sent = [];

    /// <summary>How many bytes a socket takes before it is full; absent means any number.</summary>
    public Dictionary<ConnectionId, int> Room { get; } = [];

    public HashSet<ConnectionId> Gone { get; } = [];
    public HashSet<ConnectionId> Closed { get; } = [];
    public Dictionary<ConnectionId, (bool Readable, bool Writable)> Watched { get; } = [];

    public int Send(ConnectionId connection, ReadOnlySpan<byte> bytes)
    {
        Assert.That(Closed, Does.Not.Contain(connection), "sent to a closed connection");
        if (Gone.Contains(connection))
            return -1;
        int count = bytes.Length;
        if (Room.TryGetValue(connection, out int room))
        {
            count = Math.Min(room, count);
            Room[connection] = room - count;
        }

        if (!_sent.TryGetValue(connection, out List<byte>? sent))
            _sent[connection] = sent = [];
        sent.AddRange(bytes[..count]);
        return count;
    }

    public void Watch(ConnectionId connection, bool readable, bool writable) =>
        Watched[connection] = (readable, writable);

    public void Close(ConnectionId connection) => Closed.Add(connection);

    /// <summary>Takes the whole messages that a connection got, without their NULs.</summary>
    public string[] Take(ConnectionId connection)
    {
        if (!_sent.TryGetValue(connection, out List<byte>? sent))
            return [];
        int end = sent.LastIndexOf(0) + 1;
        string text = Encoding.UTF8.GetString([.. sent[..end]]);
        sent.RemoveRange(0, end);
        return text.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}
