using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>pipe(2) and tee(2).</summary>
internal static unsafe partial class Libc
{
    internal const uint SPLICE_F_NONBLOCK = 2;

    [LibraryImport("libc")]
    internal static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc")]
    internal static partial nint tee(int from, int to, nuint length, uint flags);
}
