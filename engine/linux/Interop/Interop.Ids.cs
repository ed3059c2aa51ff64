using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>Who we are.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport("libc")]
    internal static partial int getpid();

    [LibraryImport("libc")]
    internal static partial int getsid(int pid);

    [LibraryImport("libc")]
    internal static partial int getpgrp();

    [LibraryImport("libc")]
    internal static partial uint getuid();

    [LibraryImport("libc")]
    internal static partial uint geteuid();
}
