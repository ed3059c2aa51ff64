using System.Globalization;
using InitTx.Linux.Handles;

namespace InitTx.Linux.Mounts;

/// <summary>One line of /proc/swaps.</summary>
/// <param name="Path">Device or file, unescaped, as it was named to swapon(2).</param>
/// <param name="Priority">The kernel gives negative ones by itself.</param>
public sealed record SwapEntry(string Path, int Priority);

/// <summary>What the machine swaps to (proc(5), swapon(8)).</summary>
public static class SwapTable
{
    /// <summary>Entries read at most; the kernel has room for 32.</summary>
    public const int EntriesMax = 64;

    private const int TextMax = 64 * 1_024;
    private const int FieldsMax = 8;

    /// <summary>Reads it; empty without /proc or without swap.</summary>
    public static List<SwapEntry> Read()
    {
        byte[] buffer = new byte[TextMax];
        var read = Files.ReadAll(Files.Cwd, "/proc/swaps", buffer);
        return read.IsError ? [] : Parse(buffer.AsSpan(0, read.Value));
    }

    /// <summary>
    /// Parses the whole file; the heading and lines of another shape are left out.
    /// </summary>
    public static List<SwapEntry> Parse(ReadOnlySpan<byte> text)
    {
        var entries = new List<SwapEntry>();
        while (!text.IsEmpty && entries.Count < EntriesMax)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (ParseLine(line) is { } entry)
                entries.Add(entry);
        }

        return entries;
    }

    // Filename, type, size, used and priority, with blanks and tabs between them.
    private static SwapEntry? ParseLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != (byte)'/')
            return null;
        Span<Range> fields = stackalloc Range[FieldsMax];
        int count = 0;
        int at = 0;
        while (at < line.Length && count < FieldsMax)
        {
            int length = line[at..].IndexOfAny((byte)' ', (byte)'\t');
            int end = length < 0 ? line.Length : at + length;
            if (end > at)
                fields[count++] = at..end;
            at = end + 1;
        }

        return count == 5 && line[fields[0]].Length <= MountTable.PathMax * ProcEscapes.Longest
            && int.TryParse(line[fields[4]], NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out int priority)
            ? new SwapEntry(ProcEscapes.Undo(line[fields[0]]), priority)
            : null;
    }
}
