using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// No job may wait for itself. A cycle is refused with the file:line of each edge. A boot drops
/// the cycle's least important edge instead and says so: default dependencies go first, then
/// implicit ones, then links in .wants directories, then what a file says; of these an edge
/// between units that also require each other goes last; of equals the last by name goes. All
/// jobs stay: only their order is given up.
/// </summary>
internal static class Pass6CheckOrder
{
    public static void Run(Engine engine, PlanDraft draft)
    {
        bool hasRestarts = false;
        foreach (DraftUnit job in draft.Jobs)
            hasRestarts |= job.Kind == JobKind.Restart;
        foreach (UnitJob job in engine.Queue.Jobs)
            hasRestarts |= job.Kind == JobKind.Restart;
        Check(engine, draft, restartsAsStarts: false);
        if (hasRestarts && !draft.IsRefused)
            Check(engine, draft, restartsAsStarts: true);
    }

    private static void Check(Engine engine, PlanDraft draft, bool restartsAsStarts)
    {
        while (true)
        {
            OrderGraph graph = OrderGraph.Build(engine, draft, restartsAsStarts);
            List<OrderEdge>? cycle = CycleFinder.Find(graph);
            if (cycle is null)
                return;
            if (!draft.Request.IsBoot || draft.IgnoredOrder.Count == engine.Limits.CycleBreaks)
            {
                draft.Refuse(ExitCode.Refused, "ordering cycle: " + Describe(cycle));
                return;
            }

            OrderEdge least = LeastImportant(cycle);
            draft.IgnoredOrder.Add((least.Earlier.Name, least.Later.Name));
            draft.Drop($"ordering cycle: {Describe(cycle)}; the plan ignores that "
                + $"{least.Later.Name} comes after {least.Earlier.Name} ({least.Declared.Source})");
        }
    }

    private static OrderEdge LeastImportant(List<OrderEdge> cycle)
    {
        OrderEdge least = cycle[0];
        foreach (OrderEdge edge in cycle)
        {
            if (Importance(edge).CompareTo(Importance(least)) is var order
                && (order < 0 || (order == 0 && ByName(edge, least) > 0)))
                least = edge;
        }

        return least;
    }

    private static (int Origin, bool Required) Importance(OrderEdge edge) => (
        edge.Declared.Origin switch
        {
            DependencyOrigin.Default => 0,
            DependencyOrigin.Implicit or DependencyOrigin.Setting => 1,
            DependencyOrigin.Directory => 2,
            DependencyOrigin.File => 3,
            _ => throw Invariant.Unreachable("origin"),
        },
        Requires(edge.Later, edge.Earlier) || Requires(edge.Earlier, edge.Later));

    private static bool Requires(UnitRuntime unit, UnitRuntime other)
    {
        foreach ((DependencyKind kind, bool isHard) in Pass2FindUnusable.Pulls)
        {
            if (!isHard)
                continue;
            foreach (UnitEdge edge in unit.Out[kind])
            {
                if (edge.Other == other)
                    return true;
            }
        }

        return false;
    }

    private static int ByName(OrderEdge a, OrderEdge b)
    {
        int order = a.Earlier.Name.CompareTo(b.Earlier.Name);
        return order != 0 ? order : a.Later.Name.CompareTo(b.Later.Name);
    }

    private static string Describe(List<OrderEdge> cycle)
    {
        var text = new System.Text.StringBuilder();
        foreach (OrderEdge edge in cycle)
        {
            if (text.Length > 0)
                text.Append(", ");
            text.Append(edge.Later.Name).Append(" after ").Append(edge.Earlier.Name)
                .Append(" (").Append(edge.Declared.Source).Append(')');
        }

        return text.ToString();
    }
}
