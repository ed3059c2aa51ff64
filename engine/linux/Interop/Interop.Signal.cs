using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>Signal masks, signalfd(2) and kill(2).</summary>
internal static unsafe partial class Libc
{
    internal const int SFD_CLOEXEC = 0x80000;
    internal const int SFD_NONBLOCK = 0x800;
    internal const int SIG_BLOCK = 0;
    internal const int SIG_UNBLOCK = 1;
    internal const int SIG_SETMASK = 2;
    internal const int SIGCONT = 18;

    /// <summary>glibc's sigset_t: 1024 bits, of which the kernel knows 64.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct SignalSet
    {
        internal ulong Bits;
    }

    /// <summary>struct signalfd_siginfo.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct SignalfdInfo
    {
        [FieldOffset(0)] internal uint Signal;
        [FieldOffset(8)] internal int Code;
        [FieldOffset(12)] internal uint Pid;
        [FieldOffset(16)] internal uint Uid;
        [FieldOffset(40)] internal int Status;
        [FieldOffset(44)] internal int Int;
    }

    [LibraryImport("libc")]
    internal static partial int signalfd(int fd, SignalSet* mask, int flags);

    [LibraryImport("libc")]
    internal static partial int pthread_sigmask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport("libc")]
    internal static partial int kill(int pid, int signal);
}
