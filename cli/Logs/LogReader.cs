using InitTx.Linux.Logging;

namespace InitTx.Cli.Logs;

/// <summary>Which lines are wanted.</summary>
internal sealed record LogQuery
{
    /// <summary>Only the newest so many; null for all.</summary>
    public int? Newest { get; init; }

    /// <summary>Microseconds since 1970.</summary>
    public long SinceUs { get; init; } = long.MinValue;

    /// <summary>Microseconds since 1970.</summary>
    public long UntilUs { get; init; } = long.MaxValue;

    /// <summary>Short form of a boot's id (<see cref="LogRecord.ShortBoot"/>).</summary>
    public string? Boot { get; init; }

    /// <summary>Only what this process wrote.</summary>
    public int? Pid { get; init; }

    public bool Wants(in LogRecord record) =>
        record.TimeUs >= SinceUs && record.TimeUs <= UntilUs
        && (Boot is null || record.Boot == Boot) && (Pid is null || record.Pid == Pid);
}

/// <summary>
/// Reads the logger's files: the rotated ones by the time in their names, then the current one.
/// Lines that are no records (half of one after a power cut) are passed over.
/// </summary>
internal sealed class LogReader(IReadOnlyList<string> directories)
{
    /// <summary>The file that is written to.</summary>
    public const string Current = "current";

    private const int FirstBlock = 64 * 1024;

    /// <summary>What could not be read, in words; null for nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>True when something is kept of the unit, read or not.</summary>
    public bool Knows(string unit) =>
        directories.Any(d => Directory.Exists(Path.Combine(d, unit)));

    /// <summary>The lines of a unit, oldest first.</summary>
    public List<LogLine> Read(string unit, LogQuery query)
    {
        var lines = new List<LogLine>();
        foreach (string directory in directories)
            lines.AddRange(ReadPlace(Path.Combine(directory, unit), unit, query));

        // Stable: lines of one file stay in their order whatever the clock did.
        if (directories.Count > 1)
            lines = [.. lines.OrderBy(static l => l.Record.TimeUs)];
        return query.Newest is { } newest && lines.Count > newest ? lines[^newest..] : lines;
    }

    private List<LogLine> ReadPlace(string place, string unit, LogQuery query)
    {
        var parts = new List<List<LogLine>>();
        int count = 0;
        foreach (string file in FilesOf(place))
        {
            int wanted = (query.Newest ?? int.MaxValue) - count;
            List<LogLine> part = ReadFile(file, unit, query, wanted);
            parts.Add(part);
            count += part.Count;
            if (count >= query.Newest)
                break;
        }

        parts.Reverse();
        return [.. parts.SelectMany(static p => p)];
    }

    // Newest first.
    private List<string> FilesOf(string place)
    {
        try
        {
            if (!Directory.Exists(place))
                return [];
            List<string> files = [.. Directory.EnumerateFiles(place, "*.log")];
            files.Sort(static (a, b) => string.CompareOrdinal(b, a));
            string current = Path.Combine(place, Current);
            if (File.Exists(current))
                files.Insert(0, current);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problem ??= e.Message;
            return [];
        }
    }

    // The end of a file is enough for the newest lines: blocks from behind, four times as large
    // each, until there are enough.
    private List<LogLine> ReadFile(string file, string unit, LogQuery query, int newest)
    {
        try
        {
            using var stream = new FileStream(
                file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            long size = stream.Length;
            for (long block = newest == int.MaxValue ? size : FirstBlock; ; block *= 4)
            {
                long from = Math.Max(0, size - block);
                stream.Position = from;
                byte[] bytes = new byte[size - from];
                int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                List<LogLine> lines = Parse(bytes.AsSpan(0, length), unit, query, from > 0);
                if (from == 0 || lines.Count >= newest)
                    return lines.Count > newest ? lines[^newest..] : lines;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problem ??= e.Message;
            return [];
        }
    }

    /// <summary>Every record of a piece of a file.</summary>
    /// <param name="inMiddle">The first line may be the end of one.</param>
    internal static List<LogLine> Parse(
        ReadOnlySpan<byte> bytes, string unit, LogQuery query, bool inMiddle)
    {
        var lines = new List<LogLine>();
        if (inMiddle)
            bytes = bytes[(bytes.IndexOf((byte)'\n') + 1)..];
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (LogRecord.TryRead(line, out LogRecord record, out ReadOnlySpan<byte> text)
                && query.Wants(record))
                lines.Add(new LogLine(unit, record, text.ToArray()));
        }

        return lines;
    }
}
