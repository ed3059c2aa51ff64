using System.Diagnostics;
using System.Globalization;
using InitTx.Archive;
using InitTx.Benchmarks.Harness;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// Questions to an archive of ten million rows (INITX_BENCH_ROWS for another number), asked in this
/// process and by the whole command line; and what keeping rows costs the archive process.
/// </summary>
internal static class HistoryCases
{
    private const int Rounds = 15;
    private const long DayUs = 86_400_000_000;

    /// <summary>Rows of the archive.</summary>
    public static int Rows => int.TryParse(
        Environment.GetEnvironmentVariable("INITX_BENCH_ROWS"), out int set) ? set : 10_000_000;

    public static void History(Figures figures)
    {
        int rows = Rows;
        string path = GeneratedHistory.Of(rows, out double rate);
        if (rate > 0)
            figures.Add("generate", "not synchronised", ("rows/s", Math.Round(rate)));
        figures.Add("archive", path, ("MB", new FileInfo(path).Length / 1e6), ("rows", rows));
        Ask(figures, path);
        CommandLine(figures, path);
        Throughput(figures);
    }

    private static void Ask(Figures figures, string path)
    {
        (string Name, double Budget, HistoryQuery Query)[] questions =
        [
            ("last 50 of a unit", 5, new() { Units = ["nginx.service"], Limit = 50 }),
            ("failures of a week", 50, new()
            {
                Failed = true,
                SinceUs = GeneratedHistory.EndUs - (7 * DayUs),
            }),
            ("last 50 of all", 5, new() { Limit = 50 }),
            ("refusals of 30 days", 50, new() { Refused = true }),
            ("what uid 1000 asked for, last 50", 50, new() { Uid = 1_000, Limit = 50 }),
            ("a transaction of the boot before", 50, new()
            {
                Boot = "00000000-0000-4000-8000-000000000001",
                Transaction = 5_000,
            }),
            ("one hour of everything", 200, new()
            {
                SinceUs = GeneratedHistory.EndUs - (DayUs * 3),
                UntilUs = GeneratedHistory.EndUs - (DayUs * 3) + 3_600_000_000,
            }),
        ];
        foreach ((string name, double budget, HistoryQuery query) in questions)
        {
            double first = 0;
            int found = 0;
            Samples warm = Samples.Of(Rounds, () =>
            {
                long begun = Stopwatch.GetTimestamp();
                using ArchiveReader reader = ArchiveReader.Open(path, out _)!;
                found = reader.Query(query).Count;
                double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                first = first == 0 ? took : first;
                return took;
            });
            figures.AtMost(
                $"history: {name}", warm.Median, "ms", budget,
                string.Create(
                    CultureInfo.InvariantCulture, $"{found} rows, first time {first:0.#} ms"));
        }

        using ArchiveReader why = ArchiveReader.Open(path, out _)!;
        using var store = new HistoryStore(why);
        Samples walk = Samples.Of(5, () => Time(() => store.Why("nginx.service")));
        figures.AtMost("history: why", walk.Median, "ms", 200);
        Samples days = Samples.Of(5, () => Time(() => why.Days(
            null, (GeneratedHistory.EndUs / DayUs) - 30)));
        figures.AtMost("history: time in each state, 30 days, all", days.Median, "ms", 200);
        double verify = Time(() =>
        {
            if (ArchiveVerifier.Verify(why).FirstWrong is { } wrong)
                throw new InvalidOperationException(wrong);
        });
        figures.Add("history verify, all of it", "", ("s", verify / 1_000));
    }

    private static void CommandLine(Figures figures, string path)
    {
        string bin = Environment.GetEnvironmentVariable("INITX_BIN") ?? "artifacts/bin";
        string initx = Path.Combine(bin, "initx");
        string[][] calls =
        [
            ["history", "nginx.service", "-n", "50"], ["history", "--failed", "-n", "50"],
            ["why", "nginx.service"], ["boots"], ["stats", "--days", "3650"],
        ];
        foreach (string[] call in calls)
        {
            Samples took = Samples.Of(
                9, () => Time(() => Run(initx, [.. call, "--archive", path])));
            figures.AtMost($"initx {string.Join(' ', call)}", took.Median, "ms", 200);
        }
    }

    private static void Throughput(Figures figures)
    {
        const int Pages = 200;
        string directory = Directory.CreateTempSubdirectory("inittx-bench.").FullName;
        var rows = new List<JournalRecord>(ArchiveProtocol.MaxRows);
        try
        {
            using ArchiveStore store = ArchiveStore.Open(
                Path.Combine(directory, ArchiveSchema.FileName), default, out _, out _)!;
            double took = Time(() =>
            {
                for (long page = 0; page < Pages; page++)
                {
                    rows.Clear();
                    for (long i = 1; i <= ArchiveProtocol.MaxRows; i++)
                        rows.Add(Row((page * ArchiveProtocol.MaxRows) + i));
                    store.Append("00000000-0000-4000-8000-000000000009", rows, false, out _);
                }
            });
            figures.Add(
                "archive throughput", $"{Pages} pages, each synchronised",
                ("rows/s", Math.Round(Pages * ArchiveProtocol.MaxRows / took * 1_000)),
                ("ms a page", took / Pages));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static JournalRecord Row(long seq) => new()
    {
        Seq = seq,
        Time = new Instant(seq, GeneratedHistory.EndUs + seq),
        Kind = RecordKind.Transition,
        Unit = GeneratedHistory.UnitName((int)(seq % 100)),
        From = "dead",
        To = "running",
        Cause = CauseKind.Job,
        CauseSeq = seq - 1,
        Uid = -1,
    };

    private static void Run(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed");
    }

    private static double Time(Action action)
    {
        long begun = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }
}
