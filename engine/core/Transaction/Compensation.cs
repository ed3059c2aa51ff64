using System.Globalization;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// Rolls an atomic transaction back (DESIGN §7): one compensating plan that starts again what it
/// stopped and stops what it started. It restores goals and states, not what oneshots did, files or
/// binaries. Left as they are, and named: a unit whose own start failed though it was up before
/// (it would fail again), what needs such a unit, what another request has taken over since or has
/// taken the ground from (<see cref="StoppedSince"/>), and what asks for it by <c>Rollback=no</c>.
/// </summary>
internal sealed class Compensation(Engine engine)
{
    /// <summary>
    /// Begins the way back of a transaction whose jobs have all ended. False when it needs none, or
    /// when nothing of it can be put back: the transaction is judged as it is.
    /// </summary>
    public bool Begin(TransactionRuntime transaction)
    {
        if (!transaction.IsAtomic || transaction.IsRollingBack || engine.IsStopping
            || !HasFailed(transaction))
        {
            return false;
        }

        transaction.IsRollingBack = true;
        engine.Out.TouchEngine();
        var barred = new Dictionary<UnitRuntime, string>();
        var kinds = new Dictionary<UnitName, JobKind>();
        foreach (TransactionJob part in transaction.JobList)
            Look(transaction, part, kinds, barred);
        new StoppedSince(engine, transaction).Leave(kinds);
        KeepWhatOthersNeed(transaction, kinds);
        LeaveWhatNeeds(transaction, kinds, barred);
        LeaveWhatConflicts(transaction, kinds);
        if (kinds.Count == 0)
            return false;
        Install(transaction, DraftOf(transaction, kinds));
        return transaction.Remaining > 0;
    }

    /// <summary>
    /// Gives back the goals of the units that needed no job; the others have theirs by the job.
    /// </summary>
    public static void RestoreGoals(Outbox outbox, TransactionRuntime transaction)
    {
        var moved = new HashSet<UnitRuntime>();
        foreach (TransactionJob part in transaction.JobList)
        {
            if (part.IsCompensation)
                moved.Add(part.Runtime);
        }

        foreach (TransactionJob part in transaction.JobList)
        {
            UnitRuntime unit = part.Runtime;
            if (part.IsCompensation || moved.Contains(unit) || unit.Transaction != transaction.Id
                || unit.GoalActive == part.PriorGoalActive)
            {
                continue;
            }

            unit.GoalActive = part.PriorGoalActive;
            outbox.Touch(unit);
        }
    }

    /// <summary>
    /// Whether a part that the goal needs came to nothing, or somebody ended it all.
    /// </summary>
    public static bool HasFailed(TransactionRuntime transaction)
    {
        if (transaction.WasCancelled || transaction.WasTimedOut || transaction.Fallen.Count > 0)
            return true;
        foreach (TransactionJob part in transaction.JobList)
        {
            if (part is { IsWeak: false, IsCompensation: false, HasFailed: true })
                return true;
        }

        return false;
    }

    private void Look(
        TransactionRuntime transaction,
        TransactionJob part,
        Dictionary<UnitName, JobKind> kinds,
        Dictionary<UnitRuntime, string> barred)
    {
        UnitRuntime unit = part.Runtime;
        if (part.Result == JobResult.None)
            return;
        if (TakenOverBy(transaction, unit) is { } later)
        {
            // It joined the other's job: to that one the unit goes back, or nobody would have it.
            if (unit.Transaction == transaction.Id)
            {
                unit.Transaction = later.Id;
                engine.Out.Touch(unit);
            }

            transaction.Left.Add(FormattableString.Invariant(
                $"{unit.Name} is left to transaction {later.Id.Value}")
                + StoppedSince.HandOver(engine, later, transaction, part));
            return;
        }

        bool isDown = unit.Active is ActiveState.Inactive or ActiveState.Failed;
        bool isUp = unit.Active is ActiveState.Active or ActiveState.Reloading;
        if (!WasUp(part))
        {
            // What is on its way down is waited for, whoever began it; what would still come up
            // is not let. A unit that was only looked for is its own where it was left to it.
            bool comesUp = unit.Job is { Kind: JobKind.Start or JobKind.Restart };
            if ((!isDown || comesUp)
                && (part.Kind is JobKind.Start or JobKind.Restart or JobKind.Stop
                    || unit.Active == ActiveState.Deactivating
                    || unit.Transaction == transaction.Id))
                kinds[unit.Name] = JobKind.Stop;
        }
        else if (isUp || !HasTakenDown(part))
        {
            // Up again, or this transaction did not take it down.
        }
        else if (HasFallen(transaction, unit))
        {
            string why = $"{unit.Name} was {Before(part)}, did not stay up and "
                + $"is not tried again; see: initx why {unit.Name}";
            barred[unit] = why;
            transaction.Unrestored.Add(why);
        }
        else if (part.Kind is JobKind.Start or JobKind.Restart
            && part.Result is JobResult.Failed or JobResult.Timeout or JobResult.Assert)
        {
            // Its file or its program is what is broken: trying again would fail again.
            string why = $"{unit.Name} was {Before(part)}, its start failed and "
                + $"is not tried again; see: initx why {unit.Name}";
            barred[unit] = why;
            transaction.Unrestored.Add(why);
        }
        else
        {
            kinds[unit.Name] = JobKind.Start;
        }

        LeaveIfAsked(transaction, unit, kinds, barred);
    }

