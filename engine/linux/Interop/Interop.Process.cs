using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// prctl(2), limits, memory locking, sessions, names, and the calls that are only probed.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int PR_SET_NAME = 15;
    internal const int PR_SET_CHILD_SUBREAPER = 36;
    internal const int PR_GET_CHILD_SUBREAPER = 37;
    internal const int RLIMIT_NOFILE = 7;
    internal const int RLIMIT_MEMLOCK = 8;
    internal const int MCL_CURRENT = 1;
    internal const int MCL_FUTURE = 2;
    internal const int MCL_ONFAULT = 4;
    internal const long SYS_clone3 = 435;
    internal const long SYS_close_range = 436;

    /// <summary>struct rlimit64.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ResourceLimit
    {
        internal ulong Soft;
        internal ulong Hard;
    }

    /// <summary>struct utsname.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SystemName
    {
        internal fixed byte System[65];
        internal fixed byte Node[65];
        internal fixed byte Release[65];
        internal fixed byte Version[65];
        internal fixed byte Machine[65];
        internal fixed byte Domain[65];
    }

    [LibraryImport("libc")]
    internal static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc")]
    internal static partial int prlimit(
        int pid, int resource, ResourceLimit* newLimit, ResourceLimit* oldLimit);

    [LibraryImport("libc")]
    internal static partial int mlockall(int flags);

    [LibraryImport("libc")]
    internal static partial nint process_vm_readv(
        int pid,
        IoVector* local,
        nuint localCount,
        IoVector* remote,
        nuint remoteCount,
        nuint flags);

    [LibraryImport("libc")]
    internal static partial int setsid();

    [LibraryImport("libc")]
    internal static partial int chdir(byte* path);

    [LibraryImport("libc")]
    internal static partial int uname(SystemName* into);

    [LibraryImport("libc")]
    internal static partial int sethostname(byte* name, nuint length);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_clone3(long number, void* arguments, nuint size);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_close_range(
        long number, long first, long last, long flags);
}
