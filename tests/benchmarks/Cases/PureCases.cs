using System.Diagnostics;
using InitTx.Benchmarks.Harness;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// Planning without files, in this process (compiled just in time, unlike the product).
/// </summary>
internal static class PureCases
{
    public static void Plan(Figures figures)
    {
        foreach (int count in new[] { 1_000, 3_000, 10_000, 30_000 })
        {
            var catalog = new GeneratedCatalog(count);
            PlanOnce(catalog);
            long begun = Stopwatch.GetTimestamp();
            TransactionPlan plan = PlanOnce(catalog);
            figures.AtMost(
                $"plan {count} units",
                Stopwatch.GetElapsedTime(begun).TotalMilliseconds, "ms", count / 10,
                $"{plan.Jobs.Count} jobs, {plan.Edges.Count} edges");
        }
    }

    /// <summary>What PID 1 weighs.</summary>
    public static void Size(Figures figures)
    {
        string bin = Environment.GetEnvironmentVariable("INITX_BIN") ?? "artifacts/bin";
        long bytes = new FileInfo(Path.Combine(bin, "initxd")).Length;
        figures.AtMost("initxd, static", bytes / 1e6, "MB", 6);
    }

    private static TransactionPlan PlanOnce(IUnitCatalog catalog)
    {
        var engine = new Engine(catalog, new EngineLimits());
        return engine.Plan(new ControlRequest
        {
            Id = new RequestId(1),
            Verb = RequestVerb.Start,
            Requester = Requester.Manager,
            Units = [UnitName.Parse("goal.target")],
        });
    }

    /// <summary>A target that wants N services, each with five edges to earlier ones.</summary>
    private sealed class GeneratedCatalog : IUnitCatalog
    {
        private readonly Dictionary<UnitName, UnitDefinition> _units = [];

        public GeneratedCatalog(int count)
        {
            var wants = new List<UnitDependency>();
            for (int i = 0; i < count; i++)
            {
                UnitName name = UnitName.Parse(UnitTexts.Name(i));
                wants.Add(Edge(DependencyKind.Wants, name));
                var edges = new List<UnitDependency>();
                for (int k = 1; k <= 5 && i - (k * k) >= 0; k++)
                    edges.Add(Edge(DependencyKind.After, UnitName.Parse(UnitTexts.Name(i - (k * k)))));
                _units[name] = new UnitDefinition
                {
                    Name = name,
                    LoadState = UnitLoadState.Loaded,
                    Dependencies = edges,
                    Service = new ServiceSettings(),
                };
            }

            UnitName goal = UnitName.Parse("goal.target");
            _units[goal] = new UnitDefinition
            {
                Name = goal,
                LoadState = UnitLoadState.Loaded,
                Dependencies = wants,
            };
        }

        public UnitDefinition Load(UnitName name) => _units.TryGetValue(name, out UnitDefinition? unit)
            ? unit
            : new UnitDefinition { Name = name, LoadState = UnitLoadState.NotFound };

        private static UnitDependency Edge(DependencyKind kind, UnitName target) =>
            new(kind, target, DependencyOrigin.File, SourceLocation.BuiltIn);
    }
}
