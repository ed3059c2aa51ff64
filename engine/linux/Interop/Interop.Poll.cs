using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>poll(2).</summary>
internal static unsafe partial class Libc
{
    internal const short POLLIN = 1;
    internal const short POLLPRI = 2;
    internal const short POLLOUT = 4;

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }

    [LibraryImport("libc")]
    internal static partial int poll(PollFd* fds, nuint count, int timeoutMs);
}
