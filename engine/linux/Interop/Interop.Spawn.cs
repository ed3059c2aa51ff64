using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>posix_spawn(3): for helpers that start another; PID 1 has the shim.</summary>
internal static unsafe partial class Libc
{
    internal const int PR_SET_PDEATHSIG = 1;
    internal const int SIGKILL = 9;

    /// <returns>0 or an error number; errno is not set.</returns>
    [LibraryImport("libc")]
    internal static partial int posix_spawn(
        int* pid, byte* path, void* actions, void* attributes, byte** arguments,
        byte** environment);
}
