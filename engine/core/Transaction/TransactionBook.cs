using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;

namespace InitTx.Core.Transaction;

/// <summary>
/// Open and ended transactions and who waits for them. Promises: each transaction ends exactly
/// once, when its last job has ended; its outcome is a row and stays here for clients that come
/// back, the last <see cref="EngineLimits.EndedTransactions"/> of them; each watcher gets exactly
/// one final reply. An atomic one whose needed part fails is given up at once and rolled back
/// (<see cref="Compensation"/>) before it ends.
/// </summary>
internal sealed class TransactionBook(Engine engine)
{
    private readonly List<TransactionRuntime> _open = [];
    private readonly List<TransactionRuntime> _queued = [];
    private readonly List<TransactionRuntime> _ended = [];
    private readonly Queue<TransactionRuntime> _finishing = new();
    private readonly Queue<TransactionRuntime> _givenUp = new();
    private readonly Compensation _compensation = new(engine);
    private readonly Settling _settling = new(engine);

    public IReadOnlyList<TransactionRuntime> Open => _open;

    /// <summary>Accepted but not begun: what waits for others to end, oldest first.</summary>
    public IReadOnlyList<TransactionRuntime> Queued => _queued;

    /// <summary>The last that ended, oldest first.</summary>
    public IReadOnlyList<TransactionRuntime> Ended => _ended;

    /// <summary>How many ever ended: the number of the newest of <see cref="Ended"/>.</summary>
    public long LastEnded { get; set; }

    /// <summary>What committed transactions changed.</summary>
    public UndoLog Undoable { get; } = new();

    public long LastId { get; set; }

    public bool HasFinishing => _finishing.Count > 0;

    /// <summary>A transaction has failed and jobs of it are left.</summary>
    public bool HasGivenUp => _givenUp.Count > 0;

    private Outbox Out => engine.Out;

    public TransactionRuntime? Find(TransactionId id)
    {
        foreach (TransactionRuntime transaction in _open)
        {
            if (transaction.Id == id)
                return transaction;
        }

        foreach (TransactionRuntime transaction in _queued)
        {
            if (transaction.Id == id)
                return transaction;
        }

        foreach (TransactionRuntime transaction in _ended)
        {
            if (transaction.Id == id)
                return transaction;
        }

        return null;
    }

    public TransactionRuntime New(RequestVerb verb)
    {
        TransactionRuntime transaction = Make(verb);
        _open.Add(transaction);
        return transaction;
    }

    /// <summary>A transaction that has its number, so that clients find it, and waits.</summary>
    public TransactionRuntime NewQueued(RequestVerb verb)
    {
        TransactionRuntime transaction = Make(verb);
        transaction.IsQueued = true;
        _queued.Add(transaction);
        Out.TouchEngine();
        return transaction;
    }

    /// <summary>A queued one begins.</summary>
    public void Begin(TransactionRuntime transaction)
    {
        _queued.Remove(transaction);
        (transaction.IsQueued, transaction.PlanHash) = (false, null);
        transaction.Begun = Out.Now;
        _open.Add(transaction);
    }

    /// <summary>A queued one ends without having begun; its clients are told the reply.</summary>
    public void EndQueued(
        TransactionRuntime transaction, TransactionOutcome outcome, ExitCode code,
        IReadOnlyList<string> messages, EngineReply? reply)
    {
        _queued.Remove(transaction);
        (transaction.IsQueued, transaction.PlanHash) = (false, null);
        (transaction.Outcome, transaction.Code) = (outcome, code);
        transaction.Messages = messages;
        Close(transaction, reply ?? FinalOf(transaction));
    }

    /// <summary>Puts back what was recorded; open ones in the order of their ids.</summary>
    public void Restore(TransactionRuntime transaction)
    {
        if (transaction.IsQueued)
            _queued.Add(transaction);
        else if (transaction.IsOpen)
            _open.Add(transaction);
        else
            AddEnded(transaction);
        LastId = Math.Max(LastId, transaction.Id.Value);
    }

    /// <summary>All jobs of it are installed; one without jobs ends now.</summary>
    public void Installed(TransactionRuntime transaction)
    {
        if (transaction.Remaining == 0)
            _finishing.Enqueue(transaction);
        else if (IsForward(transaction)
            && (transaction.IsGivenUp || Compensation.HasFailed(transaction)))
        {
            // Known from what is recorded: this also runs where there is no step to record in.
            transaction.IsGivenUp = true;
            _givenUp.Enqueue(transaction);
        }
    }

