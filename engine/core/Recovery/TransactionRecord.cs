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
        WriteNames(transaction.Goals, to);
        to.Texts(transaction.Messages);
        to.Texts(transaction.Irreversible);
        to.Texts(transaction.Dropped);
        WriteRequester(transaction.Requester, to);
    }

    /// <summary>What came to the form later, and stands behind all transactions.</summary>
    public static void WriteAdded(TransactionRuntime transaction, RecordWriter to)
    {
        to.Long(transaction.Id.Value);
        to.Text(transaction.Requester.Cgroup);
        to.Long(transaction.Undoes.Value);
        WriteNames(transaction.Stops, to);
        WriteSettling(transaction, to);
    }

    /// <summary>Reads what <see cref="WriteAdded"/> wrote into the transaction it is of.</summary>
    public static void ReadAdded(ref RecordReader from, Restoration into, TransactionBook book)
    {
        var id = new TransactionId(from.Long());
        string cgroup = from.Text();
        var undoes = new TransactionId(from.Long());
        List<UnitName> stops = ReadGoals(ref from, into);
        TransactionRuntime transaction = book.Find(id)
            ?? new TransactionRuntime(id, RequestVerb.Start)
            {
                Outcome = TransactionOutcome.Failed,
            };
        ReadSettling(transaction, ref from, into);
        transaction.Requester = transaction.Requester with { Cgroup = cgroup };
        transaction.Undoes = undoes;
        transaction.Stops = stops;
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

    private static void WriteNames(IReadOnlyList<UnitName> names, RecordWriter to)
    {
        to.Int(names.Count);
        foreach (UnitName name in names)
            to.Text(name.Value);
    }

    private static void WriteSettling(TransactionRuntime transaction, RecordWriter to)
    {
        to.Long(transaction.SettleUs);
        to.Bool(transaction.IsSettling);
        to.Bool(transaction.HasSettled);
        to.Long(transaction.SettleDeadline?.DueUs ?? Deadline.Never);
        to.Int(transaction.Fallen.Count);
        foreach (FallenUnit fallen in transaction.Fallen)
        {
            to.Text(fallen.Unit.Value);
            to.Text(fallen.Why);
        }
    }

    private static void ReadSettling(
        TransactionRuntime transaction, ref RecordReader from, Restoration into)
    {
        transaction.SettleUs = Math.Clamp(from.Long(), 0, into.Limits.SettleUs);
        transaction.IsSettling = from.Bool();
        transaction.HasSettled = from.Bool();
        long due = from.Long();
        int fallen = from.Count(into.Limits.Jobs, "units that did not stay");
        for (int i = 0; i < fallen && from.Problem is null; i++)
        {
            if (UnitName.TryParse(from.Text(), out UnitName name))
                transaction.Fallen.Add(new FallenUnit(name, from.Text()));
            else
                from.Fail("a unit that did not stay is no unit name");
        }

        if (due == Deadline.Never || !transaction.IsOpen || from.Problem is not null)
            return;
        transaction.SettleDeadline = new Deadline(DeadlineKind.Transaction, transaction);
        into.Deadlines.Add((transaction.SettleDeadline, due));
    }

    private static List<UnitName> ReadGoals(ref RecordReader from, Restoration into)
    {
        int count = from.Count(
            Math.Max(into.Limits.GoalsPerRequest, into.Limits.UndoJobs), "goals");
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
