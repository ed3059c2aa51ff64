using InitTx.Linux.Handles;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Channels;

/// <summary>The sender's end of a unix datagram socket. Nothing is waited for.</summary>
public sealed class DatagramClient : IDisposable
{
    private readonly FileDescriptor _fd;

    private DatagramClient(FileDescriptor fd) => _fd = fd;

    /// <summary>Connects to a path. ENOENT, ECONNREFUSED: nobody listens.</summary>
    public static SysResult<DatagramClient> Connect(string path)
    {
        if (SocketAddress.Unix(path) is not { } address)
            return SysResult<DatagramClient>.Fail(Errno.ENAMETOOLONG, path);
        SysResult<FileDescriptor> made =
            SocketCalls.Create(Interop.Libc.AF_UNIX, Interop.Libc.SOCK_DGRAM);
        if (made.IsError)
            return SysResult<DatagramClient>.Fail(made.Error, "socket");
        FileDescriptor fd = made.Require();
        SysResult connected = SocketCalls.Connect(fd, address);
        if (connected.IsOk)
            return SysResult<DatagramClient>.Ok(new DatagramClient(fd));
        fd.Dispose();
        return SysResult<DatagramClient>.Fail(connected, path);
    }

    /// <summary>Sends one datagram; EAGAIN: the receiver's queue is full.</summary>
    public SysResult Send(ReadOnlySpan<byte> message) => SocketCalls.Send(_fd.Number, message);

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
