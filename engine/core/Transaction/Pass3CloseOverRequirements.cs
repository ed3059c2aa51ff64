using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// From the goals along the dependencies to every job that is needed or wanted
/// (research/field.md §4.1, systemd.unit(5)). Breadth first, so a job's reason is its shortest
/// chain. What is true already ends the chain: starting a service does not start everything again
/// that its active targets once wanted.
/// </summary>
internal static class Pass3CloseOverRequirements
{
    public static void Run(Engine engine, PlanDraft draft)
    {
        draft.ClearUnits();
        var work = new Queue<(DraftUnit Unit, JobKind Kind)>();
        foreach (UnitRuntime goal in draft.Goals)
        {
            if (Pass1ReadGoals.KindFor(engine, draft, goal) is not { } kind)
                continue;
            var wish = new Wish(kind, null, null, isHard: true) { IsGoal = true };
            DraftUnit unit = draft.Get(goal);
            unit[kind] = wish;
            work.Enqueue((unit, kind));
        }

        Drain(engine, draft, work);
        if (draft.Request.Verb != RequestVerb.Isolate)
            return;
        var unasked = new List<UnitRuntime>();
        foreach (UnitRuntime unit in engine.Units)
        {
            if (IsolateStops(unit) && !draft.KeptByIsolate.Contains(unit)
                && draft.Find(unit) is null)
                unasked.Add(unit);
        }

        // Units are in the order of loading, which must not show.
        unasked.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        foreach (UnitRuntime unit in unasked)
            Add(draft, work, unit, JobKind.Stop, null, null, isHard: false);
        Drain(engine, draft, work);
    }

    private static void Drain(
        Engine engine, PlanDraft draft, Queue<(DraftUnit Unit, JobKind Kind)> work)
    {
        while (work.TryDequeue(out (DraftUnit Unit, JobKind Kind) item))
        {
            Wish wish = item.Unit[item.Kind]!;
            draft.Pulling = wish;

            // What an isolate keeps is everything behind its goal, up already or not.
            bool keeps = draft.Request.Verb == RequestVerb.Isolate && item.Kind == JobKind.Start;
            if (wish.IsSatisfied && !wish.IsGoal && !keeps)
                continue;
            if (item.Kind is JobKind.Start or JobKind.Restart)
                PullUp(draft, work, item.Unit, wish);
            if (item.Kind is JobKind.Stop or JobKind.Restart)
                PullDown(draft, work, item.Unit, wish);
            if (item.Kind == JobKind.Reload)
                PullReload(engine, draft, work, item.Unit);
        }
    }

    private static void PullUp(
        PlanDraft draft, Queue<(DraftUnit, JobKind)> work, DraftUnit unit, Wish wish)
    {
        bool lacks = draft.Lacking.ContainsKey(unit.Unit);
        bool givesUp = lacks && (Pass2FindUnusable.Lacks(draft, unit.Unit, DependencyKind.Requires)
            || Pass2FindUnusable.Lacks(draft, unit.Unit, DependencyKind.BindsTo)
            || Pass2FindUnusable.Lacks(draft, unit.Unit, DependencyKind.RequiresMountsFor));
        foreach ((DependencyKind kind, bool isHard) in Pass2FindUnusable.Pulls)
        {
            // systemd looks at what is wanted and at Requisite= when all requirements are there.
            if ((draft.Request.IsExact && !isHard)
                || (givesUp && (!isHard || kind == DependencyKind.Requisite)))
                continue;
            JobKind job = kind == DependencyKind.Requisite ? JobKind.VerifyActive : JobKind.Start;
            foreach (UnitEdge edge in unit.Unit.Out[kind])
            {
                if (Pass2FindUnusable.Ignorable(edge.Declared, edge.Other))
                    continue;
                if (draft.Barred.TryGetValue(edge.Other, out string? why))
                {
                    if (isHard && lacks)
                        draft.Drop($"{unit.Unit.Name} starts without what it requires, it is only "
                            + $"wanted: {PlanText.Edge(edge.Declared)}: {why}");
                    else if (edge.Other.Definition.LoadState != UnitLoadState.NotFound
                        || edge.Declared.Origin != DependencyOrigin.File)
                        draft.Drop($"{unit.Unit.Name} {PlanText.Edge(edge.Declared)}: {why}");
                    continue;
                }

                Add(draft, work, edge.Other, job, unit, edge.Declared, isHard && wish.IsHard);
            }
        }

        // A conflict holds both ways, whichever file declares it.
        foreach (UnitEdge edge in unit.Unit.Out[DependencyKind.Conflicts])
            Add(draft, work, edge.Other, JobKind.Stop, unit, edge.Declared, wish.IsHard);
        foreach (UnitEdge edge in unit.Unit.In[DependencyKind.Conflicts])
            Add(draft, work, edge.Other, JobKind.Stop, unit, edge.Declared, wish.IsHard);
    }

    private static void PullDown(
        PlanDraft draft, Queue<(DraftUnit, JobKind)> work, DraftUnit unit, Wish wish)
    {
        foreach (DependencyKind kind in Dependents)
        {
            foreach (UnitEdge edge in unit.Unit.In[kind])
            {
                if (wish.Kind == JobKind.Stop)
                    Add(draft, work, edge.Other, JobKind.Stop, unit, edge.Declared, wish.IsHard);
                else if (IsUp(edge.Other))
                    Add(draft, work, edge.Other, JobKind.Restart, unit, edge.Declared, wish.IsHard);
            }
        }

        if (wish.Kind != JobKind.Stop)
            return;
        foreach (UnitEdge edge in unit.Unit.Out[DependencyKind.PropagatesStopTo])
            AddIfUp(draft, work, unit, edge, JobKind.Stop);
        foreach (UnitEdge edge in unit.Unit.In[DependencyKind.StopPropagatedFrom])
            AddIfUp(draft, work, unit, edge, JobKind.Stop);
    }

