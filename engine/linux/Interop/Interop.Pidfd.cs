using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// pidfd_open(2) and pidfd_send_signal(2), by number: not every libc has wrappers.
/// </summary>
internal static unsafe partial class Libc
{
    internal const long SYS_pidfd_send_signal = 424;
    internal const long SYS_pidfd_open = 434;

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_pidfd_open(long number, long pid, long flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_pidfd_send_signal(
        long number, long pidfd, long signal, void* info, long flags);
}
