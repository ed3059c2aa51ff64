using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>One ordering edge between two jobs, with the declaration that it comes from.</summary>
internal readonly record struct OrderEdge(
    int First, int Second, UnitRuntime Earlier, UnitRuntime Later, UnitDependency Declared);

/// <summary>
/// The jobs of a plan together with the waiting jobs that are installed, and which must end before
/// which. Each declared edge is looked at once.
/// </summary>
internal sealed class OrderGraph
{
    private readonly Dictionary<UnitRuntime, int> _index = [];
    private readonly List<JobKind> _kinds = [];

    public List<UnitRuntime> Units { get; } = [];
    public List<OrderEdge> Edges { get; } = [];

    /// <summary>Edges by their first job: places in <see cref="Edges"/>.</summary>
    public List<List<int>> From { get; } = [];

    /// <param name="restartsAsStarts">The second half of restarts: their stops are over.</param>
    public static OrderGraph Build(Engine engine, PlanDraft draft, bool restartsAsStarts)
    {
        var graph = new OrderGraph();
        foreach (DraftUnit job in draft.Jobs)
            graph.AddNode(job.Unit, KindOf(job), restartsAsStarts);
        foreach (UnitJob job in engine.Queue.Jobs)
        {
            // What runs ends by itself, but a restart comes back as a start that waits.
            // One that asks first waits for its turn again when it is allowed.
            bool waits = !job.IsRunning || job.Consent == JobConsent.Asked
                || (restartsAsStarts && job.Kind == JobKind.Restart);
            if (waits && !graph._index.ContainsKey(job.Unit))
                graph.AddNode(job.Unit, job.Kind, restartsAsStarts);
        }

        for (int i = 0; i < graph.Units.Count; i++)
            graph.AddEdges(engine, draft, graph.Units[i]);
        return graph;
    }

    /// <summary>Takes out what orders two units as this edge does.</summary>
    public void Remove(OrderEdge edge) => From[edge.First].RemoveAll(at =>
        Edges[at].Earlier == edge.Earlier && Edges[at].Later == edge.Later);

    // As it will be installed: a start that meets a restart joins it, and a restart's stop is
    // ordered the other way round.
    private static JobKind KindOf(DraftUnit wanted)
    {
        UnitRuntime unit = wanted.Unit;
        if (unit.Job is not { } present)
            return wanted.Kind;
        bool isActive = unit.Active is ActiveState.Active or ActiveState.Reloading;
        return JobMerge.Merge(present.Kind, wanted.Kind, isActive) ?? wanted.Kind;
    }

    private void AddNode(UnitRuntime unit, JobKind kind, bool restartsAsStarts)
    {
        if (JobOrder.IsUnordered(kind))
            return;
        _index.Add(unit, Units.Count);
        Units.Add(unit);
        _kinds.Add(restartsAsStarts && kind == JobKind.Restart ? JobKind.Start : kind);
        From.Add([]);
    }

    private void AddEdges(Engine engine, PlanDraft draft, UnitRuntime unit)
    {
        foreach ((DependencyKind kind, bool declaringIsLater) in JobOrder.Kinds)
        {
            foreach (UnitEdge edge in unit.Out[kind])
            {
                if (edge.Other == unit || !_index.ContainsKey(edge.Other))
                    continue;
                (UnitRuntime earlier, UnitRuntime later) =
                    declaringIsLater ? (edge.Other, unit) : (unit, edge.Other);
                if (engine.Queue.IsIgnored(earlier.Name, later.Name)
                    || draft.IgnoresOrder(earlier.Name, later.Name))
                    continue;
                AddEdge(earlier, later, edge.Declared);
            }
        }
    }

    private void AddEdge(UnitRuntime earlier, UnitRuntime later, UnitDependency declared)
    {
        (UnitRuntime first, UnitRuntime second) = JobOrder.EarlierUnitFirst(_kinds[_index[later]])
            ? (earlier, later)
            : (later, earlier);
        From[_index[first]].Add(Edges.Count);
        Edges.Add(new OrderEdge(_index[first], _index[second], earlier, later, declared));
    }
}
