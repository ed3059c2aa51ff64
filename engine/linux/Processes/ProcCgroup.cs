namespace InitTx.Linux.Processes;

/// <summary>Finds the cgroup2 path in the text of /proc/PID/cgroup (cgroups(7)).</summary>
public static class ProcCgroup
{
    private static ReadOnlySpan<byte> Deleted => " (deleted)"u8;

    /// <summary>
    /// The path of the line "0::PATH". No cgroup's name holds a newline: mkdir refuses it. The
    /// path of a cgroup that was removed ends in "(deleted)", and names nobody.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> path)
    {
        path = default;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');

            // A line without its end was cut by our own limit.
            if (end < 0)
                return false;
            var line = text[..end];
            text = text[(end + 1)..];
            if (!line.StartsWith("0::/"u8))
                continue;
            path = line[3..];
            return !path.EndsWith(Deleted);
        }

        return false;
    }
}
