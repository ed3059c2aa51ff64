using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// No job may wait for itself. A cycle is refused with the file:line of each edge. A boot drops
/// the cycle's least important edge instead and says so: default dependencies go first, then
/// implicit ones, then links in .wants directories, then what a file says; of these an edge
/// between units that also require each other goes last; of equals the last by name goes. All
/// jobs stay: only their order is given up. A boot, a shutdown, a rollback and a stop that the
/// manager orders by itself (BindsTo=) are never refused for their order:
/// beyond <see cref="EngineLimits.CycleBreaks"/> and
/// <see cref="EngineLimits.CycleSearch"/> no order counts any more among all the units that
/// still lie on a circle, whichever circle it is.
/// </summary>
internal static class Pass6CheckOrder
{
    private const int NamesTold = 16;

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
        EngineLimits limits = engine.Limits;
        var finder = new CycleFinder(OrderGraph.Build(engine, draft, restartsAsStarts));
        while (finder.Next() is { } cycle)
        {
            if (!draft.Request.IsBoot && !draft.Request.BreaksCycles)
            {
                draft.Refuse(ExitCode.Refused, "ordering cycle: " + Describe(cycle));
                draft.Refuse(ExitCode.Refused,
                    "take one of these orders out (initx edit UNIT), then: initx daemon-reload");
                return;
            }

            if (draft.IgnoredOrder.Count >= limits.CycleBreaks)
            {
                GiveUpOrder(draft, finder.OnCycles(), FormattableString.Invariant(
                    $"more than {limits.CycleBreaks} ordering cycles (limit CycleBreaks)"));
                return;
            }

            if (finder.Searched > limits.CycleSearch)
            {
                GiveUpOrder(draft, finder.OnCycles(), FormattableString.Invariant(
                    $"ordering cycles that take too long to break (limit CycleSearch)"));
                return;
            }

            OrderEdge least = LeastImportant(cycle);
            draft.IgnoredOrder.Add((least.Earlier.Name, least.Later.Name));
            finder.Cut(least);
            draft.Drop($"ordering cycle: {Describe(cycle)}; the plan ignores that "
                + $"{least.Later.Name} comes after {least.Earlier.Name} ({least.Declared.Source})");
        }
    }

    // Every circle lies within a component, so without the order inside them there is none.
    private static void GiveUpOrder(PlanDraft draft, List<UnitRuntime> units, string why)
    {
        var names = new List<string>(NamesTold);
        foreach (UnitRuntime unit in units)
        {
            draft.Unordered.Add(unit.Name);
            if (names.Count < NamesTold)
                names.Add(unit.Name.Value);
        }

        string rest = units.Count == names.Count
            ? ""
            : FormattableString.Invariant($" and {units.Count - names.Count} more");
        draft.Drop(why + FormattableString.Invariant(
            $": the plan ignores all order among the {units.Count} units that are on one: ")
            + string.Join(", ", names) + rest);
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
