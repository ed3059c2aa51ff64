using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core.Recovery;

/// <summary>
/// The recorded form of a transaction without its jobs (those are with their units).
/// </summary>
internal static class TransactionRecord
{
    public static void Write(TransactionRuntime transaction, RecordWriter to)
    {
        to.Long(transaction.Id.Value);
        to.Text(TransactionWords.Of(transaction.Verb));
        to.Text(TransactionWords.Of(transaction.Outcome));
        to.Int((int)transaction.Code);
        to.Text(RecordWords.Of(transaction.CauseKind));
        to.Time(transaction.Begun);
        to.Time(transaction.Ended);
        to.Long(transaction.Seq);
        to.Text(transaction.Reason);
        to.Long(transaction.Deadline?.DueUs ?? Deadline.Never);
        to.Bool(transaction.WasCancelled);
        to.Bool(transaction.WasTimedOut);
        to.Bool(transaction.IsQueued);
        to.Text(transaction.PlanHash);
        to.Bool(transaction.CancelsWithClient);
        to.Bool(transaction.IsAtomic);
        to.Bool(transaction.IsGivenUp);
        to.Bool(transaction.IsRollingBack);
        to.Bool(transaction.HasRollbackFailed);
        to.Texts(transaction.Unrestored);
        to.Texts(transaction.Left);
        to.Int(transaction.Goals.Count);
        foreach (UnitName goal in transaction.Goals)
            to.Text(goal.Value);
        to.Texts(transaction.Messages);
        to.Texts(transaction.Irreversible);
        to.Texts(transaction.Dropped);
        WriteRequester(transaction.Requester, to);
    }

    public static TransactionRuntime? Read(ref RecordReader from, Restoration into)
    {
        var transaction = new TransactionRuntime(
            new TransactionId(from.Long()), Words.Verb(ref from))
        {
            Outcome = Words.Outcome(ref from),
            Code = (ExitCode)(byte)from.Int(),
            CauseKind = Words.CauseOf(ref from),
            Begun = from.Time(),
            Ended = from.Time(),
            Seq = from.Long(),
            Reason = from.TextOrNull(),
        };
        long due = from.Long();
        transaction.WasCancelled = from.Bool();
        transaction.WasTimedOut = from.Bool();
        transaction.IsQueued = from.Bool();
        transaction.PlanHash = from.TextOrNull();
        transaction.CancelsWithClient = from.Bool();
        transaction.IsAtomic = from.Bool();
        transaction.IsGivenUp = from.Bool();
        transaction.IsRollingBack = from.Bool();
        transaction.HasRollbackFailed = from.Bool();
        int most = into.Limits.Jobs;
        transaction.Unrestored = [.. from.Texts(most, "units not put back")];
        transaction.Left = [.. from.Texts(most, "units left to others")];
        transaction.Goals = ReadGoals(ref from, into);
        transaction.Messages = from.Texts(most, "messages");
        transaction.Irreversible = from.Texts(most, "irreversible lines");
        transaction.Dropped = from.Texts(most, "dropped lines");
        transaction.Requester = ReadRequester(ref from);
        if (transaction.IsQueued && !transaction.IsOpen)
            from.Fail("an ended transaction is queued");
        if (from.Problem is not null)
            return null;
        if (due != Deadline.Never && transaction.IsOpen)
        {
            transaction.Deadline = new Deadline(DeadlineKind.Transaction, transaction);
            into.Deadlines.Add((transaction.Deadline, due));
        }

        return transaction;
    }

    private static List<UnitName> ReadGoals(ref RecordReader from, Restoration into)
    {
        int count = from.Count(into.Limits.GoalsPerRequest, "goals");
        var goals = new List<UnitName>();
        for (int i = 0; i < count && from.Problem is null; i++)
        {
            if (UnitName.TryParse(from.Text(), out UnitName name))
                goals.Add(name);
            else
                from.Fail("a goal is not a unit name");
        }

        return goals;
    }

    private static void WriteRequester(Requester requester, RecordWriter to)
    {
        to.Int(requester.Pid);
        to.Int(requester.Uid);
        to.Int(requester.Gid);
        to.Text(requester.Comm);
        to.Text(requester.Exe);
        to.Text(requester.Tty);
        to.Int(requester.LoginUid);
        to.Bool(requester.Verified);
    }

    private static Requester ReadRequester(ref RecordReader from) => new(
        from.Int(), from.Int(), from.Int(), from.Text(), from.Text(), from.Text(), from.Int(),
        from.Bool());
}
