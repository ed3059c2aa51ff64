using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// A unit that shall be both up and down: what is only wanted gives way to what is needed; of two
/// units that are only wanted, the one whose file declares the conflict stays (both do: the first
/// by name); two needs are refused, at boot the conflict is ignored. One contradiction a round, the
/// first by name, so the outcome does not depend on the order of loading.
/// </summary>
internal static class Pass4ResolveConflicts
{
    /// <summary>True when something was dropped and the closure has to be made anew.</summary>
    public static bool Run(PlanDraft draft)
    {
        DraftUnit? first = null;
        foreach (DraftUnit unit in draft.Units)
        {
            if (unit.Up is null || unit.Down is null)
                continue;
            if (first is null || unit.Unit.Name.CompareTo(first.Unit.Name) < 0)
                first = unit;
        }

        if (first is null)
            return false;
        Resolve(draft, first, first.Up!, first.Down!);
        return !draft.IsRefused;
    }

    private static void Resolve(PlanDraft draft, DraftUnit unit, Wish up, Wish down)
    {
        if (up.IsHard && down.IsHard)
        {
            if (draft.Request.IsBoot)
                IgnoreStop(draft, unit, down);
            else
                Refuse(draft, unit, up, down);
            return;
        }

        if (up.IsHard)
        {
            // The stop is only wanted: what it comes from gives way, a start or an isolate's stop.
            // What a stop merely passes on (PropagatesStopTo=) is given up alone.
            DraftUnit? origin = OriginOf(down);
            if (origin is { Up: { IsHard: false } })
                Bar(draft, origin.Unit, $"it conflicts with {unit.Unit.Name}, which is needed");
            else if (StoppedByIsolate(draft, down) is { } top)
                Keep(draft, top, unit);
            else
                IgnoreStop(draft, unit, down);
            return;
        }

        if (down.IsHard)
        {
            Bar(draft, unit.Unit, "it conflicts with what is needed: " + Why(down));
            return;
        }

        UnitRuntime loser = Loser(unit, down);
        Bar(draft, loser, "it conflicts with another unit that is wanted: " + Why(down));
    }

    // The unit that is to be started and conflicts, behind the units that are stopped with it.
    private static DraftUnit? OriginOf(Wish down)
    {
        Wish? at = down;
        while (at is { PulledBy: { } by, Edge: { } edge })
        {
            if (edge.Kind == DependencyKind.Conflicts)
                return by;
            at = by.Down ?? by[Job.JobKind.Restart];
        }

        return null;
    }

    // The unit that an isolate stops only because nobody asks for it, and whose stop takes others
    // along; null when the stop comes another way.
    private static DraftUnit? StoppedByIsolate(PlanDraft draft, Wish down)
    {
        Wish? at = down;
        for (int i = 0; i < draft.Units.Count && at is { PulledBy: { } by, Edge: { } edge }; i++)
        {
            if (edge.Kind is DependencyKind.Conflicts or DependencyKind.PropagatesStopTo
                or DependencyKind.StopPropagatedFrom)
                return null;
            at = by.Down;
            if (at is { PulledBy: null, IsGoal: false })
                return by;
        }

        return null;
    }

    private static void Keep(PlanDraft draft, DraftUnit kept, DraftUnit needed)
    {
        draft.KeptByIsolate.Add(kept.Unit);
        draft.Drop($"{kept.Unit.Name} is not stopped: {needed.Unit.Name} would stop with it, "
            + "and is needed");
    }

    private static UnitRuntime Loser(DraftUnit unit, Wish down)
    {
        if (down.PulledBy is not { Up: { IsHard: false } } other)
            return unit.Unit;
        bool declares = Declares(unit.Unit, other.Unit);
        bool otherDeclares = Declares(other.Unit, unit.Unit);
        if (declares != otherDeclares)
            return declares ? other.Unit : unit.Unit;
        return unit.Unit.Name.CompareTo(other.Unit.Name) < 0 ? other.Unit : unit.Unit;
    }

    private static bool Declares(UnitRuntime unit, UnitRuntime other)
    {
        foreach (UnitEdge edge in unit.Out[DependencyKind.Conflicts])
        {
            if (edge.Other == other)
                return true;
        }

        return false;
    }

    private static void Bar(PlanDraft draft, UnitRuntime unit, string why)
    {
        if (!draft.Barred.TryAdd(unit, why))
            return;
        draft.Drop($"{unit.Name} is not started: {why}");
        var spread = new Queue<UnitRuntime>();
        spread.Enqueue(unit);
        Pass2FindUnusable.Spread(draft, spread);
        if (draft.Request.IsBoot)
            return;
        foreach (UnitRuntime goal in draft.Goals)
        {
            if (!draft.StopGoals.Contains(goal)
                && draft.Barred.TryGetValue(goal, out string? reason))
                draft.Refuse(ExitCode.Refused, reason);
        }
    }

    private static void IgnoreStop(PlanDraft draft, DraftUnit unit, Wish down)
    {
        Invariant.Require(
            down.PulledBy is not null && down.Edge is not null,
            "a goal's stop is needed, not wanted");
        draft.IgnoredStops.Add((down.PulledBy.Unit, unit.Unit, down.Edge.Kind));
        draft.Drop($"{unit.Unit.Name} is not stopped, it is needed: {Why(down)}");
    }

    private static void Refuse(PlanDraft draft, DraftUnit unit, Wish up, Wish down)
    {
        draft.Refuse(ExitCode.Refused,
            $"{unit.Unit.Name} would have to be started and stopped at once: started for "
            + $"{PlanText.Chain(unit, up)}; stopped for {PlanText.Chain(unit, down)}");
    }

    private static string Why(Wish wish) => wish is { PulledBy: { } by, Edge: { } edge }
        ? $"{by.Unit.Name}, {PlanText.Edge(edge)}"
        : "it is a goal";
}
