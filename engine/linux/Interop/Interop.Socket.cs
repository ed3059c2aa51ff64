using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>socket(2) and what belongs to it.</summary>
internal static unsafe partial class Libc
{
    internal const int AF_UNIX = 1;
    internal const int AF_INET = 2;
    internal const int AF_INET6 = 10;
    internal const int AF_NETLINK = 16;
    internal const int AF_VSOCK = 40;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_RAW = 3;
    internal const int SOCK_SEQPACKET = 5;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;

    [LibraryImport("libc")]
    internal static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc")]
    internal static partial int socketpair(int family, int type, int protocol, int* ends);

    [LibraryImport("libc")]
    internal static partial int bind(int fd, void* address, uint length);

    [LibraryImport("libc")]
    internal static partial int listen(int fd, int backlog);

    [LibraryImport("libc")]
    internal static partial int connect(int fd, void* address, uint length);

    [LibraryImport("libc")]
    internal static partial int accept4(int fd, void* address, uint* length, int flags);

    [LibraryImport("libc")]
    internal static partial int getsockname(int fd, void* address, uint* length);

    [LibraryImport("libc")]
    internal static partial int getpeername(int fd, void* address, uint* length);

    [LibraryImport("libc")]
    internal static partial int shutdown(int fd, int how);
}
