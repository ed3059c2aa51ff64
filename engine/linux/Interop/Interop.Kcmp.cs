using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>kcmp(2), by number: no libc has a wrapper. Kernels may be built without it.</summary>
internal static partial class Libc
{
    internal const long SYS_kcmp = 312;
    internal const long KCMP_FILE = 0;

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_kcmp(
        long number, long pid1, long pid2, long type, long index1, long index2);
}
