using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// Marks the units that a start could reach but that cannot be started, for want of a usable file,
/// and those that require such a unit. A goal among either is refused; at boot the requirement is
/// given up instead, because something must run. What is only wanted and lacks a requirement is
/// started without it, as systemd does (decision 0013).
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

    public static void Run(PlanDraft draft)
    {
        if (draft.Request.Verb is RequestVerb.Stop or RequestVerb.Reload)
            return;
        if (draft.Request.IsBoot)
            FindNeeded(draft);
        List<UnitRuntime> reached = Reach(draft);
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
        foreach (UnitRuntime goal in draft.Goals)
        {
            if (!draft.StopGoals.Contains(goal)
                && (draft.Barred.TryGetValue(goal, out string? why)
                    || draft.Lacking.TryGetValue(goal, out why)))
                draft.Refuse(CodeOf(goal), why);
        }
    }

    /// <summary>
    /// True when systemd would give up on the requirements of this kind before it came to the end
    /// of them: one cannot be started, or lacks such a one itself.
    /// </summary>
    public static bool Lacks(PlanDraft draft, UnitRuntime unit, DependencyKind kind)
    {
        foreach (UnitEdge edge in unit.Out[kind])
        {
            if (Ignorable(edge.Declared, edge.Other))
                continue;
            if (!IsUsable(edge.Other)
                || (kind != DependencyKind.Requisite && draft.Lacking.ContainsKey(edge.Other)))
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
            foreach ((DependencyKind kind, bool isHard) in Pulls)
            {
                if (!isHard || (kind == DependencyKind.Requisite && !isBarred))
                    continue;
                foreach (UnitEdge edge in ByName(unit.In[kind]))
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

    /// <summary>
    /// Bars what requires a unit that a contradiction has barred, and so on.
    /// </summary>
    public static void Spread(PlanDraft draft, Queue<UnitRuntime> bad)
    {
        while (bad.TryDequeue(out UnitRuntime? unit))
        {
            foreach ((DependencyKind kind, bool isHard) in Pulls)
            {
                if (!isHard)
                    continue;
                foreach (UnitEdge edge in ByName(unit.In[kind]))
                {
                    if (Ignorable(edge.Declared, unit) || IsForced(draft, edge.Other, unit, edge.Declared)
                        || draft.Barred.ContainsKey(edge.Other))
                        continue;
                    draft.Barred.Add(edge.Other,
                        $"{edge.Other.Name} {PlanText.Edge(edge.Declared)}: {draft.Barred[unit]}");
                    bad.Enqueue(edge.Other);
                }
            }
        }
    }

    // Reverse edges lie in the order in which units were loaded; a refusal must not show it.
    private static List<UnitEdge> ByName(IReadOnlyList<UnitEdge> edges)
    {
        var sorted = new List<UnitEdge>(edges);
        sorted.Sort(static (a, b) => a.Other.Name.CompareTo(b.Other.Name));
        return sorted;
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

    private static List<UnitRuntime> Reach(PlanDraft draft)
    {
        var seen = new HashSet<UnitRuntime>(draft.Goals);
        seen.ExceptWith(draft.StopGoals);
        var reached = new List<UnitRuntime>(draft.Goals);
        reached.RemoveAll(draft.StopGoals.Contains);
        int goals = reached.Count;
        for (int i = 0; i < reached.Count; i++)
        {
            UnitRuntime unit = reached[i];
            if (i >= goals && IsUp(unit) && draft.Request.Verb != RequestVerb.Isolate)
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

    private static bool IsUp(UnitRuntime unit) =>
        unit.Active is Lifecycle.ActiveState.Active or Lifecycle.ActiveState.Reloading;

    private static ExitCode CodeOf(UnitRuntime goal) =>
        goal.Definition.LoadState == UnitLoadState.NotFound
            ? ExitCode.NoSuchUnit
            : ExitCode.Refused;
}
