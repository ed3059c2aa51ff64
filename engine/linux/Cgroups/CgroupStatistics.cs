using System.Buffers.Text;

namespace InitTx.Linux.Cgroups;

/// <summary>Files of cgroups(7) that hold names and numbers. Pure; total for any bytes.</summary>
public static class CgroupStatistics
{
    private const long NanosecondsPerMicrosecond = 1000;

    /// <summary>The number behind a name at the start of a line; null for none.</summary>
    public static long? Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            if (line.Length > name.Length && line[name.Length] == (byte)' '
                && line.StartsWith(name))
                return Utf8Parser.TryParse(line[(name.Length + 1)..], out long value, out _)
                    && value >= 0 ? value : null;
            text = end < 0 ? default : text[(end + 1)..];
        }

        return null;
    }

    /// <summary>usage_usec of cpu.stat in nanoseconds; the highest number beyond it.</summary>
    public static long? CpuNs(ReadOnlySpan<byte> text) => Value(text, "usage_usec"u8) is { } us
        ? us > long.MaxValue / NanosecondsPerMicrosecond ? long.MaxValue
            : us * NanosecondsPerMicrosecond
        : null;

    /// <summary>rbytes and wbytes of io.stat over all devices; no line at all is no byte.</summary>
    public static (long Read, long Written) IoBytes(ReadOnlySpan<byte> text) =>
        (Sum(text, "rbytes="u8), Sum(text, "wbytes="u8));

    private static long Sum(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        long sum = 0;
        for (int at; (at = text.IndexOf(name)) >= 0;)
        {
            text = text[(at + name.Length)..];
            if (Utf8Parser.TryParse(text, out long bytes, out _) && bytes >= 0)
                sum = bytes > long.MaxValue - sum ? long.MaxValue : sum + bytes;
        }

        return sum;
    }
}
