using System.Diagnostics;
using System.Security.Cryptography;
using InitTx.Archive;
using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Journal.OnDisk;

namespace InitTx.Benchmarks.Harness;

/// <summary>
/// An archive of <see cref="GeneratedRows"/>, written by the archive's own code and kept in the
/// cache for the next run, under the hash of its first rows and of the schema. The
/// times in it are always the same.
/// </summary>
internal static class GeneratedHistory
{
    private const int Hashed = 20_000;

    /// <summary>Where the rows of an archive end, microseconds since 1970.</summary>
    public const long EndUs = 1_795_824_000_000_000;

    public static string UnitName(int unit) => GeneratedRows.NameOf(unit);

    /// <summary>The path of an archive with about so many rows, made where it is missing.</summary>
    public static string Of(int rows, out double rowsPerSecond)
    {
        rowsPerSecond = 0;
        string cache = Environment.GetEnvironmentVariable("INITX_CACHE") is { Length: > 0 } set
            ? set
            : Path.Combine(Path.GetTempPath(), "inittx-bench");
        string directory = Path.Combine(cache, $"history-{rows}-{Key()}");
        string path = Path.Combine(directory, ArchiveSchema.FileName);
        if (File.Exists(directory + ".complete"))
            return path;
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        long begun = Stopwatch.GetTimestamp();
        long written = Write(path, rows);
        rowsPerSecond = written / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        File.WriteAllText(directory + ".complete", "");
        return path;
    }

    private static GeneratedRows Rows(int rows) =>
        new(rows) { BeginUs = EndUs - (GeneratedRows.Days * 86_400_000_000L) };

    private static string Key()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(
            ArchiveSchema.Tables + ArchiveSchema.Views));
        byte[] buffer = new byte[ushort.MaxValue];
        foreach (IReadOnlyList<JournalRecord> page in Rows(Hashed).Of(1))
        {
            foreach (JournalRecord row in page)
                hash.AppendData(buffer.AsSpan(0, RecordCodec.Encode(row, buffer)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    private static long Write(string path, int rows)
    {
        using ArchiveStore store = ArchiveStore.Open(path, default, out _, out string problem)
            ?? throw new InvalidOperationException(problem);
        // A crash in the midst leaves what is thrown away anyway.
        store.Relax();
        var page = new List<JournalRecord>(ArchiveProtocol.MaxRows);
        GeneratedRows generated = Rows(rows);
        long written = 0;
        for (int boot = 0; boot < GeneratedRows.Boots; boot++)
        {
            foreach (IReadOnlyList<JournalRecord> some in generated.Of(boot))
            {
                for (int i = 0; i < some.Count; i += page.Count)
                {
                    page.Clear();
                    for (int n = i; n < some.Count && page.Count < ArchiveProtocol.MaxRows; n++)
                        page.Add(some[n]);
                    if (store.Append(GeneratedRows.BootOf(boot), page, false, out _) != 0)
                        throw new InvalidOperationException(store.LastError);
                    written += page.Count;
                }
            }
        }

        return written;
    }
}
