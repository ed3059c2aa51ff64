using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// A thread of our own, for the one call that has no other way to get a deadline.
/// </summary>
internal static unsafe partial class Libc
{
    // All of these return the error instead of setting errno.
    [LibraryImport("libc")]
    internal static partial int pthread_create(
        nuint* thread, void* attributes, delegate* unmanaged<void*, void*> start, void* argument);

    [LibraryImport("libc")]
    internal static partial int pthread_clockjoin_np(
        nuint thread, void** result, int clock, Timespec* until);
}
