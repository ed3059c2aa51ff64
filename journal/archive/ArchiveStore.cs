using InitTx.Core.Ports;
using InitTx.Journal.Live;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace InitTx.Archive;

/// <summary>
/// The writing side of archive.db. Promises:
/// <list type="number">
/// <item>A page of rows, its hash, its roll-ups and the boot's new last number are one synchronised
/// transaction: after any crash the next page goes on exactly there.</item>
/// <item>A row is stored once, whatever is sent again; a hole in the numbers is a gap row.</item>
/// <item>No failure throws: each call gives SQLite's code, and nothing of it was written.</item>
/// </list>
/// One thread.
/// </summary>
internal sealed class ArchiveStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Database _db;
    private readonly NameTable _names;
    private readonly RecordWriter _writer;
    private readonly HashChain _chain = new();
    private readonly Retention _retention;

    private ArchiveStore(SqliteConnection connection, ArchiveLimits limits)
    {
        _connection = connection;
        _db = Database.Over(connection.Handle!);
        _names = new NameTable(_db);
        _writer = new RecordWriter(_db, _names);
        _retention = new Retention(_db, limits);
    }

    /// <summary>What the last failure said.</summary>
    public string LastError => _db.LastError;

    /// <summary>Opens a path; null with SQLite's code and words.</summary>
    public static ArchiveStore? Open(
        string path, ArchiveLimits limits, out int code, out string problem,
        Action? beforeLong = null)
    {
        SqliteConnection? connection = ArchiveOpener.Open(
            path, out code, out problem, beforeLong);
        return connection is null ? null : new ArchiveStore(connection, limits);
    }

    /// <summary>
    /// Writes no longer synchronously, with a large cache: for archives that are made for
    /// measurements.
    /// </summary>
    public void Relax() => _db.Execute(
        "PRAGMA synchronous=OFF; PRAGMA cache_size=-131072; PRAGMA wal_autocheckpoint=20000");

    /// <summary>The last row of a boot that is kept; 0 for none.</summary>
    /// <param name="mono">When that was, since boot; -1 for none.</param>
    public int KeptOf(string boot, out long seq, out long mono)
    {
        int code = FindBoot(boot, out BootRow row);
        seq = row.LastSeq;
        mono = row.Exists ? row.LastMono : -1;
        return code;
    }

    /// <summary>
    /// Stores the rows of a page that are not there yet.
    /// </summary>
    /// <param name="anew">The numbers of this boot began again at 1: what is kept of it is another
    /// history, and these rows become a boot of their own.</param>
    /// <param name="kept">The last row of the boot that is on disk now.</param>
    public int Append(string boot, IReadOnlyList<JournalRecord> rows, bool anew, out long kept)
    {
        kept = 0;
        int code = _db.Execute("BEGIN IMMEDIATE");
        if (code != raw.SQLITE_OK)
            return code;
        code = AppendInside(boot, rows, anew, out long last);
        if (code == raw.SQLITE_OK)
            code = _names.Fault;
        if (code == raw.SQLITE_OK)
            code = _db.Execute("COMMIT");
        if (code == raw.SQLITE_OK)
        {
            kept = last;
            return code;
        }

        if (_db.InTransaction)
            _db.Execute("ROLLBACK");
        _names.Forget();
        return code;
    }

    /// <summary>Gives up a little of what is too old or too much.</summary>
    /// <param name="more">There is more to give up now.</param>
    public int Tidy(long nowUs, out bool more) => _retention.Step(nowUs, out more);

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _names.Dispose();
        _connection.Dispose();
    }

    private int AppendInside(
        string boot, IReadOnlyList<JournalRecord> rows, bool anew, out long last)
    {
        int code = FindBoot(boot, out BootRow known);
        last = known.LastSeq;
        if (code != raw.SQLITE_OK)
            return code;
        if (anew && known.Exists)
        {
            boot = $"{boot}.{known.Restarts + 2}";
            known = default;
            last = 0;
        }

        int from = 0;
        while (from < rows.Count && rows[from].Seq <= known.LastSeq)
            from++;
        if (from == rows.Count)
            return code;
        if (!known.Exists)
        {
            code = NewBoot(boot, rows[from], ref known);
            if (code != raw.SQLITE_OK)
                return code;
        }

        return WriteBatch(known, rows, from, out last);
    }

    private int WriteBatch(BootRow boot, IReadOnlyList<JournalRecord> rows, int from, out long last)
    {
        last = boot.LastSeq;
        int code = ReadChainEnd(out long batch);
        if (code != raw.SQLITE_OK)
            return code;
        _chain.Begin(boot.Uuid);
        _writer.Begin(boot.Number, last);
        for (int i = from; i < rows.Count && code == raw.SQLITE_OK; i++)
        {
            JournalRecord row = Clamped(rows[i], last);
            long first = row.Kind == RecordKind.Gap && long.TryParse(row.From, out long begun)
                ? Math.Min(begun, row.Seq)
                : row.Seq;
            if (first > last + 1 && last > 0)
            {
                code = Write(GapWords.Row(last + 1, first - 1, GapWords.Unknown, row.Time));
                if (code != raw.SQLITE_OK)
                    break;
            }

            code = Write(row);
            last = row.Seq;
        }

        _chain.End();
        if (code == raw.SQLITE_OK)
            code = _writer.End(batch + 1, _chain.Last);
        return code;
    }

    private int Write(in JournalRecord row)
    {
        JournalRecord stored = StoredRow.Normal(row);
        _chain.Add(stored);
        return _writer.Write(stored);
    }

    // The live journal may count rows as lost that were taken from it before.
    private static JournalRecord Clamped(in JournalRecord row, long last) =>
        row.Kind == RecordKind.Gap && long.TryParse(row.From, out long first) && first <= last
            ? GapWords.Row(last + 1, row.Seq, row.Result ?? GapWords.Unknown, row.Time)
            : row;

    private int FindBoot(string boot, out BootRow row)
    {
        row = default;
        int code = _db.Prepare(
            "SELECT boot_no, uuid, last_seq, last_mono, (SELECT count(*) FROM boot "
            + "WHERE uuid GLOB ?1 || '.*') FROM boot "
            + "WHERE uuid = ?1 OR uuid GLOB ?1 || '.*' ORDER BY boot_no DESC LIMIT 1",
            out Statement? s);
        if (s is null)
            return code;
        using (s)
        {
            s.BindTextOrEmpty(1, boot);
            code = s.Step();
            if (code == raw.SQLITE_ROW)
            {
                row = new BootRow(true, s.Long(0), s.Text(1)!, s.Long(2), s.Long(3), s.Long(4));
                s.Reset();
            }

            return code is raw.SQLITE_ROW or raw.SQLITE_DONE ? raw.SQLITE_OK : code;
        }
    }

    private int NewBoot(string uuid, in JournalRecord first, ref BootRow row)
    {
        int code = _db.ReadLong("SELECT coalesce(max(boot_no), 0) + 1 FROM boot", out long number);
        if (code == raw.SQLITE_OK)
            code = _writer.CloseStates();
        if (code == raw.SQLITE_OK)
            code = _db.Prepare(
                "INSERT INTO boot(boot_no, uuid, first_seq, last_seq, first_real, last_real, "
                + "last_mono, rows, gaps, reexecs, crashes, hangs) "
                + "VALUES(?1, ?2, ?5, 0, ?3, ?3, ?4, 0, 0, 0, 0, 0)",
                out Statement? s) is var prepared && s is not null
                ? Insert(s, number, uuid, first)
                : prepared;
        row = new BootRow(true, number, uuid, 0, 0, 0);
        return code;
    }

    private static int Insert(Statement s, long number, string uuid, in JournalRecord first)
    {
        using (s)
        {
            s.Bind(1, number);
            s.BindTextOrEmpty(2, uuid);
            s.Bind(3, first.Time.RealtimeUs);
            s.Bind(4, first.Time.MonotonicUs);
            s.Bind(5, first.Seq);
            return s.Run();
        }
    }

    // Read each time: another archive process may have written since.
    private int ReadChainEnd(out long batch)
    {
        batch = 0;
        int code = _db.Prepare(
            "SELECT id, hash FROM batch ORDER BY id DESC LIMIT 1", out Statement? s);
        if (s is null)
            return code;
        using (s)
        {
            code = s.Step();
            _chain.GoOnAfter(code == raw.SQLITE_ROW ? s.Blob(1) : []);
            if (code == raw.SQLITE_ROW)
            {
                batch = s.Long(0);
                s.Reset();
            }

            return code is raw.SQLITE_ROW or raw.SQLITE_DONE ? raw.SQLITE_OK : code;
        }
    }

    /// <param name="Restarts">How often the numbers of this boot began anew.</param>
    private readonly record struct BootRow(
        bool Exists, long Number, string Uuid, long LastSeq, long LastMono, long Restarts);
}
