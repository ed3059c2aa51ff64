using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>What accept4(2) said.</summary>
public enum AcceptOutcome : byte
{
    /// <summary>There is a connection.</summary>
    Accepted,

    /// <summary>None waits.</summary>
    None,

    /// <summary>One was there and is gone already; the next can be asked for.</summary>
    Aborted,

    /// <summary>
    /// The kernel cannot give one now (descriptors, memory): asked at once it says so again.
    /// </summary>
    Refused,
}

/// <summary>Takes connections from listening sockets and tells who is at their ends.</summary>
public static unsafe class AcceptedConnections
{
    private const int AddressMax = 128;

    /// <summary>Takes one connection, close-on-exec and non-blocking; never waits.</summary>
    /// <param name="result">The connection, or why there is none.</param>
    public static AcceptOutcome Accept(
        FileDescriptor listener, out SysResult<FileDescriptor> result)
    {
        result = Descriptors.Own(
            SysResult.Of(Libc.accept4(
                listener.Number, null, null, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK)),
            "accept");
        return result.Error switch
        {
            Errno.None => AcceptOutcome.Accepted,
            Errno.EAGAIN => AcceptOutcome.None,

            // accept(2): pending network errors come out here and count as none.
            Errno.ECONNABORTED or Errno.EINTR or Errno.ENETDOWN or Errno.EPROTO
                or Errno.ENOPROTOOPT or Errno.EHOSTDOWN or Errno.ENONET or Errno.EHOSTUNREACH
                or Errno.EOPNOTSUPP or Errno.ENETUNREACH or Errno.ETIMEDOUT or Errno.EPERM =>
                AcceptOutcome.Aborted,
            _ => AcceptOutcome.Refused,
        };
    }

    /// <summary>Who is at the two ends; null when the other end is gone already.</summary>
    public static ConnectionPeer? PeerOf(FileDescriptor connection)
    {
        byte* local = stackalloc byte[AddressMax];
        byte* remote = stackalloc byte[AddressMax];
        uint localLength = AddressMax;
        uint remoteLength = AddressMax;
        if (SysResult.Of(Libc.getsockname(connection.Number, local, &localLength)).IsError
            || SysResult.Of(Libc.getpeername(connection.Number, remote, &remoteLength)).IsError)
            return null;
        Libc.Ucred peer = default;
        if (*(ushort*)local == Libc.AF_UNIX
            && SocketCalls.PeerCredentials(connection.Number, out peer).IsError)
            return null;
        return ConnectionPeer.Of(
            new ReadOnlySpan<byte>(local, (int)Math.Min(localLength, AddressMax)),
            new ReadOnlySpan<byte>(remote, (int)Math.Min(remoteLength, AddressMax)),
            peer.Pid, peer.Uid);
    }
}
