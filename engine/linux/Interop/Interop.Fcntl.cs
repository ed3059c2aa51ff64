using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>fcntl(2), ioctl(2) and dup3(2).</summary>
internal static unsafe partial class Libc
{
    internal const int F_GETFD = 1;
    internal const int F_SETFD = 2;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_GET_SEALS = 1034;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_SETPIPE_SZ = 1031;
    internal const int FD_CLOEXEC = 1;
    internal const nuint FIONREAD = 0x541B;
    internal const nuint TIOCSCTTY = 0x540E;
    internal const nuint TIOCGWINSZ = 0x5413;

    [LibraryImport("libc")]
    internal static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport("libc")]
    internal static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport("libc")]
    internal static partial int dup3(int from, int to, int flags);
}
