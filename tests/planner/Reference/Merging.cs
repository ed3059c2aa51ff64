using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.PlannerCheck.Scenarios;

namespace InitTx.PlannerCheck.Reference;

/// <summary>What several wishes for one unit come to, by strength.</summary>
internal static class Merging
{
    /// <summary>Of wishes that do not contradict: one job, or null for none.</summary>
    public static JobKind? Of(Wish wishes, Condition condition)
    {
        bool isActive = condition.Active is ActiveState.Active or ActiveState.Reloading;
        JobKind? kind = wishes switch
        {
            Wish.None => null,
            Wish.Stop => JobKind.Stop,
            _ when wishes.HasFlag(Wish.Restart) => JobKind.Restart,
            _ when wishes.HasFlag(Wish.Reload) && (isActive || !wishes.HasFlag(Wish.Start)) =>
                JobKind.Reload,
            _ when wishes.HasFlag(Wish.Start) => JobKind.Start,
            _ => JobKind.VerifyActive,
        };
        return kind is { } k && Closure.IsTrue(condition, (Wish)(1 << (int)k)) ? null : kind;
    }

    /// <summary>
    /// A job that is there and one that joins it; null when they exclude each other.
    /// </summary>
    public static JobKind? Both(JobKind present, JobKind wanted, Condition condition)
    {
        if ((present == JobKind.Stop) != (wanted == JobKind.Stop))
            return null;
        var wishes = (Wish)(1 << (int)present | 1 << (int)wanted);
        return Of(wishes, condition with { Sub = Unsettled(condition), Pending = null });
    }

    // Nothing is left out here because it is true already.
    private static SubState Unsettled(Condition condition) =>
        condition.Active is ActiveState.Active or ActiveState.Reloading
            ? SubState.Running
            : SubState.Start;
}
