using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// Marks the units that a start could reach but that cannot be started, for want of a usable file,
/// and those that require such a unit. A goal that is to be started and is among either is refused;
/// at boot the requirement is given up instead, because something must run. What is only wanted and
/// lacks a requirement is started without it, as systemd does (decision 0013).
/// </summary>
internal static class Pass2FindUnusable
{
    /// <summary>
    /// Edges along which a start pulls, and whether the puller needs what it pulls.
    /// </summary>
    internal static readonly (DependencyKind Kind, bool IsHard)[] Pulls =
    [
        (DependencyKind.Requires, true), (DependencyKind.BindsTo, true),
        (DependencyKind.Requisite, true), (DependencyKind.RequiresMountsFor, true),
        (DependencyKind.Wants, false), (DependencyKind.Upholds, false),
    ];

    public static void Run(Engine engine, PlanDraft draft)
    {
        List<UnitRuntime> started = draft.Goals.FindAll(goal =>
            Pass1ReadGoals.KindFor(engine, draft, goal) is JobKind.Start or JobKind.Restart);
        if (draft.Request.IsBoot)
            FindNeeded(draft);
        List<UnitRuntime> reached = Reach(draft, WithRestarted(engine, draft, started));
        var bad = new Queue<UnitRuntime>();
        foreach (UnitRuntime unit in reached)
        {
            if (!IsUsable(unit))
            {
                draft.Barred.Add(unit, PlanText.LoadProblem(unit.Definition));
                bad.Enqueue(unit);
            }
        }

        SpreadLack(draft, bad);
        if (draft.Request.IsBoot)
            return;
        foreach (UnitRuntime goal in started)
        {
            if (draft.Barred.TryGetValue(goal, out string? why)
                || draft.Lacking.TryGetValue(goal, out why))
                draft.Refuse(CodeOf(goal), why);
        }
    }

    /// <summary>
    /// True when systemd would give up on the requirements of this kind (not Requisite=, which
    /// starts nothing) before it came to the end of them: one cannot be started, or lacks such a
    /// one itself.
    /// </summary>
    public static bool Lacks(PlanDraft draft, UnitRuntime unit, DependencyKind kind)
    {
        foreach (UnitEdge edge in unit.Out[kind])
        {
            if (Ignorable(edge.Declared, edge.Other))
                continue;
            if (!IsUsable(edge.Other) || PassesOnLack(draft, edge.Other))
                return true;
        }

        return false;
    }

    // A check by Requisite= asks for nothing itself: it passes on what cannot be started only.
    private static void SpreadLack(PlanDraft draft, Queue<UnitRuntime> bad)
    {
        while (bad.TryDequeue(out UnitRuntime? unit))
        {
            bool isBarred = draft.Barred.TryGetValue(unit, out string? why);
            if (!isBarred && !PassesOnLack(draft, unit))
                continue;
            foreach ((DependencyKind kind, bool isHard) in Pulls)
            {
                if (!isHard || (kind == DependencyKind.Requisite && !isBarred))
                    continue;
                foreach (UnitEdge edge in unit.In[kind])
                {
                    UnitRuntime other = edge.Other;
                    if (Ignorable(edge.Declared, unit) || draft.Barred.ContainsKey(other)
                        || draft.Lacking.ContainsKey(other)
                        || IsForced(draft, other, unit, edge.Declared))
                        continue;
                    draft.Lacking.Add(other, $"{other.Name} {PlanText.Edge(edge.Declared)}: "
                        + (why ?? draft.Lacking[unit]));
                    bad.Enqueue(other);
                }
            }
        }
    }

    // What is up already is not started for anybody, so it lacks nothing.
    private static bool PassesOnLack(PlanDraft draft, UnitRuntime unit) =>
        draft.Lacking.ContainsKey(unit) && !IsUpAnyway(draft, unit);

    private static bool IsUpAnyway(PlanDraft draft, UnitRuntime unit) =>
        draft.Request.Verb != RequestVerb.Isolate
        && Pass3CloseOverRequirements.IsTrue(unit, JobKind.Start);

