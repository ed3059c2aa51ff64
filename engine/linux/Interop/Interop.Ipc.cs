using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>shmctl(2), semctl(2), msgctl(2).</summary>
internal static unsafe partial class Libc
{
    internal const long SYS_shmctl = 31;
    internal const long SYS_semctl = 66;
    internal const long SYS_msgctl = 71;
    internal const long IPC_RMID = 0;

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_ipc(long number, long id, long a, long b, long c);
}
