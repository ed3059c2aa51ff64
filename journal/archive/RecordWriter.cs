using InitTx.Core.Ports;
using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Archive;

/// <summary>
/// Writes the rows of one batch with all that is counted from them, inside the caller's
/// transaction. The first failure is what <see cref="Write"/> or <see cref="End"/> returns.
/// </summary>
internal sealed class RecordWriter(Database db, NameTable names) : IDisposable
{
    private readonly RollUps _rollUps = new(db, names);
    private Statement? _insert;
    private Statement? _hour;
    private Statement? _boot;
    private Statement? _batch;
    private long _bootNumber;
    private long _first;
    private Counters _count;

    public void Begin(long bootNumber, long lastSeq)
    {
        _bootNumber = bootNumber;
        _first = 0;
        _count = new Counters { LastSeq = lastSeq };
    }

    /// <summary>Writes one row, already in its stored form.</summary>
    public int Write(in JournalRecord r)
    {
        int code = Ready();
        if (code != raw.SQLITE_OK)
            return code;
        long id = (_bootNumber << ArchiveSchema.SeqBits) | r.Seq;
        _first = _first == 0 ? id : _first;
        Bind(_insert!, id, r);
        code = names.Fault != raw.SQLITE_OK ? names.Fault : _insert!.Run();
        if (code == raw.SQLITE_OK)
            code = Hour(r.Time.RealtimeUs / ArchiveSchema.HourUs, id);
        if (code == raw.SQLITE_OK
            && r is { Kind: RecordKind.Transition, Unit: { } unit, To: { } to })
            code = _rollUps.Entered(_bootNumber, unit, to, r.Time);
        _count.Take(r);
        return code;
    }

    /// <summary>A new boot: no state of the one before goes on.</summary>
    public int CloseStates() => _rollUps.CloseAll();

    /// <summary>Ends the batch.</summary>
    public int End(long batch, ReadOnlySpan<byte> hash)
    {
        _batch!.Bind(1, batch);
        _batch.Bind(2, _first);
        _batch.Bind(3, (_bootNumber << ArchiveSchema.SeqBits) | _count.LastSeq);
        _batch.Bind(4, _count.Rows);
        _batch.BindBlob(5, hash);
        int code = _batch.Run();
        if (code != raw.SQLITE_OK)
            return code;
        Statement s = _boot!;
        s.Bind(1, _bootNumber);
        s.Bind(2, _count.LastSeq);
        s.Bind(3, _count.LastReal);
        s.Bind(4, _count.LastMono);
        s.Bind(5, _count.Rows);
        s.Bind(6, _count.Gaps);
        s.Bind(7, _count.Reexecs);
        s.Bind(8, _count.Crashes);
        s.Bind(9, _count.Hangs);
        s.BindText(10, _count.BootText);
        return s.Run();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _insert?.Dispose();
        _hour?.Dispose();
        _boot?.Dispose();
        _batch?.Dispose();
        _rollUps.Dispose();
    }

    private int Hour(long hour, long id)
    {
        _hour!.Bind(1, Math.Max(0, hour));
        _hour.Bind(2, id);
        return _hour.Run();
    }

    private void Bind(Statement s, long id, in JournalRecord r)
    {
        s.Bind(1, id);
        s.Bind(2, r.Time.RealtimeUs);
        s.Bind(3, r.Time.MonotonicUs);
        s.Bind(4, (long)r.Kind);
        s.Bind(5, StoredRow.FlagOf(r));
        Name(s, 6, r.Unit);
        Name(s, 7, r.From);
        Name(s, 8, r.To);
        Name(s, 9, r.Result);
        s.Bind(10, (long)r.Cause);
        s.Bind(11, r.CauseSeq);
        s.Bind(12, r.Transaction);
        s.Bind(13, r.Job);
        s.Bind(14, r.Pid);
        s.Bind(15, (long)r.ExitKind);
        s.Bind(16, r.ExitCode);
        s.Bind(17, r.Uid);
        Name(s, 18, r.Comm);
        s.BindText(19, r.Text);
    }

    private void Name(Statement s, int index, string? text)
    {
        if (names.Intern(text) is { } id)
            s.Bind(index, id);
        else
            s.BindText(index, null);
    }

    private int Ready()
    {
        if (_insert is not null)
            return raw.SQLITE_OK;
        int code = db.Prepare(
            "INSERT INTO hour VALUES(?1, ?2, ?2) ON CONFLICT(hour) DO UPDATE SET "
            + "first_id = min(first_id, excluded.first_id), "
            + "last_id = max(last_id, excluded.last_id)",
            out _hour);
        if (code == raw.SQLITE_OK)
            code = db.Prepare(
                "UPDATE boot SET last_seq = ?2, last_real = ?3, last_mono = ?4, rows = rows + ?5, "
                + "gaps = gaps + ?6, reexecs = reexecs + ?7, crashes = crashes + ?8, "
                + "hangs = hangs + ?9, text = coalesce(text, ?10) WHERE boot_no = ?1",
                out _boot);
        if (code == raw.SQLITE_OK)
            code = db.Prepare("INSERT INTO batch VALUES(?1, ?2, ?3, ?4, ?5)", out _batch);
        if (code == raw.SQLITE_OK)
            code = _rollUps.Prepare();
        return code == raw.SQLITE_OK
            ? db.Prepare(
                $"INSERT INTO record({string.Join(", ", ArchiveSchema.RecordNames)}) VALUES(?1,?2,"
                + "?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)",
                out _insert)
            : code;
    }

    private struct Counters
    {
        public long LastSeq;
        public long LastReal;
        public long LastMono;
        public long Rows;
        public long Gaps;
        public long Reexecs;
        public long Crashes;
        public long Hangs;
        public string? BootText;

        public void Take(in JournalRecord r)
        {
            LastSeq = r.Seq;
            LastReal = r.Time.RealtimeUs;
            LastMono = r.Time.MonotonicUs;
            Rows++;
            Gaps += r.Kind == RecordKind.Gap ? 1 : 0;
            Reexecs += r.Kind == RecordKind.Reexec ? 1 : 0;
            Crashes += r.Kind == RecordKind.Crash ? 1 : 0;
            Hangs += r.Kind == RecordKind.Hang ? 1 : 0;
            BootText = r.Kind == RecordKind.Boot ? r.Text ?? BootText : BootText;
        }
    }
}
