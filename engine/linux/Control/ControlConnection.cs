using InitTx.Linux.Handles;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Control;

/// <summary>
/// One client's stream. Reads and writes never wait: EAGAIN is the sign to go on later.
/// Main thread only.
/// </summary>
public sealed class ControlConnection(FileDescriptor fd) : IDisposable
{
    /// <summary>The descriptor to watch.</summary>
    public int Fd => fd.Number;

    /// <summary>The owned descriptor, for the registry.</summary>
    public FileDescriptor Descriptor => fd;

    /// <summary>Bytes that have come; 0 when the client has closed its side.</summary>
    public SysResult Receive(Span<byte> into) => SocketCalls.Receive(fd.Number, into, 0);

    /// <summary>
    /// Sends what the socket takes now; EPIPE, ECONNRESET when the client is gone.
    /// </summary>
    public SysResult Send(ReadOnlySpan<byte> data) => SocketCalls.Send(fd.Number, data);

    /// <inheritdoc/>
    public void Dispose() => fd.Dispose();
}
