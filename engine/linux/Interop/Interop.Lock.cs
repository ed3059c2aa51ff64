using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>flock(2), and the locks of fcntl(2) that belong to a process.</summary>
internal static unsafe partial class Libc
{
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;
    internal const int F_SETLKW = 7;
    internal const int F_WRLCK = 1;
    internal const int F_UNLCK = 2;

    /// <summary>struct flock.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RecordLock
    {
        internal short Type;
        internal short Whence;
        internal long Start;
        internal long Length;
        internal int Pid;
    }

    [LibraryImport("libc")]
    internal static partial int flock(int fd, int operation);
}
