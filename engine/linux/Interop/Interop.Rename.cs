using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>rename(2).</summary>
internal static unsafe partial class Libc
{
    [LibraryImport("libc")]
    internal static partial int renameat(
        int fromDirectory, byte* from, int toDirectory, byte* to);
}
