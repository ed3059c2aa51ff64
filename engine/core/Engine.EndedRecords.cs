using System.Buffers;
using InitTx.Core.Recovery;
using InitTx.Core.Transaction;

namespace InitTx.Core;

/// <summary>
/// Ended transactions as records of their own: written once, when one ends, so that what a commit
/// costs does not grow with what was done before. Their numbers count ends and leave no hole.
/// </summary>
public sealed partial class Engine
{
    /// <summary>The number of the oldest ended transaction that is kept; 1 for none.</summary>
    public long FirstEnded => Book.LastEnded - Book.Ended.Count + 1;

    /// <summary>The number of the newest one; 0 when none ended yet.</summary>
    public long LastEnded => Book.LastEnded;

    /// <summary>Writes the recorded form of an ended transaction; it never changes.</summary>
    /// <param name="number">
    /// From <see cref="FirstEnded"/> to <see cref="LastEnded"/>; anything else is a mistake of the
    /// caller (<see cref="ArgumentOutOfRangeException"/>).
    /// </param>
    public void WriteEnded(long number, IBufferWriter<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, FirstEnded);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, LastEnded);
        TransactionRuntime transaction = Book.Ended[(int)(number - FirstEnded)];
        var to = new RecordWriter(output);
        TransactionRecord.Write(transaction, to);
        TransactionRecord.WriteAdded(transaction, to);
        Book.Undoable.WriteOf(transaction.Id, to);
    }

    private void ReadLastEnded(ref RecordReader from)
    {
        long last = from.Long();
        if (last < Book.Ended.Count || last > long.MaxValue / 2)
            from.Fail("the number of ended transactions is out of range");
        else
            Book.LastEnded = last;
    }

    private void ReadEnded(IReadOnlyList<KeyValuePair<long, byte[]>> records, Restoration into)
    {
        // A record that holds them itself is a hand-over, or an older image's: others are older.
        if (Book.Ended.Count > 0)
            return;
        long last = Book.LastEnded;
        foreach ((long number, byte[] record) in records)
        {
            if (number > last || number <= last - Limits.EndedTransactions)
                continue;
            var from = new RecordReader(record);
            if (record.Length > Limits.RestoredEngineBytes)
                from.Fail("it is too large (limit RestoredEngineBytes)");
            else
                RestoreTransaction(ref from, into, isOpen: false);
            if (from.Problem is null)
                TransactionRecord.ReadAdded(ref from, into, Book);
            if (from.Problem is null)
                Book.Undoable.Read(ref from, Limits.UndoJobs);
            if (from.Problem is { } problem)
            {
                into.Problems.Add(FormattableString.Invariant(
                    $"ended transaction {number}: {problem}"));
            }
        }

        Book.LastEnded = last;
    }
}