    private static void PullReload(
        Engine engine,
        PlanDraft draft,
        Queue<(DraftUnit, JobKind)> work,
        DraftUnit unit)
    {
        foreach (UnitEdge edge in unit.Unit.Out[DependencyKind.PropagatesReloadTo])
            AddReload(engine, draft, work, unit, edge);
        foreach (UnitEdge edge in unit.Unit.In[DependencyKind.ReloadPropagatedFrom])
            AddReload(engine, draft, work, unit, edge);
    }

    // What gave way to a stop is not reloaded either.
    private static void AddReload(
        Engine engine,
        PlanDraft draft,
        Queue<(DraftUnit, JobKind)> work,
        DraftUnit by,
        UnitEdge edge)
    {
        if (engine.SupervisorOf(edge.Other).CanReload(edge.Other)
            && !draft.Barred.ContainsKey(edge.Other))
            AddIfUp(draft, work, by, edge, JobKind.Reload);
    }

    private static void AddIfUp(
        PlanDraft draft,
        Queue<(DraftUnit, JobKind)> work,
        DraftUnit by,
        UnitEdge edge,
        JobKind kind)
    {
        if (IsUp(edge.Other))
            Add(draft, work, edge.Other, kind, by, edge.Declared, isHard: false);
    }

    private static void Add(
        PlanDraft draft,
        Queue<(DraftUnit, JobKind)> work,
        UnitRuntime target,
        JobKind kind,
        DraftUnit? by,
        UnitDependency? edge,
        bool isHard)
    {
        if (kind == JobKind.Stop && by is not null && edge is not null
            && draft.IgnoredStops.Contains((by.Unit, target, edge.Kind)))
            return;
        DraftUnit unit = draft.Get(target);
        if (unit[kind] is { } known)
        {
            // A wish that turns out to be needed makes all it pulls needed as well.
            if (!isHard || known.IsHard)
                return;
            known.IsHard = true;
            (known.PulledBy, known.Edge, known.By) = (by, edge, draft.Pulling);
            work.Enqueue((unit, kind));
        }
        else
        {
            Wish? needed = kind == JobKind.Stop || isHard ? null : unit.Up;
            var wish = new Wish(kind, by, edge, isHard)
            {
                By = by is null ? null : draft.Pulling,
                IsSatisfied = IsTrue(target, kind),
            };
            if (needed is { IsHard: true })
                Harden(wish, needed);
            isHard = wish.IsHard;
            unit[kind] = wish;
            work.Enqueue((unit, kind));
        }

        if (isHard && kind != JobKind.Stop)
            HardenUp(work, unit, unit[kind]!);
    }

    // All wishes that want a unit up become one job, so they are needed together: a start that is
    // only wanted, beside a Requisite= that is needed, is a needed start, and so are the stops that
    // it brings.
    private static void HardenUp(
        Queue<(DraftUnit, JobKind)> work, DraftUnit unit, Wish needed)
    {
        foreach (JobKind kind in DraftUnit.UpKinds)
        {
            if (unit[kind] is not { IsHard: false } wish)
                continue;
            Harden(wish, needed);
            work.Enqueue((unit, kind));
        }
    }

    // For the other's reason: its own may turn out to follow from this very wish.
    private static void Harden(Wish wish, Wish needed)
    {
        wish.IsHard = true;
        (wish.PulledBy, wish.Edge, wish.By) = (needed.PulledBy, needed.Edge, needed.By);
    }

    /// <summary>
    /// The unit is as the job would make it, and no other job is about to change that.
    /// </summary>
    internal static bool IsTrue(UnitRuntime unit, JobKind kind)
    {
        if (unit.Job is { } job && JobMerge.Merge(job.Kind, kind, isActive: true) is null)
            return false;
        return kind switch
        {
            JobKind.Start or JobKind.VerifyActive =>
                unit.Active is ActiveState.Active or ActiveState.Reloading,
            JobKind.Stop => unit.Active is ActiveState.Inactive or ActiveState.Failed,
            JobKind.Restart or JobKind.Reload or JobKind.Nop or JobKind.Verb => false,
            _ => throw Invariant.Unreachable("job kind"),
        };
    }

    internal static readonly DependencyKind[] Dependents =
    [
        DependencyKind.Requires, DependencyKind.Requisite, DependencyKind.BindsTo,
        DependencyKind.PartOf, DependencyKind.RequiresMountsFor,
    ];

    internal static bool IsUp(UnitRuntime unit) =>
        unit.Active is not (ActiveState.Inactive or ActiveState.Failed or ActiveState.Deactivating);

    // What the kernel holds is not taken away by an isolate; slices go when they are empty.
    private static bool IsolateStops(UnitRuntime unit) =>
        !unit.Definition.IgnoreOnIsolate
        && (unit.Job is not null || IsUp(unit))
        && unit.Name.Kind is UnitKind.Service or UnitKind.Socket or UnitKind.Target
            or UnitKind.Timer or UnitKind.Path;
}
