using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>flock(2).</summary>
internal static unsafe partial class Libc
{
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    [LibraryImport("libc")]
    internal static partial int flock(int fd, int operation);
}
