using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>From PID 1's exec to the services' main(), on the real binaries.</summary>
internal static class BootCases
{
    private const int Rounds = 3;

    /// <summary>One service, a hundred, a thousand; medians of the rounds.</summary>
    public static void Boot(Figures figures)
    {
        (Samples first, _, _) = Measure(UnitTexts.Independent(1), 1);
        figures.AtMost("PID 1 exec to first service, one unit", first.Median, "ms", 10);
        (_, Samples hundred, _) = Measure(UnitTexts.Independent(100), 100);
        figures.AtMostTimes(
            "100 services, exec to all in main()", hundred.Median, "ms", 2, Floor(100));
        (_, Samples thousand, Samples cpu) = Measure(UnitTexts.Independent(1000), 1000);
        figures.AtMostTimes(
            "1,000 services, exec to all in main()", thousand.Median, "ms", 2, Floor(1000));
        figures.AtMostTimes(
            "1,000 services, CPU of the box", cpu.Median, "ms", 2, Floor(1000) + " CPU");
    }

    /// <summary>Ordered starts: a chain, and layers with 3,600 edges.</summary>
    public static void Order(Figures figures)
    {
        (_, Samples chain, _) = Measure(UnitTexts.Chain(100), 100);
        figures.AtMost("chain of 100", chain.Median, "ms", 70);
        (_, Samples layers, _) = Measure(UnitTexts.Layers(10, 20), 200);
        figures.AtMost("10 layers of 20, 3,600 edges", layers.Median, "ms", 80);
    }

    /// <summary>What the journal costs: the same boot with Store=none.</summary>
    public static void Journal(Figures figures)
    {
        // Alternating, so that what else the machine does meets both.
        var on = (Time: new Samples(), Cpu: new Samples());
        var off = (Time: new Samples(), Cpu: new Samples());
        for (int round = 0; round < Rounds; round++)
        {
            Once(UnitTexts.Independent(1000), 1000, "", on.Time, on.Cpu);
            Once(UnitTexts.Independent(1000), 1000, "Store=none\n", off.Time, off.Cpu);
        }

        figures.AtMost(
            "journal on against off, 1,000 services, time", Percent(on.Time, off.Time), "%", 10);
        figures.AtMost(
            "journal on against off, 1,000 services, CPU", Percent(on.Cpu, off.Cpu), "%", 10);
        double with = Restart("");
        double without = Restart("Store=none\n");
        figures.AtMost("journal on against off, a restart", (with - without) * 1000, "us", 40);
    }

    private static double Restart(string configuration)
    {
        using BenchSystem system = BenchSystem.Boot(UnitTexts.Independent(100), 100, configuration);
        system.AwaitAll();
        return RunningCases.Restarts(system, 0, 100).Median;
    }

    private static double Percent(Samples on, Samples off) => ((on.Median / off.Median) - 1) * 100;

    private static string Floor(int count) =>
        FormattableString.Invariant($"start {count}, a cgroup each");

    private static (Samples First, Samples Last, Samples Cpu) Measure(
        Dictionary<string, string> units, int count)
    {
        var last = new Samples();
        var first = new Samples();
        var cpu = new Samples();
        for (int round = 0; round < Rounds; round++)
            first.Add(Once(units, count, "", last, cpu));
        return (first, last, cpu);
    }

    private static double Once(
        Dictionary<string, string> units, int count, string configuration,
        Samples last, Samples cpu)
    {
        using BenchSystem system = BenchSystem.Boot(units, count, configuration);
        double before = system.BoxCpuMs();
        (double first, double all) = system.AwaitAll();
        last.Add(all);
        cpu.Add(system.BoxCpuMs() - before);
        return first;
    }
}
