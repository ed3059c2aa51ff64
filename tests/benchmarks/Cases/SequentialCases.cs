using System.Text.Json;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// Boots of the same fifty units, one after the other (Sequential=yes) and side by side: the order
/// in which they start by the journal (which of two processes comes to its main() first is the
/// kernel's affair), and how much the time of each start varies.
/// </summary>
internal static class SequentialCases
{
    private const int Units = 50;
    private const int Rounds = 30;

    public static void Boots(Figures figures)
    {
        Dictionary<string, string> units = UnitTexts.Independent(Units);
        foreach (string name in units.Keys.ToList())
        {
            units[name] = units[name].Replace(
                "[Service]", "[Service]\nType=exec", StringComparison.Ordinal);
        }

        Runs sequential = Boot(units, "Sequential=yes\n");
        Runs parallel = Boot(units, "");
        figures.AtMost(
            "50 units one after the other, 30 boots: orders", sequential.Orders, "orders", 1);
        figures.Add("the same side by side", "", ("orders", parallel.Orders));
        figures.Add("standard deviation of a start, one after the other",
            "of 50 units, from PID 1's exec", Words(sequential));
        figures.Add("the same side by side", "", Words(parallel));
    }

    private static (string, double)[] Words(Runs runs) =>
        [("median ms", runs.Median), ("worst ms", runs.Worst), ("last start ms", runs.Last)];

    private static Runs Boot(Dictionary<string, string> units, string configuration)
    {
        var orders = new HashSet<string>(StringComparer.Ordinal);
        var starts = new List<double>[Units];
        for (int i = 0; i < Units; i++)
            starts[i] = [];
        var last = new Samples();
        for (int boot = 0; boot < Rounds; boot++)
        {
            using BenchSystem system = BenchSystem.Boot(units, Units, configuration);
            system.AwaitAll();
            long[] stamps = system.ReadStamps();
            for (int i = 0; i < Units; i++)
                starts[i].Add((stamps[i] - stamps[^1]) / 1e6);
            orders.Add(Order(system));
            last.Add((stamps[..^1].Max() - stamps[^1]) / 1e6);
        }

        double[] deviations = [.. starts.Select(Deviation).Order()];
        return new Runs(orders.Count, deviations[Units / 2], deviations[^1], last.Median);
    }

    private static string Order(BenchSystem system)
    {
        system.Initx("history", "--kind", "transition", "-n", "1000", "--json");
        var order = new List<string>();
        string[] rows = system.LastOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in rows)
        {
            using JsonDocument row = JsonDocument.Parse(line);
            string unit = row.RootElement.GetProperty("unit").GetString()!;
            if (row.RootElement.GetProperty("from").GetString() == "dead")
                order.Add(unit);
        }

        return string.Join(' ', order);
    }

    private static double Deviation(List<double> values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }

    private readonly record struct Runs(int Orders, double Median, double Worst, double Last);
}
