using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Recovery;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>What a committed transaction did to one unit.</summary>
/// <param name="WasUp">The unit was up before, or on its way.</param>
internal readonly record struct UndoFact(UnitName Unit, JobKind Kind, bool WasUp);

/// <summary>A committed transaction that can be undone.</summary>
internal sealed record UndoEntry(TransactionId Id, IReadOnlyList<UndoFact> Facts);

/// <summary>
/// What the last committed requests changed, so that <c>undo</c> can put it back. Persistent, each
/// with its transaction and no longer than that; the oldest is forgotten first when all together
/// have more jobs than <see cref="EngineLimits.UndoJobs"/>.
/// </summary>
internal sealed class UndoLog
{
    private readonly Queue<UndoEntry> _entries = new();
    private int _jobs;

    /// <summary>Remembers an ended transaction if somebody asked for it and it committed.</summary>
    public void Keep(TransactionRuntime transaction, int limit)
    {
        if (transaction.Outcome != TransactionOutcome.Committed
            || transaction.CauseKind != CauseKind.Request
            || transaction.JobList.Count == 0 || transaction.JobList.Count > limit)
        {
            return;
        }

        var facts = new List<UndoFact>(transaction.JobList.Count);
        foreach (TransactionJob part in transaction.JobList)
            facts.Add(new UndoFact(part.Unit, part.Kind, Compensation.WasUp(part)));
        Add(new UndoEntry(transaction.Id, facts), limit);
    }

    public UndoEntry? Find(TransactionId id)
    {
        foreach (UndoEntry entry in _entries)
        {
            if (entry.Id == id)
                return entry;
        }

        return null;
    }

    /// <summary>The transaction is not kept any more; those before it are not either.</summary>
    public void Forget(TransactionId id)
    {
        if (_entries.TryPeek(out UndoEntry? oldest) && oldest.Id == id)
            _jobs -= _entries.Dequeue().Facts.Count;
    }

    public void Write(RecordWriter to)
    {
        to.Int(_entries.Count);
        foreach (UndoEntry entry in _entries)
            WriteEntry(entry, to);
    }

    /// <summary>In the form of <see cref="Write"/>, one transaction's entry, or none.</summary>
    public void WriteOf(TransactionId id, RecordWriter to)
    {
        UndoEntry? entry = Find(id);
        to.Int(entry is null ? 0 : 1);
        if (entry is not null)
            WriteEntry(entry, to);
    }

    private static void WriteEntry(UndoEntry entry, RecordWriter to)
    {
        to.Long(entry.Id.Value);
        to.Int(entry.Facts.Count);
        foreach (UndoFact fact in entry.Facts)
        {
            to.Text(fact.Unit.Value);
            to.Byte((byte)fact.Kind);
            to.Bool(fact.WasUp);
        }
    }

    public void Read(ref RecordReader from, int limit)
    {
        int entries = from.Count(limit, "transactions that can be undone");
        for (int i = 0; i < entries && from.Problem is null; i++)
        {
            var id = new TransactionId(from.Long());
            int count = from.Count(limit, "jobs that can be undone");
            var facts = new List<UndoFact>();
            for (int n = 0; n < count && from.Problem is null; n++)
            {
                bool isName = UnitName.TryParse(from.Text(), out UnitName unit);
                byte kind = from.Byte();
                bool wasUp = from.Bool();
                if (!isName || kind > (byte)JobKind.Verb)
                    from.Fail("a job that can be undone is none");
                else
                    facts.Add(new UndoFact(unit, (JobKind)kind, wasUp));
            }

            if (from.Problem is null)
                Add(new UndoEntry(id, facts), limit);
        }
    }

    private void Add(UndoEntry entry, int limit)
    {
        _entries.Enqueue(entry);
        _jobs += entry.Facts.Count;
        while (_jobs > limit)
            _jobs -= _entries.Dequeue().Facts.Count;
    }
}
