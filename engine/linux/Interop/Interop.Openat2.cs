using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>openat2(2): a path that cannot leave its directory.</summary>
internal static unsafe partial class Libc
{
    internal const long SYS_openat2 = 437;
    internal const ulong RESOLVE_NO_MAGICLINKS = 0x02;
    internal const ulong RESOLVE_NO_SYMLINKS = 0x04;
    internal const ulong RESOLVE_BENEATH = 0x08;
    internal const ulong RESOLVE_IN_ROOT = 0x10;

    /// <summary>struct open_how.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_openat2(
        long number, long directory, byte* path, OpenHow* how, nuint size);
}
