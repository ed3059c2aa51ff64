using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>Groups of a socket's peer, our own effective group, terminals.</summary>
internal static unsafe partial class Libc
{
    internal const int SO_PEERGROUPS = 59;

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    internal static partial int getsockopt_groups(
        int fd, int level, int option, uint* groups, uint* length);
}
