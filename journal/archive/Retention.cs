using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Archive;

/// <summary>
/// Gives up the oldest rows, one batch (at most some 500 rows, a few milliseconds) at a time. The
/// newest batch always stays, so that the numbers and the hash chain go on; the hash of the last
/// batch that went is kept, so that the rest can still be verified.
/// </summary>
internal sealed class Retention(Database db, ArchiveLimits limits)
{
    private const int VacuumPages = 64;
    private const int SparePages = 256;

    /// <summary>One step.</summary>
    /// <param name="more">Another one would do something, too.</param>
    public int Step(long nowUs, out bool more)
    {
        more = false;
        int code = db.ReadLong("PRAGMA page_count", out long pages);
        if (code == raw.SQLITE_OK)
            code = db.ReadLong("PRAGMA freelist_count", out long free) is var read
                && read != raw.SQLITE_OK ? read : Decide(nowUs, pages, free, out more);
        return code;
    }

    private int Decide(long nowUs, long pages, long free, out bool more)
    {
        more = false;
        int code = ReadOldest(out Oldest oldest);
        if (code != raw.SQLITE_OK)
            return code;
        bool tooMuch = limits.MaxBytes > 0 && (pages - free) * 4096 > limits.MaxBytes;
        bool tooOld = limits.MaxAgeUs > 0 && oldest.Real < nowUs - limits.MaxAgeUs;
        if (!oldest.IsLast && (tooMuch || tooOld))
        {
            more = true;
            return Give(oldest);
        }

        // Pages that are free are used again; a file that was much larger once gives them back.
        if (free <= Math.Max(SparePages, pages / 4))
            return raw.SQLITE_OK;
        more = true;
        return Vacuum();
    }

    // Each step of the pragma frees one page.
    private int Vacuum()
    {
        int code = db.Prepare($"PRAGMA incremental_vacuum({VacuumPages})", out Statement? s);
        if (s is null)
            return code;
        using (s)
        {
            do
            {
                code = s.Step();
            }
            while (code == raw.SQLITE_ROW);
            return code == raw.SQLITE_DONE ? raw.SQLITE_OK : code;
        }
    }

    private int ReadOldest(out Oldest oldest)
    {
        oldest = default;
        int code = db.Prepare(
            "SELECT b.id, b.first_id, b.last_id, b.rows, coalesce(r.real, 0), "
            + "b.id = (SELECT max(id) FROM batch) FROM batch b "
            + "LEFT JOIN record r ON r.id = b.last_id "
            + "ORDER BY b.id LIMIT 1",
            out Statement? s);
        if (s is null)
            return code;
        using (s)
        {
            code = s.Step();
            oldest = code == raw.SQLITE_ROW
                ? new Oldest(s.Long(0), s.Long(2), s.Long(3), s.Long(4), s.Long(5) != 0)
                : new Oldest(0, 0, 0, 0, true);
            if (code == raw.SQLITE_ROW)
                s.Reset();
            return code is raw.SQLITE_ROW or raw.SQLITE_DONE ? raw.SQLITE_OK : code;
        }
    }

    private int Give(in Oldest batch)
    {
        long boot = batch.LastId >> ArchiveSchema.SeqBits;
        long seq = batch.LastId & ArchiveSchema.SeqMask;
        int code = db.Execute(
            "BEGIN IMMEDIATE;"
            + "INSERT OR REPLACE INTO meta SELECT 'anchor_hash', hash FROM batch WHERE id = "
            + $"{batch.Id};"
            + $"INSERT OR REPLACE INTO meta VALUES('anchor_batch', {batch.Id});"
            + $"INSERT OR REPLACE INTO meta VALUES('anchor_id', {batch.LastId});"
            + $"DELETE FROM batch WHERE id = {batch.Id};"
            + $"DELETE FROM record WHERE id <= {batch.LastId};"
            + $"DELETE FROM hour WHERE last_id <= {batch.LastId};"
            + $"UPDATE boot SET first_seq = {seq + 1}, rows = rows - {batch.Rows} "
            + $"WHERE boot_no = {boot};"
            + $"DELETE FROM boot WHERE boot_no <= {boot} AND last_seq < first_seq "
            + "AND boot_no < (SELECT max(boot_no) FROM boot);"
            + "COMMIT");
        if (code != raw.SQLITE_OK && db.InTransaction)
            db.Execute("ROLLBACK");
        return code;
    }

    private readonly record struct Oldest(long Id, long LastId, long Rows, long Real, bool IsLast);
}
