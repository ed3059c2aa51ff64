using InitTx.Linux.Handles;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Channels;

/// <summary>
/// The client's end of a unix stream socket, for programs without an event loop: each wait has a
/// limit. No thread and no handler comes with it, unlike with the runtime's own sockets. Never in
/// PID 1.
/// </summary>
public sealed class StreamClient : IDisposable
{
    private readonly FileDescriptor _fd;

    private StreamClient(FileDescriptor fd) => _fd = fd;

    /// <summary>The descriptor, to be waited for beside others.</summary>
    public int Fd => _fd.Number;

    /// <summary>
    /// Connects to a path. EAGAIN: the listener's queue is full; ENOENT, ECONNREFUSED: nobody
    /// listens; EACCES: not permitted; ENAMETOOLONG: no path for a socket.
    /// </summary>
    public static SysResult<StreamClient> Connect(string path)
    {
        if (SocketAddress.Unix(path) is not { } address)
            return SysResult<StreamClient>.Fail(Errno.ENAMETOOLONG, path);
        var created = SocketCalls.Create(Interop.Libc.AF_UNIX, Interop.Libc.SOCK_STREAM);
        if (created.IsError)
            return SysResult<StreamClient>.Fail(created.Error, "socket");
        FileDescriptor fd = created.Require();
        SysResult connected = SocketCalls.Connect(fd, address);
        if (connected.IsOk)
            return SysResult<StreamClient>.Ok(new StreamClient(fd));
        fd.Dispose();
        return SysResult<StreamClient>.Fail(connected, path);
    }

    /// <summary>Sends everything; ETIMEDOUT when the peer takes nothing for so long.</summary>
    public SysResult SendAll(ReadOnlySpan<byte> data, int timeoutMs)
    {
        while (!data.IsEmpty)
        {
            SysResult sent = SocketCalls.Send(_fd.Number, data);
            if (sent.IsOk)
            {
                data = data[sent.Value..];
                continue;
            }

            if (sent.Error != Errno.EAGAIN)
                return sent;
            SysResult ready = BlockingWait.Writable(_fd.Number, timeoutMs);
            if (ready.IsError)
                return ready;
            if (ready.Value == 0)
                return SysResult.Fail(Errno.ETIMEDOUT);
        }

        return SysResult.Ok;
    }

    /// <summary>
    /// Bytes that came; 0 at the end of the stream; ETIMEDOUT when none came in time.
    /// </summary>
    public SysResult Receive(Span<byte> into, int timeoutMs)
    {
        SysResult received = SocketCalls.Receive(_fd.Number, into, 0);
        if (received.Error != Errno.EAGAIN)
            return received;
        SysResult ready = BlockingWait.Readable(_fd.Number, timeoutMs);
        if (ready.IsError)
            return ready;
        return ready.Value == 0
            ? SysResult.Fail(Errno.ETIMEDOUT)
            : SocketCalls.Receive(_fd.Number, into, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