    private static void LeaveIfAsked(
        TransactionRuntime transaction,
        UnitRuntime unit,
        Dictionary<UnitName, JobKind> kinds,
        Dictionary<UnitRuntime, string> barred)
    {
        if (unit.Definition.Rollback || !kinds.Remove(unit.Name, out JobKind kind))
            return;
        string left = $"{unit.Name} is left {(kind == JobKind.Start ? "down" : "up")}: "
            + PlanText.NoRollback(unit.Definition);
        transaction.Left.Add(left);
        if (kind == JobKind.Start)
            barred[unit] = left;
    }

    private static string Before(TransactionJob part) =>
        part.PriorState == ActiveState.Deactivating ? "up" : StateWords.Of(part.PriorState);

    // Or came in the way of a stop: as the second half of a restart, where it is a start.
    private static bool HasTakenDown(TransactionJob part) =>
        part.Kind is JobKind.Stop or JobKind.Restart
        || part.PriorState == ActiveState.Deactivating;

    private static bool HasFallen(TransactionRuntime transaction, UnitRuntime unit)
    {
        foreach (FallenUnit fallen in transaction.Fallen)
        {
            if (fallen.Unit == unit.Name)
                return true;
        }

        return false;
    }

    /// <summary>The unit was up before, or on its way.</summary>
    public static bool WasUp(TransactionJob part) => part.PriorState switch
    {
        ActiveState.Active or ActiveState.Reloading or ActiveState.Activating => true,
        ActiveState.Deactivating => part.PriorGoalActive,
        ActiveState.Inactive or ActiveState.Failed => false,
        _ => throw Invariant.Unreachable("active state"),
    };

    // A later request, a timer, or a dependency that took the unit along, owns it now: that is not
    // undone unasked.
    private TransactionRuntime? TakenOverBy(TransactionRuntime transaction, UnitRuntime unit)
    {
        if (unit.Transaction != transaction.Id
            && engine.Book.Find(unit.Transaction) is { } later
            && !IsNobodys(later, transaction, unit))
        {
            return later;
        }

        if (unit.Job is not { } job)
            return null;
        foreach (TransactionRuntime owner in job.OwnerList)
        {
            if (owner != transaction && !IsNobodys(owner, transaction, unit))
                return owner;
        }

        return null;
    }

    // An automatic restart only goes on with its unit. What else it starts is that unit's to have,
    // unless this way back takes the unit down.
    private static bool IsNobodys(
        TransactionRuntime later, TransactionRuntime transaction, UnitRuntime unit)
    {
        if (!later.IsByItself)
            return false;
        foreach (UnitName goal in later.Goals)
        {
            if (goal != unit.Name
                && !transaction.JobList.Exists(part => part.Unit == goal && !WasUp(part)))
                return false;
        }

        return true;
    }

    // A stop would take down what depends on the unit, which this transaction did not bring up.
    private static void KeepWhatOthersNeed(
        TransactionRuntime transaction, Dictionary<UnitName, JobKind> kinds)
    {
        bool again = true;
        while (again)
        {
            again = false;
            foreach (TransactionJob part in transaction.JobList)
            {
                UnitRuntime unit = part.Runtime;
                if (kinds.GetValueOrDefault(unit.Name, JobKind.Nop) != JobKind.Stop
                    || NeededBy(unit, kinds) is not { } other)
                {
                    continue;
                }

                kinds.Remove(unit.Name);
                transaction.Left.Add($"{unit.Name} stays up: {other.Name} needs it");
                again = true;
            }
        }
    }

