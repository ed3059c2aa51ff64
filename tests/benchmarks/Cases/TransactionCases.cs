using System.Diagnostics;
using System.Globalization;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// Transactions on the real binary, over one connection: what planning and committing cost PID 1
/// for each job, and how many of one no-op oneshot, started and stopped, go in a second. The same
/// with Store=none beside it, round by round in turn, so that what else the machine does meets
/// both. Store=none is what a user may set (initx.conf(5)): no store is opened, rows go to the ring
/// in memory, and there is no archive to pull them.
/// </summary>
internal static class TransactionCases
{
    private const int Many = 200;
    private const int Rounds = 8;
    private const int Cycles = 50;
    private const int Plans = 20;
    private const int Few = 10;

    private const string Oneshot =
        """
        [Unit]
        DefaultDependencies=no
        StartLimitIntervalSec=0
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=-/bench/stamp
        StandardOutput=null

        """;

    public static void Transactions(Figures figures)
    {
        using BenchSystem on = Boot("");
        using BenchSystem off = Boot("Store=none\n");
        using ControlLine lineOn = on.Connect();
        using ControlLine lineOff = off.Connect();
        Plan(figures, on, lineOn);
        var with = new Round(on, lineOn);
        var without = new Round(off, lineOff);
        // What ended is in each record of the engine: its cost grows until old ones are forgotten.
        with.Cycles(Few);
        without.Cycles(Few);
        double young = with.Cycles(Few).CpuMs * 1_000 / 2;
        figures.Add(
            "start + stop of a no-op oneshot, PID 1's CPU", $"the first {4 * Few} of the boot",
            ("us a transaction, journal on", young),
            ("off", without.Cycles(Few).CpuMs * 1_000 / 2));
        with.Run();
        without.Run();
        with.Clear();
        without.Clear();
        for (int round = 0; round < Rounds; round++)
        {
            with.Run();
            without.Run();
        }

        Report(figures, with, without);
    }

    private static void Report(Figures figures, Round with, Round without)
    {
        figures.Add(
            "start + stop of a no-op oneshot", "one connection, one after another",
            ("transactions/s, journal on", Math.Round(2_000 / with.Cycle.Median)),
            ("off", Math.Round(2_000 / without.Cycle.Median)),
            ("on / off", without.Cycle.Median / with.Cycle.Median));
        figures.Add(
            "the same, PID 1's CPU a transaction", "each has one job, hundreds have ended",
            ("us, journal on", with.CycleCpu.Median * 1_000 / 2),
            ("off", without.CycleCpu.Median * 1_000 / 2));
        figures.Add(
            $"start + stop of {Many} oneshots at once", "two transactions",
            ("jobs/s, journal on", Math.Round(2_000 * Many / with.Batch.Median)),
            ("off", Math.Round(2_000 * Many / without.Batch.Median)),
            ("on / off", without.Batch.Median / with.Batch.Median));
        figures.Add(
            "the same, PID 1's CPU a job", "with two processes' ends, or none",
            ("us, journal on", PerJob(with)), ("off", PerJob(without)));
        figures.Add(
            "commit, PID 1's CPU a job", "on less off",
            ($"us, {Many} jobs a transaction", PerJob(with) - PerJob(without)),
            ("one job", (with.CycleCpu.Median - without.CycleCpu.Median) * 1_000 / 2));

        static double PerJob(Round round) => round.BatchCpu.Median * 1_000 / (2 * Many);
    }

    // Planned and sent, nothing of it installed: all jobs of a target, then of one unit.
    private static void Plan(Figures figures, BenchSystem system, ControlLine line)
    {
        foreach ((string goal, int jobs) in new[] { (Name(0), 1), ("many.target", Many + 1) })
        {
            string ask = $"{{\"verb\":\"start\",\"units\":[\"{goal}\"]}}";
            Samples cpu = Samples.Of(Rounds, () =>
            {
                double before = system.CpuMs();
                for (int i = 0; i < Plans; i++)
                    line.Call("Plan", ask, more: true);
                return (system.CpuMs() - before) / Plans;
            });
            figures.Add(
                string.Create(CultureInfo.InvariantCulture, $"plan of {jobs} jobs, PID 1's CPU"),
                "written and sent",
                ("us", cpu.Median * 1_000), ("us a job", cpu.Median * 1_000 / jobs));
        }
    }

    private static BenchSystem Boot(string configuration)
    {
        var units = new Dictionary<string, string>(UnitTexts.Independent(1));
        string wants = "[Unit]\nDefaultDependencies=no\n";
        for (int i = 0; i < Many; i++)
        {
            units[Name(i)] = Oneshot;
            wants += $"Wants={Name(i)}\n";
        }

        units["many.target"] = wants;
        BenchSystem system = BenchSystem.Boot(units, 1, configuration);
        system.AwaitAll();
        return system;
    }

    private static string Name(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"noop{number:000}.service");

    /// <summary>What was measured in one of the two systems.</summary>
    private sealed class Round(BenchSystem system, ControlLine line)
    {
        private static readonly string One = $"{{\"units\":[\"{Name(0)}\"]}}";

        private static readonly string All =
            $"{{\"units\":[\"{string.Join("\",\"", Enumerable.Range(0, Many).Select(Name))}\"]}}";

        /// <summary>Milliseconds of a start and a stop of one unit, as PID 1's client sees
        /// it.</summary>
        public Samples Cycle { get; private set; } = new();

        public Samples CycleCpu { get; private set; } = new();

        /// <summary>Milliseconds of a start and a stop of all units.</summary>
        public Samples Batch { get; private set; } = new();

        public Samples BatchCpu { get; private set; } = new();

        public void Clear() => (Cycle, CycleCpu, Batch, BatchCpu) = (new(), new(), new(), new());

        public void Run()
        {
            (double ms, double cpu) = Cycles(TransactionCases.Cycles);
            Cycle.Add(ms);
            CycleCpu.Add(cpu);
            (ms, cpu) = Measured(() => StartAndStop(All));
            Batch.Add(ms);
            BatchCpu.Add(cpu);
        }

        /// <summary>Starts and stops of one unit: what each takes, in milliseconds.</summary>
        public (double Ms, double CpuMs) Cycles(int count)
        {
            (double ms, double cpu) = Measured(() =>
            {
                for (int i = 0; i < count; i++)
                    StartAndStop(One);
            });
            return (ms / count, cpu / count);
        }

        private void StartAndStop(string units)
        {
            Committed(line.Call("Start", units));
            Committed(line.Call("Stop", units));
        }

        private static void Committed(string reply)
        {
            if (!reply.Contains("\"committed\"", StringComparison.Ordinal))
                throw new InvalidOperationException(reply);
        }

        private (double Ms, double CpuMs) Measured(Action action)
        {
            double cpu = system.CpuMs();
            long begun = Stopwatch.GetTimestamp();
            action();
            double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            return (took, system.CpuMs() - cpu);
        }
    }
}
