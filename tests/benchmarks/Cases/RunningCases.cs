using System.Diagnostics;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>A manager with 1,000 running services at its daily work (DESIGN §12).</summary>
internal static class RunningCases
{
    private const int Orphans = 10_000;

    // The manager gives the start's memory back three seconds after it.
    private const int SettleMs = 4000;

    public static void Running(Figures figures)
    {
        using BenchSystem system = BenchSystem.Boot(UnitTexts.Independent(1000), 1000);
        system.AwaitAll();
        Thread.Sleep(SettleMs);
        Idle(figures, system);
        CommandLine(figures, system);
        OneConnection(figures, system);
        Samples restarts = Restarts(system, 100, 100);
        figures.AtMost(
            "dead main process to main() of the next, median", restarts.Median, "ms", 1.5);
        figures.AtMost("the same, p99", restarts.P99, "ms", 3);
        figures.AtMostTimes(
            "the same, against the floor, median", restarts.Median, "ms", 2.5, "restart");
        ReapOrphans(figures, system);
        Reexec(figures, system);
        string[] names = [.. Enumerable.Range(0, system.Services).Select(UnitTexts.Name)];
        Samples stops = Samples.Of(3, () =>
        {
            double took = system.Initx(["stop", .. names]);
            system.Initx(["start", .. names]);
            return took;
        });
        figures.AtMostTimes("stop 1,000 services, median", stops.Median, "ms", 2, "stop 1000");
    }

    /// <summary>PSS of PID 1 at rest, with what lies in memory files beside it.</summary>
    public static void Memory(Figures figures)
    {
        foreach ((int count, double budget) in new[] { (1, 6.5), (100, 7), (1000, 9.5) })
        {
            using BenchSystem system = BenchSystem.Boot(UnitTexts.Independent(count), count);
            system.AwaitAll();
            Thread.Sleep(SettleMs);
            figures.AtMost(
                $"PSS of PID 1, units: {count}",
                system.Value("smaps_rollup", "Pss") / 1024, "MiB", budget);
            figures.Add(
                $"beside it, units: {count}", "in MiB",
                ("anonymous", system.Value("smaps_rollup", "Pss_Anon") / 1024),
                ("image and black box mapped", system.Value("smaps_rollup", "Pss_Shmem") / 1024),
                ("memory files held", system.MemoryFilesMiB()),
                ("journal tmpfs", system.JournalMiB()));
        }
    }

    /// <summary>Kills main processes one at a time; the time to the next one's main().</summary>
    public static Samples Restarts(BenchSystem system, int from, int count)
    {
        Dictionary<int, int> running = system.Running();
        var took = new Samples();
        foreach ((int slot, int pid) in running.Where(p => p.Key >= from).Take(count))
        {
            long before = system.ReadStamp(slot);
            long killed = Stopwatch.GetTimestamp();
            SystemCall.Kill(pid, 9);
            long stamp = before;
            BenchSystem.Await(() => (stamp = system.ReadStamp(slot)) != before, "a restart");
            took.Add((stamp - killed) / 1e6);
        }

        return took;
    }

    private static void Idle(Figures figures, BenchSystem system)
    {
        double switches = system.Value("status", "voluntary_ctxt_switches");
        double cpu = system.CpuMs();
        Thread.Sleep(10_000);
        figures.AtMost(
            "idle 10 s with 1,000 units, wake-ups",
            system.Value("status", "voluntary_ctxt_switches") - switches, "wake-ups", 0);
        figures.AtMost("the same, CPU", (system.CpuMs() - cpu) * 1000, "us", 0);
    }

    private static void CommandLine(Figures figures, BenchSystem system)
    {
        string unit = UnitTexts.Name(7);
        figures.AtMost(
            "initx is-active, whole process",
            Samples.Of(30, () => system.Initx("is-active", unit)).Median, "ms", 4);
        figures.AtMost(
            "initx status UNIT, whole process",
            Samples.Of(30, () => system.Initx("status", unit)).Median, "ms", 4);
        figures.AtMost(
            "initx stop + start, two processes",
            Samples.Of(15, () => system.Initx("stop", unit) + system.Initx("start", unit)).Median,
            "ms", 9);
        figures.AtMost(
            "initx history UNIT -n 50, whole process",
            Samples.Of(10, () => system.Initx("history", unit, "-n", "50")).Median, "ms", 5);
    }

    private static void OneConnection(Figures figures, BenchSystem system)
    {
        const int Calls = 500;
        string units = $"{{\"units\":[\"{UnitTexts.Name(7)}\"]}}";
        using ControlLine line = system.Connect();
        line.Call("GetUnits", units);
        double cpu = system.CpuMs();
        Samples asked = Samples.Of(Calls, () => Timed(() => line.Call("GetUnits", units)));
        figures.AtMost(
            "status in the server, CPU a call",
            (system.CpuMs() - cpu) * 1000 / (Calls + 1), "us", 50);
        figures.Add("the same, there and back", "", ("ms", asked.Median));
        Samples cycled = Samples.Of(50, () => Timed(() =>
        {
            line.Call("Stop", units, more: true);
            line.Call("Start", units, more: true);
        }));
        figures.AtMostTimes("stop + start on one connection", cycled.Median, "ms", 2, "restart");
    }

    private static double Timed(Action action)
    {
        long before = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(before).TotalMilliseconds;
    }

    private static void ReapOrphans(Figures figures, BenchSystem system)
    {
        double cpu = system.CpuMs();
        system.RunInside("/bench/orphans", FormattableString.Invariant($"{Orphans}"));
        BenchSystem.Await(() => system.Zombies() == 0, "PID 1 to reap its orphans");
        figures.AtMost(
            "10,000 orphans, PID 1's CPU each", (system.CpuMs() - cpu) * 1000 / Orphans, "us", 50);
        figures.AtMost("10,000 orphans, left over", system.Zombies(), "zombies", 0);
    }

    private static void Reexec(Figures figures, BenchSystem system)
    {
        Samples planned = Samples.Of(5, () => system.Initx("reexec"));
        figures.AtMost("initx reexec with 1,000 services, whole command", planned.Median, "ms", 20);
        var crashed = new Samples();
        for (int i = 0; i < 5; i++)
        {
            // Long enough after the last one to count as a crash of a healthy manager.
            Thread.Sleep(1200);
            int slot = 500 + i;
            int pid = system.Running()[slot];
            long before = system.ReadStamp(slot);
            long killed = Stopwatch.GetTimestamp();
            SystemCall.Kill(system.HostPid, 11);
            SystemCall.Kill(pid, 9);
            long stamp = before;
            BenchSystem.Await(
                () => (stamp = system.ReadStamp(slot)) != before, "a restart after a crash");
            crashed.Add((stamp - killed) / 1e6);
        }

        figures.AtMost("crash of PID 1 with 1,000 services to a restart", crashed.Median, "ms", 50);
    }
}
