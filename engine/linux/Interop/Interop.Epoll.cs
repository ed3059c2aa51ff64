using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>epoll(7).</summary>
internal static unsafe partial class Libc
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;
    internal const uint EPOLLIN = 0x1;
    internal const uint EPOLLPRI = 0x2;
    internal const uint EPOLLOUT = 0x4;
    internal const uint EPOLLERR = 0x8;
    internal const uint EPOLLHUP = 0x10;
    internal const uint EPOLLRDHUP = 0x2000;
    internal const uint EPOLLONESHOT = 1u << 30;
    internal const uint EPOLLET = 1u << 31;

    [LibraryImport("libc")]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, void* epollEvent);

    [LibraryImport("libc")]
    internal static partial int epoll_wait(int epoll, void* events, int capacity, int timeoutMs);
}
