using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>Scheduling, priorities of input and output, personality.</summary>
internal static unsafe partial class Libc
{
    internal const long SYS_set_mempolicy = 238;
    internal const long SYS_ioprio_set = 251;
    internal const long IOPRIO_WHO_PROCESS = 1;
    internal const int SCHED_RESET_ON_FORK = 0x40000000;

    [LibraryImport("libc")]
    internal static partial int sched_setscheduler(int pid, int policy, int* priority);

    [LibraryImport("libc")]
    internal static partial int sched_setaffinity(int pid, nuint size, ulong* set);

    [LibraryImport("libc")]
    internal static partial int personality(nuint persona);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_set_mempolicy(
        long number, long mode, ulong* nodes, nuint count);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_ioprio_set(long number, long which, long who, long value);
}