    /// <summary>
    /// Bars what requires a unit that a contradiction has barred, and so on; not what is up.
    /// </summary>
    public static void Spread(PlanDraft draft, Queue<UnitRuntime> bad)
    {
        while (bad.TryDequeue(out UnitRuntime? unit))
        {
            foreach ((DependencyKind kind, bool isHard) in Pulls)
            {
                if (!isHard)
                    continue;
                foreach (UnitEdge edge in unit.In[kind])
                {
                    if (Ignorable(edge.Declared, unit) || draft.Barred.ContainsKey(edge.Other)
                        || (IsUpAnyway(draft, edge.Other) && !draft.Goals.Contains(edge.Other))
                        || IsForced(draft, edge.Other, unit, edge.Declared))
                        continue;
                    draft.Barred.Add(edge.Other,
                        $"{edge.Other.Name} {PlanText.Edge(edge.Declared)}: {draft.Barred[unit]}");
                    bad.Enqueue(edge.Other);
                }
            }
        }
    }

    /// <summary>
    /// A path below a mount that has no unit file is on the mount above it: nothing is missing.
    /// </summary>
    public static bool Ignorable(UnitDependency edge, UnitRuntime target) =>
        edge.Kind == DependencyKind.RequiresMountsFor
        && target.Definition.LoadState == UnitLoadState.NotFound;

    /// <summary>A unit that could be started or is up anyway.</summary>
    public static bool IsUsable(UnitRuntime unit) =>
        unit.Definition.LoadState == UnitLoadState.Loaded
        || unit.Active is Lifecycle.ActiveState.Active or Lifecycle.ActiveState.Reloading;

    // A boot gives up a requirement rather than its goal and what that needs.
    private static bool IsForced(
        PlanDraft draft, UnitRuntime unit, UnitRuntime missing, UnitDependency edge)
    {
        if (!draft.Request.IsBoot || !draft.NeededAtBoot.Contains(unit))
            return false;
        draft.Drop($"{unit.Name} {PlanText.Edge(edge)} is ignored: "
            + (draft.Barred.GetValueOrDefault(missing) ?? draft.Lacking[missing]));
        return true;
    }

    private static void FindNeeded(PlanDraft draft)
    {
        var work = new Queue<UnitRuntime>(draft.Goals);
        draft.NeededAtBoot.UnionWith(draft.Goals);
        while (work.TryDequeue(out UnitRuntime? unit))
        {
            foreach ((DependencyKind kind, bool isHard) in Pulls)
            {
                if (!isHard)
                    continue;
                foreach (UnitEdge edge in unit.Out[kind])
                {
                    if (IsUsable(edge.Other) && draft.NeededAtBoot.Add(edge.Other))
                        work.Enqueue(edge.Other);
                }
            }
        }
    }

    // What is restarted along with a goal is started again, with what it requires.
    private static List<UnitRuntime> WithRestarted(
        Engine engine, PlanDraft draft, List<UnitRuntime> started)
    {
        var all = new List<UnitRuntime>(started);
        var seen = new HashSet<UnitRuntime>(started);
        var restarted = new Queue<UnitRuntime>(started.FindAll(goal =>
            Pass1ReadGoals.KindFor(engine, draft, goal) == JobKind.Restart));
        while (restarted.TryDequeue(out UnitRuntime? unit))
        {
            foreach (DependencyKind kind in Pass3CloseOverRequirements.Dependents)
            {
                foreach (UnitEdge edge in unit.In[kind])
                {
                    if (!Pass3CloseOverRequirements.IsUp(edge.Other) || !seen.Add(edge.Other))
                        continue;
                    all.Add(edge.Other);
                    restarted.Enqueue(edge.Other);
                }
            }
        }

        return all;
    }

    private static List<UnitRuntime> Reach(PlanDraft draft, List<UnitRuntime> roots)
    {
        var seen = new HashSet<UnitRuntime>(roots);
        var reached = new List<UnitRuntime>(roots);
        int first = reached.Count;
        for (int i = 0; i < reached.Count; i++)
        {
            UnitRuntime unit = reached[i];
            if (i >= first && IsUpAnyway(draft, unit))
                continue;
            foreach ((DependencyKind kind, _) in Pulls)
            {
                foreach (UnitEdge edge in unit.Out[kind])
                {
                    if (!Ignorable(edge.Declared, edge.Other) && seen.Add(edge.Other))
                        reached.Add(edge.Other);
                }
            }
        }

        return reached;
    }

    private static ExitCode CodeOf(UnitRuntime goal) =>
        goal.Definition.LoadState == UnitLoadState.NotFound
            ? ExitCode.NoSuchUnit
            : ExitCode.Refused;
}
