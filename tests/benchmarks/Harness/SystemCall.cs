using System.Runtime.InteropServices;

namespace InitTx.Benchmarks.Harness;

/// <summary>
/// kill(2) and stat(2): a process that is started for them would cost more than what is measured.
/// </summary>
internal static partial class SystemCall
{
    [LibraryImport("libc", EntryPoint = "kill")]
    internal static partial int Kill(int pid, int signal);

    /// <summary>What a file takes; holes do not count (stat(2), st_blocks).</summary>
    internal static unsafe double AllocatedBytes(string path)
    {
        const int Size = 144, BlocksAt = 64;
        byte* status = stackalloc byte[Size];
        return Status(path, status) == 0 ? *(long*)(status + BlocksAt) * 512.0 : 0;
    }

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Status(string path, byte* status);
}
