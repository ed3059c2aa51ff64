using System.Globalization;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>A thousand timers of which none is due: they cost nothing but their memory.</summary>
internal static class TimerCases
{
    private const int Timers = 1000;
    private const int SettleMs = 4000;

    public static void Idle(Figures figures)
    {
        Dictionary<string, string> units = UnitTexts.Independent(1);
        for (int i = 0; i < Timers; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"t{i:0000}");
            string on = i % 2 == 0 ? "OnActiveSec=1d" : "OnCalendar=2100-01-01 UTC";
            units[name + ".timer"] = $"[Unit]\nDefaultDependencies=no\n[Timer]\n{on}\n";
            units[name + ".service"] =
                "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bench/stamp\n";
        }

        using BenchSystem system = BenchSystem.Boot(units, 1);
        system.AwaitAll();
        system.Initx(["start", .. units.Keys.Where(
            u => u.EndsWith(".timer", StringComparison.Ordinal))]);
        Thread.Sleep(SettleMs);
        double switches = system.Value("status", "voluntary_ctxt_switches");
        double cpu = system.CpuMs();
        Thread.Sleep(10_000);
        figures.AtMost(
            "idle 10 s with 1,000 timers waiting, wake-ups",
            system.Value("status", "voluntary_ctxt_switches") - switches, "wake-ups", 0);
        figures.AtMost("the same, CPU", (system.CpuMs() - cpu) * 1000, "us", 0);
        figures.Add(
            "initx list-timers of 1,000, whole process", "",
            ("ms", Samples.Of(10, () => system.Initx("list-timers")).Median));
    }
}
