using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// Holds a commit (--settle): when all jobs are done, the units have to stay as the transaction
/// left them for its <see cref="TransactionRuntime.SettleUs"/>. One that does not stay fails the
/// transaction, which is then rolled back as after any other failure. What another request does to
/// a unit meanwhile is that request's affair; a crash, an exit, an automatic restart or a
/// dependency that takes the unit along is not.
/// <code>
/// jobs done ─► settling ─► (time is over) ─► committed
///                 └─► (a unit falls, cancel, time-out) ─► rolled back
/// </code>
/// </summary>
internal sealed class Settling(Engine engine)
{
    /// <summary>
    /// True while the commit of a transaction whose jobs have ended has to wait; begins that.
    /// </summary>
    public bool Holds(TransactionRuntime transaction)
    {
        if (transaction.SettleUs == 0 || transaction.HasSettled || transaction.IsRollingBack
            || engine.IsStopping || transaction.JobList.Count == 0
            || Compensation.HasFailed(transaction))
        {
            Stop(transaction);
            return false;
        }

        if (transaction.IsSettling)
            return true;
        foreach (TransactionJob part in transaction.JobList)
            Watch(engine, transaction, part.Runtime, part.Runtime.Sub);
        if (transaction.Fallen.Count > 0)
            return false;
        transaction.IsSettling = true;
        transaction.SettleDeadline = new Deadline(DeadlineKind.Transaction, transaction);
        engine.Deadlines.Set(
            transaction.SettleDeadline, engine.Out.Now.MonotonicUs + transaction.SettleUs);
        engine.Out.Transaction(transaction, "settling", new Cause(
            CauseKind.Job, transaction.Seq,
            FormattableString.Invariant($"for {transaction.SettleUs / 1e6} s")));
        TransactionBook.Tell(engine.Out, transaction, new EngineReply.Settling(
            transaction.Id, transaction.SettleUs));
        return true;
    }

    // What failed or ended is not waited for: its time must not come in the middle of a rollback.
    private void Stop(TransactionRuntime transaction)
    {
        if (!transaction.IsSettling)
            return;
        transaction.IsSettling = false;
        if (transaction.SettleDeadline is { } deadline)
            engine.Deadlines.Disarm(deadline);
        engine.Out.TouchEngine();
    }

    /// <summary>Looks at a unit of the transaction; true when it has fallen just now.</summary>
    /// <param name="sub">The state that it came to; it may have gone on since.</param>
    public static bool Watch(
        Engine engine, TransactionRuntime transaction, UnitRuntime unit, SubState sub)
    {
        if (Expected(transaction, unit) is not { } up || Stays(unit, sub, up)
            || IsAnotherRequests(engine, transaction, unit))
        {
            return false;
        }

        foreach (FallenUnit known in transaction.Fallen)
        {
            if (known.Unit == unit.Name)
                return false;
        }

        string state = StateWords.Of(sub);
        string why = unit.FailureText ?? unit.Why.Text ?? StateWords.Of(unit.Result);
        transaction.Fallen.Add(new FallenUnit(unit.Name, up
            ? $"{unit.Name} did not stay up: it is {state} ({why})"
            : $"{unit.Name} did not stay down: it is {state} ({why})"));
        engine.Out.TouchEngine();
        return true;
    }

    /// <summary>True for up, false for down, null where the transaction does not say.</summary>
    private static bool? Expected(TransactionRuntime transaction, UnitRuntime unit)
    {
        foreach ((TransactionRuntime owner, TransactionJob part) in unit.Parts)
        {
            if (owner != transaction || part.IsWeak)
                continue;
            if (part.Kind == JobKind.Stop)
                return false;
            return part.Result == JobResult.Skipped ? null : true;
        }

        // A goal that was true already has no part, and is meant all the same.
        foreach (UnitName goal in transaction.Goals)
        {
            if (goal == unit.Name && transaction.Verb != RequestVerb.Stop)
                return transaction.Stops.Count == 0 || !Contains(transaction.Stops, goal);
        }

        return null;
    }

    private static bool Stays(UnitRuntime unit, SubState sub, bool up) =>
        StateWords.ActiveOf(sub) switch
        {
            ActiveState.Active or ActiveState.Reloading => up,
            ActiveState.Inactive => !up || IsOver(unit),
            ActiveState.Failed => !up,
            ActiveState.Activating => false,

            // On its way down after its work, as a oneshot that has an ExecStopPost=.
            ActiveState.Deactivating => !up || IsOver(unit),
            _ => throw Invariant.Unreachable("active state"),
        };

    // A oneshot that does not remain is done when it is down; so is a start that found it so.
    private static bool IsOver(UnitRuntime unit) => unit.Result == UnitResult.Success
        && unit.Definition.Service is { Type: ServiceType.Oneshot, RemainAfterExit: false };

    private static bool IsAnotherRequests(
        Engine engine, TransactionRuntime transaction, UnitRuntime unit)
    {
        if (unit.Transaction != transaction.Id
            && engine.Book.Find(unit.Transaction) is { CauseKind: CauseKind.Request })
        {
            return true;
        }

        if (unit.Job is not { } job)
            return false;
        foreach (TransactionRuntime owner in job.OwnerList)
        {
            if (owner != transaction && owner.CauseKind == CauseKind.Request)
                return true;
        }

        return false;
    }

    private static bool Contains(IReadOnlyList<UnitName> names, UnitName name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return true;
        }

        return false;
    }
}
