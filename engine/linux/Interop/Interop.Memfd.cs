using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// memfd_create(2): by number, since the flag for executability is newer than libc.
/// </summary>
internal static unsafe partial class Libc
{
    internal const long SYS_memfd_create = 319;
    internal const uint MFD_CLOEXEC = 1;
    internal const uint MFD_ALLOW_SEALING = 2;
    internal const uint MFD_NOEXEC_SEAL = 8;
    internal const uint MFD_EXEC = 16;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;
    internal const int F_SEAL_WRITE = 8;

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_memfd_create(long number, byte* name, ulong flags);
}
