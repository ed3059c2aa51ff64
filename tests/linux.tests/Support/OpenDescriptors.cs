namespace InitTx.Linux.Tests.Support;

/// <summary>What this process has open, to find leaks.</summary>
internal static class OpenDescriptors
{
    /// <summary>Each descriptor with what it leads to.</summary>
    internal static HashSet<string> Snapshot()
    {
        var open = new HashSet<string>();
        foreach (string path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            string? target = new FileInfo(path).LinkTarget;

            // The runtime opens libraries when it likes; the listing itself is a descriptor too.
            if (target is not null && target.StartsWith("/proc/", StringComparison.Ordinal) == false
                && !target.EndsWith(".dll", StringComparison.Ordinal)
                && !target.EndsWith(".so", StringComparison.Ordinal))
            {
                open.Add($"{Path.GetFileName(path)} → {target}");
            }
        }

        return open;
    }

    /// <summary>Descriptors that were not open at the snapshot.</summary>
    internal static IEnumerable<string> NewSince(HashSet<string> before) =>
        Snapshot().Except(before);
}
