namespace InitTx.Linux.Tests.Support;

/// <summary>How many descriptors this process has open, to find leaks.</summary>
internal static class OpenDescriptors
{
    internal static int Count()
    {
        int count = 0;
        foreach (string _ in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            count++;
        return count;
    }
}