    private static UnitRuntime? NeededBy(UnitRuntime unit, Dictionary<UnitName, JobKind> kinds)
    {
        foreach (DependencyKind kind in Pass3CloseOverRequirements.Dependents)
        {
            foreach (UnitEdge edge in unit.In[kind])
            {
                UnitRuntime other = edge.Other;
                if (other.Active is not (ActiveState.Inactive or ActiveState.Failed)
                    && kinds.GetValueOrDefault(other.Name, JobKind.Nop) != JobKind.Stop)
                {
                    return other;
                }
            }
        }

        return null;
    }

    // What needs a unit that is not tried again cannot come back either.
    private static void LeaveWhatNeeds(
        TransactionRuntime transaction,
        Dictionary<UnitName, JobKind> kinds,
        Dictionary<UnitRuntime, string> barred)
    {
        var work = new Queue<UnitRuntime>(barred.Keys);
        while (work.TryDequeue(out UnitRuntime? missing))
        {
            foreach ((DependencyKind kind, bool isHard) in Pass2FindUnusable.Pulls)
            {
                if (!isHard)
                    continue;
                foreach (UnitEdge edge in missing.In[kind])
                {
                    UnitName name = edge.Other.Name;
                    if (kinds.GetValueOrDefault(name, JobKind.Nop) != JobKind.Start)
                        continue;
                    kinds.Remove(name);
                    transaction.Unrestored.Add(
                        $"{name} stays down: {PlanText.Edge(edge.Declared)} is not up");
                    work.Enqueue(edge.Other);
                }
            }
        }
    }

    // What came up since for somebody else is not stopped for what conflicts with it.
    private static void LeaveWhatConflicts(
        TransactionRuntime transaction, Dictionary<UnitName, JobKind> kinds)
    {
        foreach (TransactionJob part in transaction.JobList)
        {
            UnitRuntime unit = part.Runtime;
            if (kinds.GetValueOrDefault(unit.Name, JobKind.Nop) != JobKind.Start)
                continue;
            UnitRuntime? other = Rival(unit.Out[DependencyKind.Conflicts], kinds)
                ?? Rival(unit.In[DependencyKind.Conflicts], kinds);
            if (other is null)
                continue;
            kinds.Remove(unit.Name);
            transaction.Unrestored.Add(
                $"{unit.Name} stays down: {other.Name} conflicts with it, which came up since");
        }
    }

    private static UnitRuntime? Rival(
        List<UnitEdge> edges, Dictionary<UnitName, JobKind> kinds)
    {
        foreach (UnitEdge edge in edges)
        {
            if (edge.Other.Active is not (ActiveState.Inactive or ActiveState.Failed)
                && kinds.GetValueOrDefault(edge.Other.Name, JobKind.Nop) != JobKind.Stop)
            {
                return edge.Other;
            }
        }

        return null;
    }

    // Exactly what was there: nothing is pulled in that was not up, though something wants it now.
    private PlanDraft DraftOf(
        TransactionRuntime transaction, Dictionary<UnitName, JobKind> kinds)
    {
        var draft = new PlanDraft(new PlanRequest(
            transaction.Verb, [], JobMode.Replace, IsBoot: true));
        foreach (TransactionJob part in transaction.JobList)
        {
            if (kinds.TryGetValue(part.Unit, out JobKind kind))
                draft.Get(part.Runtime)[kind] = new Wish(kind, null, null, isHard: true);
        }

        Pass5MergeAndDrop.Run(draft);
        Pass6CheckOrder.Run(engine, draft);
        return draft;
    }

    private void Install(TransactionRuntime transaction, PlanDraft draft)
    {
        transaction.Deadline ??= new Deadline(DeadlineKind.Transaction, transaction);
        engine.Deadlines.Set(
            transaction.Deadline, engine.Out.Now.MonotonicUs + engine.Limits.RollbackTimeoutUs);
        long seq = engine.Out.Transaction(transaction, "rollingBack", new Cause(
            CauseKind.Job, transaction.Seq,
            string.Join("; ", [FailureOf(transaction, draft.Jobs.Count), .. transaction.Left])));
        TransactionInstaller.InstallJobs(
            engine, draft, transaction, new Cause(CauseKind.Job, seq));
    }

    private static string FailureOf(TransactionRuntime transaction, int jobs)
    {
        string count = jobs.ToString(CultureInfo.InvariantCulture) + " jobs";
        if (transaction.Fallen.Count > 0)
            return $"{transaction.Fallen[0].Why}; {count}";
        foreach (TransactionJob part in transaction.JobList)
        {
            if (part is { IsWeak: false, HasFailed: true } && part.Result != JobResult.Canceled)
            {
                return $"{part.Unit}: {JobWords.Of(part.Kind)} {JobWords.Of(part.Result)}; "
                    + count;
            }
        }

        return count;
    }
}
