using InitTx.Core.Job;
using InitTx.Core.Lifecycle;

namespace InitTx.Core.Transaction;

/// <summary>
/// One job a unit from all wishes for it; what is true already goes. The rest, by name.
/// </summary>
internal static class Pass5MergeAndDrop
{
    public static void Run(PlanDraft draft)
    {
        foreach (DraftUnit unit in draft.Units)
        {
            Merge(unit);
            if (!Pass3CloseOverRequirements.IsTrue(unit.Unit, unit.Kind))
            {
                draft.Jobs.Add(unit);
                continue;
            }

            unit.Job = null;
            if (unit.Unit.Job is null)
                draft.AsWanted.Add(unit.Unit);
        }

        draft.Jobs.Sort(static (a, b) => a.Unit.Name.CompareTo(b.Unit.Name));
    }

    private static void Merge(DraftUnit unit)
    {
        bool isActive = unit.Unit.Active is ActiveState.Active or ActiveState.Reloading;
        for (JobKind kind = JobKind.Start; kind <= JobKind.Verb; kind++)
        {
            if (unit[kind] is not { } wish)
                continue;
            if (unit.Job is null)
            {
                (unit.Job, unit.Kind) = (wish, kind);
                continue;
            }

            JobKind? both = JobMerge.Merge(unit.Kind, kind, isActive);
            Invariant.Require(both is not null, "contradictions are resolved before wishes are merged");
            unit.Kind = both.Value;
            if (wish.IsGoal || (wish.IsHard && !unit.Job.IsHard))
                unit.Job = wish;
        }
    }
}
