using System.Diagnostics;
using InitTx.Archive;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.OnDisk;

namespace InitTx.Benchmarks.Harness;

/// <summary>
/// An archive of 30 days, written by the archive's own code: 300 units that restart now and then,
/// requests of several users, one failure in some 1,200 rows, three boots. The same seed gives the
/// same rows. A large one is kept in the cache for the next run.
/// </summary>
internal sealed class GeneratedHistory
{
    private const int Units = 300;
    private const int BootCount = 3;
    private const long DayUs = 86_400_000_000;

    /// <summary>Midnight, 30 days later than the first row.</summary>
    public const long EndUs = 1_772_668_800_000_000;

    private static readonly (string From, string To)[] Cycle =
    [
        ("running", "stop-sigterm"), ("stop-sigterm", "dead"), ("dead", "start"),
        ("start", "running"),
    ];

    private readonly Random _random = new(4);
    private readonly List<JournalRecord> _page = new(ArchiveProtocol.MaxRows);
    private readonly int[] _at = new int[Units];

    public static string UnitName(int unit) =>
        unit == 0 ? "nginx.service" : $"unit{unit:d3}.service";

    /// <summary>The path of an archive with so many rows, made where it is missing.</summary>
    public static string Of(int rows, out double rowsPerSecond)
    {
        rowsPerSecond = 0;
        string cache = Environment.GetEnvironmentVariable("INITX_CACHE") is { Length: > 0 } set
            ? set
            : Path.Combine(Path.GetTempPath(), "inittx-bench");
        string directory = Path.Combine(cache, $"history-{ArchiveSchema.Version}-{rows}");
        string path = Path.Combine(directory, ArchiveSchema.FileName);
        if (File.Exists(directory + ".complete"))
            return path;
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        long begun = Stopwatch.GetTimestamp();
        new GeneratedHistory().Write(path, rows);
        rowsPerSecond = rows / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        File.WriteAllText(directory + ".complete", "");
        return path;
    }

    private void Write(string path, int rows)
    {
        using ArchiveStore store = ArchiveStore.Open(path, default, out _, out string problem)
            ?? throw new InvalidOperationException(problem);
        int perBoot = rows / BootCount;
        for (int boot = 0; boot < BootCount; boot++)
        {
            string id = $"00000000-0000-4000-8000-{boot:d12}";
            for (long seq = 1; seq <= perBoot;)
            {
                _page.Clear();
                long cause = seq;
                while (_page.Count < ArchiveProtocol.MaxRows && seq <= perBoot)
                {
                    double part = (boot + ((double)seq / perBoot)) / BootCount;
                    long us = (long)(part * 30 * DayUs);
                    _page.Add(Row(seq, cause, us));
                    cause = seq++;
                }

                if (store.Append(id, _page, false, out _) != 0)
                    throw new InvalidOperationException(store.LastError);
            }
        }
    }

    private JournalRecord Row(long seq, long cause, long us)
    {
        int unit = (int)(_random.NextDouble() * _random.NextDouble() * Units);
        var row = new JournalRecord
        {
            Seq = seq,
            Time = new Instant(us + 1_000_000, EndUs - (30 * DayUs) + us),
            Kind = RecordKind.Transition,
            Unit = UnitName(unit),
            Cause = CauseKind.Job,
            CauseSeq = cause == seq ? 0 : cause,
            Uid = -1,
        };
        int kind = _random.Next(1_200);
        if (kind == 0)
            return row with { From = "running", To = "failed", Result = "exit-code" };
        if (kind < 60)
            return row with
            {
                Kind = RecordKind.Request,
                Unit = null,
                From = "restart",
                Result = kind == 1 ? "refused" : "accepted",
                Transaction = seq,
                Uid = kind % 5 == 0 ? 0 : 1_000 + (kind % 7),
                Pid = kind * 17,
                Comm = "initx",
                Text = UnitName(unit),
                CauseSeq = 0,
            };
        if (kind < 400)
            return row with
            {
                Kind = RecordKind.Job,
                From = "restart",
                To = (kind % 3) switch { 0 => "queued", 1 => "running", _ => "ended" },
                Result = kind % 3 == 2 ? "done" : null,
                Job = seq / 3,
                Transaction = seq / 20,
            };
        (string from, string to) = Cycle[_at[unit]++ % Cycle.Length];
        return row with { From = from, To = to };
    }
}