    public void Began(UnitJob job)
    {
        foreach (TransactionRuntime owner in job.OwnerList)
        {
            if (PartOf(job, owner) is { } part)
                part.Begun = Out.Now;
            Tell(owner, job, "running", null, null);
        }
    }

    public void JobEnded(UnitJob job, JobResult result, string? text)
    {
        foreach (TransactionRuntime owner in job.OwnerList)
        {
            if (PartOf(job, owner) is not { } part)
                continue;
            part.Result = result;
            part.Text = text;
            part.Begun = job.Begun;
            part.Ended = Out.Now;
            owner.Remaining--;
            Tell(owner, job, "ended", result, text);
            if (owner.Remaining == 0 && owner.IsOpen)
                _finishing.Enqueue(owner);
            else if (!part.IsWeak && part.HasFailed && IsForward(owner) && !owner.IsGivenUp)
                GiveUp(owner);
        }

        engine.BootTold(job, result, text);
    }

    /// <summary>A unit moved: one that a commit waits for may have fallen.</summary>
    public void UnitMoved(UnitRuntime unit, SubState to)
    {
        foreach (TransactionRuntime transaction in _open)
        {
            if (transaction.IsSettling && Settling.Watch(engine, transaction, unit, to))
                _finishing.Enqueue(transaction);
        }
    }

    /// <summary>The time to settle is over: the commit is not held any longer.</summary>
    public void Settled(TransactionRuntime transaction)
    {
        transaction.HasSettled = true;
        Out.TouchEngine();
        _finishing.Enqueue(transaction);
    }

    /// <summary>A start that never ran leaves the goal as it was.</summary>
    public void RestorePriorGoal(UnitJob job)
    {
        if (job.OwnerList.Count > 0 && PartOf(job, job.OwnerList[0]) is { } part)
            job.Unit.GoalActive = part.PriorGoalActive;
    }

    /// <summary>Ends the next transaction whose jobs have all ended.</summary>
    public void FinishNext()
    {
        TransactionRuntime transaction = _finishing.Dequeue();
        if (!transaction.IsOpen || transaction.Remaining > 0 || _settling.Holds(transaction)
            || _compensation.Begin(transaction))
            return;
        if (transaction.IsRollingBack)
            Compensation.RestoreGoals(Out, transaction);
        TransactionVerdict.Give(transaction);
        string? text = transaction.Messages.Count == 0 ? null : string.Join("; ", transaction.Messages);
        Out.Transaction(transaction, "ended", new Cause(CauseKind.Job, transaction.Seq, text));
        foreach (TransactionJob part in transaction.JobList)
        {
            RemovePart(part.Runtime, transaction);
            engine.MayHaveEnded(part.Runtime);
        }

        Undoable.Keep(transaction, engine.Limits.UndoJobs);
        _open.Remove(transaction);
        Close(transaction, FinalOf(transaction));
        engine.TransactionEnded(transaction);
    }

    private TransactionRuntime Make(RequestVerb verb) =>
        new(new TransactionId(++LastId), verb) { Begun = Out.Now };

    private void Close(TransactionRuntime transaction, EngineReply reply)
    {
        transaction.Ended = Out.Now;
        if (transaction.Deadline is { } deadline)
            engine.Deadlines.Disarm(deadline);
        if (transaction.ReturnDeadline is { } back)
            engine.Deadlines.Disarm(back);
        if (transaction.SettleDeadline is { } settle)
            engine.Deadlines.Disarm(settle);
        Out.TouchEngine();
        AddEnded(transaction);
        foreach (Watcher watcher in transaction.Watchers)
            Out.Emit(new Effect.Reply(watcher.Request, reply));
        transaction.Watchers.Clear();
    }

    // What cannot be asked for any more cannot be undone either. Nobody comes back for a
    // connection's: 256 of them would push out everything else.
    private void AddEnded(TransactionRuntime transaction)
    {
        if (Engine.IsOfConnection(transaction))
            return;
        LastEnded++;
        _ended.Add(transaction);
        while (_ended.Count > engine.Limits.EndedTransactions)
        {
            Undoable.Forget(_ended[0].Id);
            _ended.RemoveAt(0);
        }
    }

    /// <summary>The last word about an ended transaction.</summary>
    public static EngineReply FinalOf(TransactionRuntime transaction) => new EngineReply.Finished(
        transaction.Id, TransactionWords.Of(transaction.Outcome), transaction.Code,
        transaction.Messages);

    /// <summary>Ends what is left of a transaction that cannot succeed any more.</summary>
    public void GiveUpNext()
    {
        TransactionRuntime transaction = _givenUp.Dequeue();
        if (transaction is { IsOpen: true, IsRollingBack: false } && !engine.IsStopping)
        {
            EndJobs(transaction, JobResult.Canceled, GivenUp,
                new Cause(CauseKind.Job, transaction.Seq));
        }
    }

