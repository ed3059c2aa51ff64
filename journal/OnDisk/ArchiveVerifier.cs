using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.OnDisk;

/// <summary>What `initx history verify` found.</summary>
/// <param name="Batches">Batches whose hash is right.</param>
/// <param name="Rows">Rows in them.</param>
/// <param name="Head">The last hash, hexadecimal: note it elsewhere to notice a file that was
/// replaced as a whole or cut at its end.</param>
/// <param name="LastBatch">The number of the last batch.</param>
/// <param name="FirstWrong">What the first batch that does not check out shows; null when all
/// do.</param>
public sealed record ArchiveVerdict(
    long Batches, long Rows, string Head, long LastBatch, string? FirstWrong);

/// <summary>Computes the hash chain of an archive anew and compares.</summary>
public static class ArchiveVerifier
{
    private const string Columns =
        "r.id, r.mono, r.real, r.kind, r.unit, r.from_state, r.to_state, r.result, r.cause, "
        + "r.cause_seq, r.tx, r.job, r.pid, r.exit_kind, r.exit_code, r.uid, r.comm, r.text, "
        + "r.flag";

    /// <summary>
    /// Reads everything that is kept, as one transaction. A second for some hundred thousand rows.
    /// </summary>
    public static ArchiveVerdict Verify(ArchiveReader archive)
    {
        Database db = archive.Database;
        if (db.Execute("BEGIN") != raw.SQLITE_OK)
            return Unreadable(db);
        try
        {
            return new Walk(db, archive).Run();
        }
        finally
        {
            db.Execute("ROLLBACK");
        }
    }

    private static ArchiveVerdict Unreadable(Database db) =>
        new(0, 0, "", 0, $"the archive cannot be read: {db.LastError}");

    private sealed class Walk(Database db, ArchiveReader archive)
    {
        private readonly HashChain _chain = new();
        private readonly NameTable _names = new(db);
        private long _rows;
        private long _batches;
        private long _lastBatch;
        private long _lastId;
        private string? _wrong;

        public ArchiveVerdict Run()
        {
            Anchor();
            int code = db.Prepare(
                "SELECT id, first_id, last_id, rows, hash FROM batch ORDER BY id",
                out Statement? s);
            if (s is null)
                return Unreadable(db);
            using (s)
            using (_names)
            {
                code = s.Step();
                for (; code == raw.SQLITE_ROW && _wrong is null; code = s.Step())
                    Batch(s);
                if (_wrong is null && code != raw.SQLITE_DONE)
                    _wrong = $"the archive cannot be read: {db.LastError}";
                s.Reset();
            }

            _wrong ??= After();
            return new ArchiveVerdict(
                _batches, _rows, Convert.ToHexStringLower(_chain.Last), _lastBatch, _wrong);
        }

        // Where retention ended: the hash of the last batch that was given up.
        private void Anchor()
        {
            db.ReadLong("SELECT v FROM meta WHERE k = 'anchor_batch'", out _lastBatch);
            db.ReadLong("SELECT v FROM meta WHERE k = 'anchor_id'", out _lastId);
            db.ReadText("SELECT hex(v) FROM meta WHERE k = 'anchor_hash'", out string? hash);
            if (hash is { Length: 2 * HashChain.Length })
                _chain.GoOnAfter(Convert.FromHexString(hash));
        }

        private void Batch(Statement s)
        {
            long id = s.Long(0);
            (long first, long last, long rows) = (s.Long(1), s.Long(2), s.Long(3));
            byte[] hash = s.Blob(4).ToArray();
            if (id != _lastBatch + 1)
                _wrong = $"batch {_lastBatch + 1} is missing";
            else if (first <= _lastId || last < first)
                _wrong = $"batch {id} claims rows of another";
            else if (Stray(_lastId, first) is { } stray)
                _wrong = $"{Place(stray)} is in no batch";
            if (_wrong is not null)
                return;
            long found = Hash(first, last);
            if (found != rows)
                _wrong = $"batch {id} ({Place(first)} to {Place(last)}) "
                    + $"has {found} rows, not {rows}";
            else if (!_chain.Last.SequenceEqual(hash))
                _wrong = $"batch {id} ({Place(first)} to {Place(last)}) was changed";
            if (_wrong is not null)
                return;
            (_lastBatch, _lastId) = (id, last);
            _rows += rows;
            _batches++;
        }

        private long Hash(long first, long last)
        {
            _chain.Begin(BootOf(first));
            if (db.Prepare(
                $"SELECT {Columns} FROM record r WHERE r.id BETWEEN {first} AND {last} "
                    + "ORDER BY r.id",
                out Statement? s) != raw.SQLITE_OK)
                return -1;
            long count = 0;
            using (s)
            {
                for (; s!.Step() == raw.SQLITE_ROW; count++)
                {
                    JournalRecord record = Read(s);
                    if (s.Long(18) != StoredRow.FlagOf(record))
                        _wrong = $"{Place(s.Long(0))} is marked as what it is not";
                    _chain.Add(record);
                }
            }

            _chain.End();
            return count;
        }

        private string? After()
        {
            if (Stray(_lastId, long.MaxValue) is { } stray)
                return $"{Place(stray)} is in no batch";
            foreach (History.ArchivedBoot boot in archive.Boots)
            {
                if (boot.Number == _lastId >> ArchiveSchema.SeqBits
                    && boot.LastSeq != (_lastId & ArchiveSchema.SeqMask))
                    return $"boot {boot.Boot} claims rows up to {boot.LastSeq}, "
                        + $"the last batch ends at {_lastId & ArchiveSchema.SeqMask}";
            }

            return null;
        }

        private long? Stray(long after, long before)
        {
            db.ReadLong(
                $"SELECT id FROM record WHERE id > {after} AND id < {before} ORDER BY id LIMIT 1",
                out long id);
            return id == 0 ? null : id;
        }

        private JournalRecord Read(Statement s) => new()
        {
            Seq = s.Long(0) & ArchiveSchema.SeqMask,
            Time = new Instant(s.Long(1), s.Long(2)),
            Kind = (RecordKind)s.Long(3),
            Unit = _names.Text(s, 4),
            From = _names.Text(s, 5),
            To = _names.Text(s, 6),
            Result = _names.Text(s, 7),
            Cause = (CauseKind)s.Long(8),
            CauseSeq = s.Long(9),
            Transaction = s.Long(10),
            Job = s.Long(11),
            Pid = (int)s.Long(12),
            ExitKind = (ExitKind)s.Long(13),
            ExitCode = (int)s.Long(14),
            Uid = (int)s.Long(15),
            Comm = _names.Text(s, 16),
            Text = s.Text(17),
        };

        private string Place(long id) =>
            $"row {id & ArchiveSchema.SeqMask} of boot {BootOf(id)}";

        private string BootOf(long id)
        {
            foreach (History.ArchivedBoot boot in archive.Boots)
            {
                if (boot.Number == id >> ArchiveSchema.SeqBits)
                    return boot.Boot;
            }

            return "?";
        }
    }
}
