using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>The socket calls as results. Every socket is close-on-exec and non-blocking.</summary>
internal static unsafe class SocketCalls
{
    internal static SysResult<FileDescriptor> Create(int family, int type, int protocol = 0) =>
        Descriptors.Own(
            SysResult.Of(Libc.socket(
                family, type | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, protocol)),
            "socket");

    internal static SysResult Bind(FileDescriptor fd, SocketAddress address)
    {
        fixed (byte* raw = address.Raw)
            return SysResult.Of(Libc.bind(fd.Number, raw, (uint)address.Raw.Length));
    }

    internal static SysResult Connect(FileDescriptor fd, SocketAddress address)
    {
        fixed (byte* raw = address.Raw)
            return SysResult.Of(Libc.connect(fd.Number, raw, (uint)address.Raw.Length));
    }

    internal static SysResult SetOption(FileDescriptor fd, int level, int option, int value) =>
        SysResult.Of(Libc.setsockopt(fd.Number, level, option, &value, sizeof(int)));

    internal static SysResult GetOption(int fd, int level, int option)
    {
        int value;
        uint length = sizeof(int);
        var result = SysResult.Of(Libc.getsockopt(fd, level, option, &value, &length));
        return result.IsError ? result : new SysResult((uint)value);
    }

    internal static SysResult PeerCredentials(int fd, out Libc.Ucred credentials)
    {
        uint length = (uint)sizeof(Libc.Ucred);
        fixed (Libc.Ucred* into = &credentials)
        {
            *into = default;
            return SysResult.Of(
                Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_PEERCRED, into, &length));
        }
    }

    /// <summary>recv(2), again after EINTR.</summary>
    internal static SysResult Receive(int fd, Span<byte> into, int flags)
    {
        fixed (byte* start = into)
        {
            while (true)
            {
                var result = SysResult.Of(Libc.recv(fd, start, (nuint)into.Length, flags));
                if (result.Error != Errno.EINTR)
                    return result;
            }
        }
    }

    /// <summary>send(2) without SIGPIPE, again after EINTR.</summary>
    internal static SysResult Send(int fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            while (true)
            {
                var result = SysResult.Of(Libc.send(
                    fd, start, (nuint)data.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT));
                if (result.Error != Errno.EINTR)
                    return result;
            }
        }
    }
}