    public void Cancel(TransactionRuntime transaction, Cause cause)
    {
        transaction.WasCancelled = true;
        EndJobs(transaction, JobResult.Canceled, "the transaction was cancelled", cause);
    }

    public void TimedOut(TransactionRuntime transaction)
    {
        if (transaction.IsRollingBack)
            transaction.HasRollbackFailed = true;
        else
            transaction.WasTimedOut = true;
        Out.TouchEngine();
        EndJobs(transaction, JobResult.Timeout,
            transaction.IsRollingBack ? "the time to put things back is over"
                : "the transaction's time is over",
            new Cause(CauseKind.Timer, transaction.Seq));
    }

    /// <summary>
    /// A client is gone: it detaches, or takes its transaction with it if it said so.
    /// </summary>
    public void ClientGone(RequestId request)
    {
        for (int i = 0; i < _open.Count; i++)
        {
            TransactionRuntime transaction = _open[i];
            int at = transaction.Watchers.FindIndex(w => w.Request == request);
            if (at < 0)
                continue;
            bool cancels = transaction.Watchers[at].CancelsWhenGone;
            transaction.Watchers.RemoveAt(at);
            if (cancels && !transaction.IsRollingBack)
                CancelAlone(transaction);
        }
    }

    /// <summary>The client that wanted it so is gone.</summary>
    public void CancelAlone(TransactionRuntime transaction) => Cancel(
        transaction, new Cause(CauseKind.Request, transaction.Seq, "its client went away"));

    /// <summary>The text of a job that was ended because another part failed.</summary>
    public const string GivenUp = "given up: another part of the transaction failed";

    private static bool IsForward(TransactionRuntime transaction) =>
        transaction is { IsAtomic: true, IsRollingBack: false, IsOpen: true };

    private void GiveUp(TransactionRuntime transaction)
    {
        transaction.IsGivenUp = true;
        Out.TouchEngine();
        _givenUp.Enqueue(transaction);
    }

    private void EndJobs(
        TransactionRuntime transaction, JobResult result, string text, Cause cause)
    {
        if (transaction is { IsSettling: true, IsRollingBack: false })
            _finishing.Enqueue(transaction);
        foreach (TransactionJob part in transaction.JobList)
        {
            // A job that others wait for as well goes on for them.
            if (part.Result != JobResult.None || part.Runtime.Job is not { } job || job.Id != part.Job)
                continue;
            if (job.OwnerList.Count > 1)
                Leave(transaction, part, job, result, text);
            else
                engine.Runner.End(job, result, text, cause);
        }
    }

    private void Leave(
        TransactionRuntime transaction, TransactionJob part, UnitJob job, JobResult result, string text)
    {
        job.OwnerList.Remove(transaction);
        engine.Queue.Offer(job);
        Out.Touch(job.Unit);
        part.Result = result;
        part.Text = text;
        part.Ended = Out.Now;
        transaction.Remaining--;
        if (transaction.Remaining == 0)
            _finishing.Enqueue(transaction);
    }

    /// <summary>Tells all who wait for it something that is not the end.</summary>
    public static void Tell(Outbox outbox, TransactionRuntime owner, EngineReply reply)
    {
        foreach (Watcher watcher in owner.Watchers)
            outbox.Emit(new Effect.Reply(watcher.Request, reply));
    }

    private void Tell(
        TransactionRuntime owner, UnitJob job, string state, JobResult? result, string? detail)
    {
        foreach (Watcher watcher in owner.Watchers)
        {
            Out.Emit(new Effect.Reply(watcher.Request, new EngineReply.Progress(
                owner.Id, job.Id, job.Unit.Name, JobWords.Of(job.AskedKind), state,
                result is { } r ? JobWords.Of(r) : null, StateWords.Of(job.Unit.Active), detail)));
        }
    }

    private static TransactionJob? PartOf(UnitJob job, TransactionRuntime owner)
    {
        foreach ((TransactionRuntime transaction, TransactionJob part) in job.Unit.Parts)
        {
            if (transaction == owner && part.Job == job.Id && part.Result == JobResult.None)
                return part;
        }

        return null;
    }

    private static void RemovePart(UnitRuntime unit, TransactionRuntime transaction)
    {
        for (int i = unit.Parts.Count - 1; i >= 0; i--)
        {
            if (unit.Parts[i].Transaction == transaction)
                unit.Parts.RemoveAt(i);
        }
    }
}
