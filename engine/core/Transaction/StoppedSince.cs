using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// A later request has taken down, or is taking down, what a unit needs that a rollback would start
/// again. Had the unit been up, that request would have taken it along: so it stays down, named,
/// and is that request's from then on, which puts it back should it come to be rolled back itself.
/// </summary>
internal sealed class StoppedSince(Engine engine, TransactionRuntime transaction)
{
    /// <summary>Takes such units, and what needs them, out of what is to be started.</summary>
    public void Leave(Dictionary<UnitName, JobKind> kinds)
    {
        bool again = true;
        while (again)
        {
            again = false;
            foreach (TransactionJob part in transaction.JobList)
            {
                UnitRuntime unit = part.Runtime;
                if (kinds.GetValueOrDefault(unit.Name, JobKind.Nop) != JobKind.Start
                    || Missing(unit, kinds) is not { } edge)
                {
                    continue;
                }

                TransactionId later = edge.Other.Transaction;
                kinds.Remove(unit.Name);
                transaction.Left.Add(FormattableString.Invariant(
                    $"{unit.Name} is left to transaction {later.Value}: ")
                    + $"{PlanText.Edge(edge.Declared)} was stopped by it");
                GiveTo(later, part);
                again = true;
            }
        }
    }

    private UnitEdge? Missing(UnitRuntime unit, Dictionary<UnitName, JobKind> kinds)
    {
        foreach (DependencyKind kind in Pass3CloseOverRequirements.Dependents)
        {
            foreach (UnitEdge edge in unit.Out[kind])
            {
                if (IsTakenDown(edge.Other)
                    && kinds.GetValueOrDefault(edge.Other.Name, JobKind.Nop) != JobKind.Start)
                    return edge;
            }
        }

        return null;
    }

    private bool IsTakenDown(UnitRuntime unit) =>
        !unit.GoalActive
        && unit.Transaction.Value > transaction.Id.Value
        && (unit.Job is { Kind: JobKind.Stop }
            || unit.Active is ActiveState.Inactive or ActiveState.Failed
                or ActiveState.Deactivating);

    private void GiveTo(TransactionId later, TransactionJob part)
    {
        // It is started by itself, which is nobody's: that decides, not what was.
        if (part.Runtime.Job is not null)
            return;
        part.Runtime.GoalActive = false;
        part.Runtime.Transaction = later;
        engine.Out.Touch(part.Runtime);
        if (engine.Book.Find(later) is { } owner)
            HandOver(engine, owner, transaction, part);
    }

    /// <summary>
    /// Makes a part of a transaction that is rolled back one of a later one, which then goes back
    /// to what the first had found. So do the parts of later ones' own that found the unit on the
    /// first one's way, which nobody wants any more.
    /// </summary>
    /// <returns>
    /// What is to be said of it: empty when the later one is over, or goes back to what it found.
    /// </returns>
    public static string HandOver(
        Engine engine, TransactionRuntime later, TransactionRuntime from, TransactionJob part)
    {
        UnitRuntime unit = part.Runtime;
        string said = "";
        bool wasUp = Compensation.WasUp(part);
        foreach ((TransactionRuntime owner, TransactionJob own) in unit.Parts)
        {
            if (!IsAfter(owner, from) || !CanGoBack(owner) || !FoundItOnItsWay(owner, own, part))
                continue;

            // Up, and taken down on the way: what is to come back, even where this one starts it.
            own.PriorGoalActive = wasUp || part.PriorGoalActive;
            own.PriorState = wasUp ? ActiveState.Deactivating : part.PriorState;
            engine.Out.Touch(unit);
            if (owner == later)
                said = ": that goes back, if ever, to what was before both";
        }

        if (!CanGoBack(later) || later.JobList.Exists(p => p.Runtime == unit))
            return said;
        Take(engine, later, part);
        return ": that found it as it wants it";
    }

    // One that had to wait began after requests of higher numbers.
    private static bool IsAfter(TransactionRuntime one, TransactionRuntime other) =>
        one.Seq > other.Seq;

    private static bool CanGoBack(TransactionRuntime transaction) =>
        transaction is { IsOpen: true, IsRollingBack: false };

    // Not that of another, which came between: what was to be done had not ended when this began.
    private static bool FoundItOnItsWay(
        TransactionRuntime owner, TransactionJob own, TransactionJob part) =>
        own is
        {
            IsCompensation: false,
            PriorState: ActiveState.Activating or ActiveState.Deactivating,
        }
        && (part.Ended.MonotonicUs > owner.Begun.MonotonicUs
            || (part.Ended.MonotonicUs == owner.Begun.MonotonicUs
                && part.Result == JobResult.Canceled));

    private static void Take(Engine engine, TransactionRuntime later, TransactionJob part)
    {
        UnitRuntime unit = part.Runtime;
        var taken = new TransactionJob(unit, part.Job, part.Kind)
        {
            Result = JobResult.Done,
            Begun = part.Begun,
            Ended = part.Ended,
            PriorGoalActive = part.PriorGoalActive,
            PriorState = part.PriorState,
        };

        // In the order of a plan, in which it will be found after a restart of the manager too.
        int at = later.JobList.FindIndex(
            p => p.IsCompensation || p.Unit.CompareTo(unit.Name) > 0);
        later.JobList.Insert(at < 0 ? later.JobList.Count : at, taken);
        unit.Parts.Add((later, taken));
        engine.Out.Touch(unit);
    }
}
