using System.Runtime.InteropServices;
using InitTx.Linux.Handles;

namespace InitTx.Linux.Tests.Support;

/// <summary>A pipe of the test's own.</summary>
internal static unsafe partial class TestPipe
{
    private const int CloseOnExec = 0x80000;

    internal static (FileDescriptor Reader, FileDescriptor Writer) Create()
    {
        int* ends = stackalloc int[2];
        Assert.That(pipe2(ends, CloseOnExec), Is.Zero);
        return (new(ends[0]), new(ends[1]));
    }

    [LibraryImport("libc")]
    private static partial int pipe2(int* ends, int flags);
}
