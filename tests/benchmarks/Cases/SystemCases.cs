using System.Diagnostics;
using System.Globalization;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>Whole-system workloads on the real binaries (DESIGN §12).</summary>
internal static class SystemCases
{
    public static void Boot(Figures figures)
    {
        foreach (int count in new[] { 1, 100, 1000 })
        {
            using BenchSystem system = BenchSystem.Boot(UnitTexts.Independent(count), count);
            (double first, double last) = system.AwaitAll();
            figures.Add(
                $"boot {count} services",
                figures.Ratio($"start {count} in cgroups", last),
                ("firstMs", first),
                ("lastMs", last),
                ("pid1CpuMs", system.CpuMs()));
        }
    }

    public static void Order(Figures figures)
    {
        Measure(figures, "chain of 100", UnitTexts.Chain(100), 100);
        Measure(figures, "10 x 20 full layers", UnitTexts.Layers(10, 20), 200);
    }

    public static void Running(Figures figures)
    {
        using BenchSystem system = BenchSystem.Boot(UnitTexts.Independent(1000), 1000);
        system.AwaitAll();
        Thread.Sleep(1500);
        Memory(figures, system, 1000);
        Idle(figures, system);
        CommandLine(figures, system);
        Restart(figures, system);
        Reexec(figures, system);
        Stop(figures, system);
    }

    public static void SmallMemory(Figures figures)
    {
        foreach (int count in new[] { 1, 100 })
        {
            using BenchSystem system = BenchSystem.Boot(UnitTexts.Independent(count), count);
            system.AwaitAll();
            Thread.Sleep(1000);
            Memory(figures, system, count);
        }
    }

    private static void Measure(Figures figures, string name, Dictionary<string, string> units, int count)
    {
        using BenchSystem system = BenchSystem.Boot(units, count);
        (double first, double last) = system.AwaitAll();
        figures.Add(name, "", ("firstMs", first), ("lastMs", last), ("orderedMs", last - first));
    }

    private static void Memory(Figures figures, BenchSystem system, int count) => figures.Add(
        $"memory, {count} services",
        "",
        ("pssMiB", system.Value("smaps_rollup", "Pss") / 1024),
        ("rssMiB", system.Value("status", "VmRSS") / 1024),
        ("dirtyMiB", system.Value("smaps_rollup", "Private_Dirty") / 1024));

    private static void Idle(Figures figures, BenchSystem system)
    {
        double switches = system.Value("status", "voluntary_ctxt_switches");
        double cpu = system.CpuMs();
        Thread.Sleep(5000);
        figures.Add(
            "idle 5 s, 1000 services",
            "",
            ("wakeUps", system.Value("status", "voluntary_ctxt_switches") - switches),
            ("cpuUs", (system.CpuMs() - cpu) * 1000));
    }

    private static void CommandLine(Figures figures, BenchSystem system)
    {
        Sample(figures, "initx is-active, whole process", 30, () => system.Initx("is-active", UnitTexts.Name(7)));
        Sample(figures, "initx status UNIT --json", 30, () => system.Initx("status", UnitTexts.Name(7), "--json"));
        Sample(figures, "initx stop + start", 15, () =>
            system.Initx("stop", UnitTexts.Name(7)) + system.Initx("start", UnitTexts.Name(7)));
    }

    private static void Restart(Figures figures, BenchSystem system)
    {
        Dictionary<int, int> running = system.Running();
        var took = new List<double>();
        foreach ((int slot, int pid) in running.Where(static p => p.Key >= 100).Take(100))
        {
            long before = system.ReadStamps()[slot];
            long killed = Stopwatch.GetTimestamp();
            SystemCall.Kill(pid, 9);
            long stamp = before;
            BenchSystem.Await(() => (stamp = system.ReadStamps()[slot]) != before, "a restart");
            took.Add((stamp - killed) / 1e6);
        }

        Report(figures, "restart after SIGKILL", took);
    }

    private static void Reexec(Figures figures, BenchSystem system)
    {
        var planned = new List<double>();
        for (int i = 0; i < 5; i++)
            planned.Add(system.Initx("reexec"));
        Report(figures, "initx reexec, whole command", planned);
        var crashed = new List<double>();
        for (int i = 0; i < 5; i++)
        {
            Thread.Sleep(1200);
            int slot = 500 + i;
            int pid = system.Running()[slot];
            long before = system.ReadStamps()[slot];
            long killed = Stopwatch.GetTimestamp();
            SystemCall.Kill(system.HostPid, 11);
            SystemCall.Kill(pid, 9);
            long stamp = before;
            BenchSystem.Await(() => (stamp = system.ReadStamps()[slot]) != before, "a restart after a crash");
            crashed.Add((stamp - killed) / 1e6);
        }

        Report(figures, "crash of PID 1 to next restart", crashed);
    }

    private static void Stop(Figures figures, BenchSystem system)
    {
        string[] names = [.. Enumerable.Range(0, system.Services).Select(UnitTexts.Name)];
        double took = system.Initx(["stop", .. names]);
        figures.Add("stop 1000 services", figures.Ratio("stop 1000", took), ("ms", took));
    }

    private static void Sample(Figures figures, string name, int count, Func<double> once)
    {
        once();
        var took = new List<double>();
        for (int i = 0; i < count; i++)
            took.Add(once());
        Report(figures, name, took);
    }

    private static void Report(Figures figures, string name, List<double> took)
    {
        took.Sort();
        figures.Add(
            name,
            took.Count.ToString(CultureInfo.InvariantCulture) + " samples",
            ("medianMs", took[took.Count / 2]),
            ("p99Ms", took[Math.Min(took.Count - 1, took.Count * 99 / 100)]));
    }
}
