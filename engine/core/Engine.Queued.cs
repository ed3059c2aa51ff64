using InitTx.Core.Ports;
using InitTx.Core.Transaction;

namespace InitTx.Core;

/// <summary>
/// Requests with --job-mode=queue that wait for other transactions, and clients that were lost to
/// a restart of the manager. A queued request is accepted: it has its transaction number and is on
/// record, so it outlives the manager as one that runs does, and its client comes back by number.
/// </summary>
public sealed partial class Engine
{
    /// <summary>A transaction ended: requests that waited for it are planned anew.</summary>
    internal void TransactionEnded(TransactionRuntime transaction)
    {
        EndOfBoot(transaction);
        EndOfUnitStage(transaction);
        if (Book.Open.Count == 0)
            Queue.ClearIgnoredOrder();
        if (Book.Queued.Count == 0)
            return;
        foreach (TransactionRuntime queued in (TransactionRuntime[])[.. Book.Queued])
            Transact(RequestOf(queued), queued);
    }

    private void Enqueue(ControlRequest request)
    {
        TransactionRuntime queued = Book.NewQueued(request.Verb);
        queued.Goals = request.Units;
        queued.Stops = request.Stops;
        queued.PlanHash = request.PlanHash;
        queued.Action = request.Action;
        Accept(request, queued, jobs: 0);
    }

    // Of the manager's own there are as many as units that cannot get on; they must not keep those
    // out who would mend that. One that was let in before has its place.
    private bool IsFull(TransactionRuntime? queued)
    {
        if (queued is not null)
            return false;
        int asked = Book.Queued.Count;
        foreach (TransactionRuntime open in Book.Open)
        {
            if (open.CauseKind == CauseKind.Request)
                asked++;
        }

        return asked >= Limits.Transactions;
    }

    /// <summary>As it was asked; its deadline runs already, with the transaction.</summary>
    private static ControlRequest RequestOf(TransactionRuntime queued) => new()
    {
        Id = default,
        Verb = queued.Verb,
        Requester = queued.Requester,
        Units = queued.Goals,
        Mode = JobMode.Queue,
        PlanHash = queued.PlanHash,
        Stops = queued.Stops,
        Transaction = queued.Undoes,
        SettleUs = queued.SettleUs,
        TimeoutUs = queued.TimeoutUs,
        Reason = queued.Reason,
        Action = queued.Action,
        NoCheck = queued.SkipsChecks,
        NoRollback = !queued.IsAtomic && CanGoBack(queued.Verb),
    };

    /// <summary>Refuses a request that was just made, or ends one that waited.</summary>
    private void Decline(
        ControlRequest request, TransactionRuntime? queued, ExitCode code,
        params IReadOnlyList<string> why)
    {
        if (queued is null)
        {
            Refuse(request, code, why);
            return;
        }

        Out.Request(request, accepted: false, $"{TextOf(request)}: {string.Join("; ", why)}");
        Book.EndQueued(queued,
            code == ExitCode.TimedOut ? TransactionOutcome.TimedOut : TransactionOutcome.Refused,
            code, why, new EngineReply.Refused(code, why));
    }

    private void TransactionDue(TransactionRuntime transaction, Deadline due)
    {
        if (due == transaction.SettleDeadline)
            Book.Settled(transaction);
        else if (due == transaction.ReturnDeadline)
            CancelOpen(transaction, new Cause(
                CauseKind.Request, transaction.Seq, "its client did not come back"));
        else if (transaction.IsQueued)
            Decline(RequestOf(transaction), transaction, ExitCode.TimedOut,
                "the transactions it waits for took too long");
        else
            Book.TimedOut(transaction);
    }

    private void CancelOpen(TransactionRuntime transaction, Cause cause)
    {
        if (transaction.IsQueued)
            Book.EndQueued(
                transaction, TransactionOutcome.Cancelled, ExitCode.Failed, [], reply: null);
        else if (!transaction.IsRollingBack)
            Book.Cancel(transaction, cause);
    }

    private void ClientGone(RequestId request)
    {
        foreach (TransactionRuntime queued in (TransactionRuntime[])[.. Book.Queued])
        {
            int at = queued.Watchers.FindIndex(w => w.Request == request);
            if (at < 0)
                continue;
            bool cancels = queued.Watchers[at].CancelsWhenGone;
            queued.Watchers.RemoveAt(at);
            if (cancels)
                CancelOpen(queued, default);
        }

        Book.ClientGone(request);
    }

    // Clients whose going away cancels: their connections went with the old image.
    private void AwaitClients()
    {
        foreach (TransactionRuntime transaction in
            (TransactionRuntime[])[.. Book.Open, .. Book.Queued])
        {
            if (!transaction.CancelsWithClient)
                continue;
            transaction.ReturnDeadline = new Deadline(DeadlineKind.Transaction, transaction);
            Deadlines.Set(transaction.ReturnDeadline, AfterNow(Limits.ClientReturnUs));
        }
    }

    /// <summary>The process that made the request asks for it again after a restart.</summary>
    private bool ComesBack(ControlRequest request, TransactionRuntime transaction)
    {
        if (transaction.ReturnDeadline is not { } deadline
            || request.Requester.Pid != transaction.Requester.Pid
            || request.Requester.Uid != transaction.Requester.Uid)
            return false;
        Deadlines.Disarm(deadline);
        transaction.ReturnDeadline = null;
        return true;
    }
}
