using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Journal.Live;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.Reading;

/// <summary>
/// Serves rows to readers, who never open the store. A call looks at a bounded number of rows, so
/// that a filter that matches nothing cannot keep the main thread: ask again with the cursor.
/// Rows that wait in the ring come last. Main thread only.
/// </summary>
public sealed class JournalReader(LiveJournal journal)
{
    /// <summary>The most rows of an answer.</summary>
    public const int MaxRows = 256;

    /// <summary>The most rows that a call looks at itself: a millisecond and a half.</summary>
    public const int MaxScanned = 2048;

    /// <summary>
    /// The most rows that SQLite looks at for a call when one unit or one transaction is asked
    /// for: a millisecond.
    /// </summary>
    public const int MaxSifted = 16 * 1024;

    /// <summary>Rows with a higher number than <paramref name="seq"/>, ascending.</summary>
    /// <param name="limit">1 to <see cref="MaxRows"/>; beyond is taken as the nearest.</param>
    public RowPage RowsSince(long seq, int limit, RowFilter filter)
    {
        var page = new Page(journal, seq, Math.Clamp(limit, 1, MaxRows), filter);
        if (journal.Store is not null)
            page.ReadStore(journal.Store);
        if (!page.IsFull)
            page.ReadRing();
        return page.Finish();
    }

    /// <summary>Rows with a lower number than <paramref name="seq"/>, descending.</summary>
    /// <param name="seq">long.MaxValue for the newest.</param>
    /// <param name="limit">1 to <see cref="MaxRows"/>; beyond is taken as the nearest.</param>
    public RowPage RowsBefore(long seq, int limit, RowFilter filter)
    {
        var page = new Page(journal, seq, Math.Clamp(limit, 1, MaxRows), filter);
        page.ReadRingBackwards();
        if (!page.IsFull && journal.Store is not null)
            page.ReadStoreBackwards(journal.Store);
        return page.Finish();
    }

    private sealed class Page(LiveJournal journal, long seq, int limit, RowFilter filter)
    {
        private readonly List<JournalRow> _rows = new(Math.Min(limit, 32));
        private bool _more;
        private string? _problem;

        public long Cursor { get; private set; } = seq;

        /// <summary>
        /// The answer is full, or the scan ended at its limit: older sources must wait.
        /// </summary>
        public bool IsFull => _more || _problem is not null;

        // The scan ended before the answer was full: where it goes on, a row is.
        private bool IsAtLimit => _more && _problem is null && _rows.Count < limit;

        // What SQLite sifts is no row that this process has to read.
        private string? Unit => filter.Units.Count == 1 ? filter.Units[0] : null;

        private int Reach =>
            Unit is not null || filter.Transaction != 0 ? MaxSifted : MaxScanned;

        public void ReadStore(LiveStore store)
        {
            // Numbers below the oldest row are no rows: a store that was trimmed starts high.
            long after = Math.Max(Cursor, store.First() - 1);
            long last = after < store.Head ? Math.Min(store.Head, after + Reach) : store.Head;
            Statement rows = store.RowsAfter(after, last, Unit, filter.Transaction);
            ReadStore(rows, Math.Max(Cursor, last), last < store.Head);
            if (IsAtLimit && store.NextAfter(Cursor) is > 0 and var next)
                Cursor = Math.Max(Cursor, next - 1);
        }

        public void ReadStoreBackwards(LiveStore store)
        {
            long oldest = store.First();
            long before = Math.Clamp(Cursor, 0, store.Head + 1);
            long first = Math.Max(oldest, before - Reach);
            Statement rows = store.RowsBefore(before, first, Unit, filter.Transaction);
            ReadStore(rows, Math.Min(Cursor, first), first > oldest);
            if (IsAtLimit && store.LastBefore(Cursor) is > 0 and var next)
                Cursor = Math.Min(Cursor, next + 1);
        }

        private void ReadStore(Statement rows, long end, bool moreBehind)
        {
            int code = rows.Step();
            for (; code == raw.SQLITE_ROW && !_more; code = _more ? code : rows.Step())
                Take(RecordColumns.Read(rows), journal.Options.Durability);
            rows.Reset();
            if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            {
                _problem = $"the journal cannot be read: {Database.TextOf(code)}";
            }
            else if (!_more)
            {
                Cursor = end;
                _more = moreBehind;
            }
        }

        public void ReadRing()
        {
            for (int i = 0; i < journal.Ring.Count && !_more; i++)
            {
                if (RecordCodec.TryDecode(journal.Ring.Read(i), out JournalRecord record)
                    && record.Seq > Cursor)
                    Take(record, RowDurability.Ram);
            }
        }

        public void ReadRingBackwards()
        {
            long stored = journal.CommittedSeq;
            for (int i = journal.Ring.Count - 1; i >= 0 && !_more; i--)
            {
                if (RecordCodec.TryDecode(journal.Ring.Read(i), out JournalRecord record)
                    && record.Seq < Cursor && record.Seq > stored)
                    Take(record, RowDurability.Ram);
            }
        }

        public RowPage Finish() => new(_rows, Cursor, _more, _problem);

        private void Take(in JournalRecord record, RowDurability durability)
        {
            Cursor = record.Seq;
            if (!Matches(record))
                return;
            _rows.Add(new JournalRow(Censored(record), BootOf(record.Seq), durability));
            _more = _rows.Count == limit;
        }

        private bool Matches(in JournalRecord record)
        {
            if (filter.Transaction != 0 && record.Transaction != filter.Transaction)
                return false;
            if (filter.Units.Count == 0)
                return true;
            for (int i = 0; i < filter.Units.Count; i++)
            {
                if (string.Equals(filter.Units[i], record.Unit, StringComparison.Ordinal))
                    return true;
            }

            return false;
        }

        private JournalRecord Censored(in JournalRecord record)
        {
            bool asked = record.Kind is RecordKind.Request or RecordKind.Transaction
                || (record.Kind == RecordKind.Config && record.Pid != 0);
            if (filter.ViewerUid <= 0 || !asked || record.Uid == filter.ViewerUid)
                return record;
            return record with
            {
                Uid = -1,
                Pid = 0,
                Comm = null,
                Text = record.Kind == RecordKind.Request ? null : record.Text,
            };
        }

        private string BootOf(long row)
        {
            IReadOnlyList<BootStart> boots = journal.Boots;
            for (int i = boots.Count - 1; i >= 0; i--)
            {
                if (boots[i].FirstSeq <= row)
                    return boots[i].BootId;
            }

            return journal.Options.BootId;
        }
    }
}
