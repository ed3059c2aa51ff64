using System.Globalization;
using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Mounts;

/// <summary>One line of mountinfo (proc(5)).</summary>
/// <param name="Path">Where it is mounted, unescaped.</param>
/// <param name="Type">The file system's type.</param>
/// <param name="Source">Device or other source, unescaped.</param>
/// <param name="IsReadOnly">The mount itself is read-only.</param>
/// <param name="Options">Options of the file system, separated by commas.</param>
public sealed record MountEntry(
    int Id, int ParentId, string Path, string Type, string Source, bool IsReadOnly, string Options)
{
    /// <summary>"major:minor" of its files; major 0 where no block device is behind it.</summary>
    public string Device { get; init; } = "";
}

/// <summary>
/// The mounts of this namespace, in the kernel's order: what is mounted later stands later.
/// </summary>
public static class MountTable
{
    /// <summary>Entries read at most.</summary>
    public const int EntriesMax = 100_000;

    /// <summary>Bytes of a mount point at most, as of any path (PATH_MAX).</summary>
    public const int PathMax = 4_096;

    private const int LineMax = 65_536;
    private const int FieldsMax = 64;

    /// <summary>Reads it; empty without /proc.</summary>
    public static List<MountEntry> Read(string path = "/proc/thread-self/mountinfo")
    {
        var entries = new List<MountEntry>();
        var opened = Files.Open(Files.Cwd, path, Libc.O_RDONLY);
        if (opened.Value is not { } file)
            return entries;
        using (file)
        {
            byte[] buffer = new byte[LineMax];
            int kept = 0;
            bool isTooLong = false;
            while (entries.Count < EntriesMax)
            {
                var read = file.Read(buffer.AsSpan(kept));
                if (read.IsError || read.Value == 0)
                    break;
                ReadOnlySpan<byte> text = buffer.AsSpan(0, kept + read.Value);
                while (text.IndexOf((byte)'\n') is >= 0 and var end)
                {
                    if (!isTooLong && Parse(text[..end]) is { } entry)
                        entries.Add(entry);
                    isTooLong = false;
                    text = text[(end + 1)..];
                }

                // Passed over, and what comes behind it is read: users may mount FUSE at a path of
                // megabytes (CVE-2021-33910).
                isTooLong |= text.Length == LineMax;
                if (isTooLong)
                    text = default;
                kept = text.Length;
                text.CopyTo(buffer);
            }
        }

        return entries;
    }

    /// <summary>
    /// Parses one line; null when it is malformed, or its mount point longer than a path can be.
    /// </summary>
    public static MountEntry? Parse(ReadOnlySpan<byte> line)
    {
        Span<Range> fields = stackalloc Range[FieldsMax];
        int count = Split(line, fields);
        if (count < 10)
            return null;
        int dash = -1;
        for (int i = 6; i < count && dash < 0; i++)
        {
            if (line[fields[i]].SequenceEqual("-"u8))
                dash = i;
        }

        if (dash < 0 || dash + 2 >= count
            || !Number(line[fields[0]], out int id) || !Number(line[fields[1]], out int parent))
        {
            return null;
        }

        var options = line[fields[5]];
        if (line[fields[4]].Length > PathMax * ProcEscapes.Longest)
            return null;
        return new MountEntry(
            id,
            parent,
            ProcEscapes.Undo(line[fields[4]]),
            ProcEscapes.Undo(line[fields[dash + 1]]),
            ProcEscapes.Undo(line[fields[dash + 2]]),
            options.SequenceEqual("ro"u8) || options.StartsWith("ro,"u8),
            dash + 3 < count ? ProcEscapes.Undo(line[fields[dash + 3]]) : "")
        {
            Device = Encoding.ASCII.GetString(line[fields[2]]),
        };
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0;
        int start = 0;
        while (count < fields.Length && start <= line.Length)
        {
            int blank = line[start..].IndexOf((byte)' ');
            int end = blank < 0 ? line.Length : start + blank;
            fields[count++] = start..end;
            start = end + 1;
        }

        return count;
    }

    private static bool Number(ReadOnlySpan<byte> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
