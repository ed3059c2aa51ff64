using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// What a process does to itself before execve(2). The libc wrappers act on all threads.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const long SYS_execveat = 322;
    internal const nint SIG_DFL = 0;
    internal const nint SIG_IGN = 1;

    [LibraryImport("libc")]
    internal static partial uint getegid();

    [LibraryImport("libc")]
    internal static partial int getgroups(int count, uint* groups);

    [LibraryImport("libc")]
    internal static partial int setgroups(nuint count, uint* groups);

    [LibraryImport("libc")]
    internal static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport("libc")]
    internal static partial int setresuid(uint real, uint effective, uint saved);

    [LibraryImport("libc")]
    internal static partial int execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_execveat(
        long number, long directory, byte* path, byte** arguments, byte** environment, long flags);

    [LibraryImport("libc")]
    internal static partial nint signal(int number, nint handler);
}
