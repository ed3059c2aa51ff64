using System.Buffers;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.Live;

/// <summary>
/// An open live.db with its prepared statements: one <see cref="Write"/> is one transaction. It
/// decides nothing: every failure is a result code, after which nothing of the batch is stored and
/// the connection is usable again. Zero managed bytes a row once its buffers have grown.
/// </summary>
internal sealed class LiveStore : IDisposable
{
    /// <summary>Rows deleted at once when the store is full: about 3 ms.</summary>
    public const int TrimRows = 512;

    private readonly Database _db;
    private readonly List<Statement> _all = [];
    private readonly ArrayBufferWriter<byte> _state = new(4096);
    private Statement _begin = null!;
    private Statement _commit = null!;
    private Statement _rollback = null!;
    private Statement _insert = null!;
    private Statement _putUnit = null!;
    private Statement _dropUnit = null!;
    private Statement _dropUnits = null!;
    private Statement _putEngine = null!;
    private Statement _putEnded = null!;
    private Statement _dropEnded = null!;
    private Statement _dropAllEnded = null!;
    private Statement _first = null!;
    private Statement _rowsAfter = null!;
    private Statement _rowsBefore = null!;

    // Up to which number ended transactions are stored; what a file held before is another's.
    private long _endedStored = -1;

    private LiveStore(Database db) => _db = db;

    /// <summary>The last committed row's number; 0 in an empty store.</summary>
    public long Head { get; private set; }

    /// <summary>The connection, for what is not on the hot path.</summary>
    public Database Database => _db;

    /// <summary>
    /// Takes over a connection that has the schema; on failure it stays the caller's.
    /// </summary>
    public static int Create(Database db, out LiveStore? store)
    {
        store = new LiveStore(db);
        int code = store.PrepareAll();
        if (code == raw.SQLITE_OK)
        {
            code = db.ReadLong("SELECT max(seq) FROM record", out long head);
            store.Head = head;
        }

        if (code != raw.SQLITE_OK)
        {
            // The connection stays the caller's, who asks it what was wrong.
            store.DisposeStatements();
            store = null;
        }

        return code;
    }

    /// <summary>Writes a batch as one transaction.</summary>
    /// <returns>0, or the code of the first failure; then nothing was written.</returns>
    public int Write(in LiveBatch batch, IDegradedRing ring)
    {
        long head = Head;
        int code = _begin.Run();
        if (code == raw.SQLITE_OK)
            code = WriteAll(batch, ring, ref head);
        if (code == raw.SQLITE_OK)
            code = _commit.Run();
        if (code == raw.SQLITE_OK)
        {
            Head = head;
            if (batch.WritesEngine)
                _endedStored = batch.States.LastEnded;
            return code;
        }

        RollBack();
        return code;
    }

    /// <summary>
    /// Deletes the oldest rows and leaves one gap row for all that were ever trimmed and that no
    /// archive has.
    /// </summary>
    /// <param name="archived">Rows up to this number are elsewhere.</param>
    /// <param name="trimmed">Rows deleted; 0 when so few are left that it would not help.</param>
    public int Trim(long archived, out long trimmed)
    {
        trimmed = 0;
        int code = _begin.Run();
        if (code == raw.SQLITE_OK)
            code = TrimInside(archived, out trimmed);
        if (code == raw.SQLITE_OK)
            code = _commit.Run();
        if (code != raw.SQLITE_OK)
            RollBack();
        return code;
    }

    /// <summary>The lowest number of a row; 0 in an empty store.</summary>
    public long First()
    {
        long first = _first.Step() == raw.SQLITE_ROW ? _first.Long(0) : 0;
        _first.Reset();
        return first;
    }

    /// <summary>
    /// The next row's number after one, for looks over a range without rows, which a damaged number
    /// can make endless; 0 for none, and where it cannot be read, which the look itself then says.
    /// </summary>
    public long NextAfter(long seq) => Number($"SELECT min(seq) FROM record WHERE seq > {seq}");

    /// <summary>The last row's number before one; 0 as of <see cref="NextAfter"/>.</summary>
    public long LastBefore(long seq) => Number($"SELECT max(seq) FROM record WHERE seq < {seq}");

    private long Number(FormattableString sql)
    {
        int code = _db.ReadLong(FormattableString.Invariant(sql), out long found);
        return code == raw.SQLITE_OK ? found : 0;
    }

    /// <summary>
    /// Rows after a number and up to another, ascending; the caller steps and resets it.
    /// </summary>
    /// <param name="unit">Only this unit's; null for all. SQLite leaves the others out: a row that
    /// does not match then costs 50 ns instead of 700.</param>
    /// <param name="transaction">Only this transaction's; 0 for all.</param>
    public Statement RowsAfter(long seq, long last, string? unit, long transaction) =>
        Bound(_rowsAfter, seq, last, unit, transaction);

    /// <summary>
    /// Rows before a number and from another on, descending; the caller steps and resets it.
    /// </summary>
    public Statement RowsBefore(long seq, long first, string? unit, long transaction) =>
        Bound(_rowsBefore, seq, first, unit, transaction);

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeStatements();
        _db.Dispose();
    }

    private void DisposeStatements()
    {
        foreach (Statement statement in _all)
            statement.Dispose();
    }

    private int WriteAll(in LiveBatch batch, IDegradedRing ring, ref long head)
    {
        int code = raw.SQLITE_OK;
        for (int i = 0; batch.CatchUp && i < ring.Count && code == raw.SQLITE_OK; i++)
        {
            // A slot that a crash tore is left out and shows as a hole.
            if (RecordCodec.TryDecode(ring.Read(i), out JournalRecord kept) && kept.Seq > head)
                code = WriteRow(kept, batch.HoleReason, ref head);
        }

        for (int i = 0; i < batch.Records.Count && code == raw.SQLITE_OK; i++)
            code = WriteRow(batch.Records[i], batch.HoleReason, ref head);
        if (code == raw.SQLITE_OK)
            code = batch.CatchUp ? WriteAllUnits(batch) : WriteChangedUnits(batch);
        if (code == raw.SQLITE_OK && batch.WritesEngine)
            code = WriteEngine(batch.States);
        return code == raw.SQLITE_OK && batch.WritesEngine
            ? WriteEnded(batch.States, batch.CatchUp)
            : code;
    }

    private int WriteRow(in JournalRecord record, string holeReason, ref long head)
    {
        if (record.Seq > head + 1)
        {
            RecordColumns.Bind(
                _insert, GapWords.Row(head + 1, record.Seq - 1, holeReason, record.Time));
            int code = _insert.Run();
            if (code != raw.SQLITE_OK)
                return code;
        }

        head = Math.Max(head, record.Seq);
        RecordColumns.Bind(_insert, record);
        return _insert.Run();
    }

    private int WriteChangedUnits(in LiveBatch batch)
    {
        int code = raw.SQLITE_OK;
        for (int i = 0; i < batch.Changed.Count && code == raw.SQLITE_OK; i++)
            code = WriteUnit(batch.States, batch.Changed[i]);
        return code;
    }

    private int WriteAllUnits(in LiveBatch batch)
    {
        int code = _dropUnits.Run();
        for (int i = 0; i < batch.States.UnitCount && code == raw.SQLITE_OK; i++)
            code = WriteUnit(batch.States, batch.States.UnitAt(i));
        return code;
    }

    private int WriteUnit(IStateSource states, UnitId unit)
    {
        string? name = states.UnitNameOf(unit);
        if (name is null)
            return raw.SQLITE_OK;
        _state.ResetWrittenCount();
        states.WriteUnit(unit, _state);
        Statement statement = _state.WrittenCount == 0 ? _dropUnit : _putUnit;
        statement.BindText(1, name);
        if (_state.WrittenCount > 0)
            statement.BindBlob(2, _state.WrittenSpan);
        return statement.Run();
    }

    private int WriteEngine(IStateSource states)
    {
        _state.ResetWrittenCount();
        states.WriteEngine(_state, withEnded: false);
        _putEngine.BindBlob(1, _state.WrittenSpan);
        return _putEngine.Run();
    }

    // Those that ended since the last commit, and none that is too old: both are few.
    private int WriteEnded(IStateSource states, bool catchUp)
    {
        long last = states.LastEnded;
        bool anew = catchUp || _endedStored < 0 || last < _endedStored;
        if (!anew && last == _endedStored)
            return raw.SQLITE_OK;
        long from = anew ? states.FirstEnded : Math.Max(_endedStored + 1, states.FirstEnded);
        _dropEnded.Bind(1, states.FirstEnded);
        int code = anew ? _dropAllEnded.Run() : _dropEnded.Run();
        for (long number = from; number <= last && code == raw.SQLITE_OK; number++)
        {
            _state.ResetWrittenCount();
            states.WriteEnded(number, _state);
            _putEnded.Bind(1, number);
            _putEnded.BindBlob(2, _state.WrittenSpan);
            code = _putEnded.Run();
        }

        return code;
    }

    private int TrimInside(long archived, out long trimmed)
    {
        trimmed = 0;
        int code = _db.ReadLong(
            $"SELECT seq FROM record ORDER BY seq LIMIT 1 OFFSET {TrimRows - 1}", out long cut);
        if (code != raw.SQLITE_OK || cut == 0 || cut >= Head)
            return code;
        JournalRecord last = default;
        code = ReadRow("ORDER BY seq LIMIT 1", out JournalRecord oldest);
        if (code == raw.SQLITE_OK)
            code = ReadRow($"WHERE seq = {cut}", out last);
        if (code == raw.SQLITE_OK)
            code = _db.Execute($"DELETE FROM record WHERE seq <= {cut}");
        if (code != raw.SQLITE_OK)
            return code;
        long first = oldest.Kind == RecordKind.Gap && long.TryParse(oldest.From, out long from)
            ? from
            : oldest.Seq;
        trimmed = TrimRows;
        if (cut <= archived)
            return code;
        first = Math.Max(first, archived + 1);
        RecordColumns.Bind(_insert, GapWords.Row(first, cut, GapWords.Trimmed, last.Time));
        return _insert.Run();
    }

    private int ReadRow(string clause, out JournalRecord record)
    {
        record = default;
        int code = _db.Prepare(
            $"SELECT {RecordColumns.Names} FROM record {clause}", out Statement? statement);
        if (statement is null)
            return code;
        using (statement)
        {
            code = statement.Step();
            if (code != raw.SQLITE_ROW)
                return code == raw.SQLITE_DONE ? raw.SQLITE_CORRUPT : code;
            record = RecordColumns.Read(statement);
            return raw.SQLITE_OK;
        }
    }

    // SQLite rolls back by itself after many errors; a ROLLBACK then would be one more.
    private void RollBack()
    {
        if (_db.InTransaction)
            _rollback.Run();
    }

    private int PrepareAll()
    {
        const string select = "SELECT " + RecordColumns.Names + " FROM record WHERE ";
        const string filter = "(?3 IS NULL OR unit = ?3) AND (?4 = 0 OR tx = ?4) ";
        int code = raw.SQLITE_OK;
        _begin = Prepare("BEGIN IMMEDIATE", ref code);
        _commit = Prepare("COMMIT", ref code);
        _rollback = Prepare("ROLLBACK", ref code);
        _insert = Prepare(RecordColumns.Insert, ref code);
        _putUnit = Prepare(
            "INSERT INTO unit_state(name, blob) VALUES(?1, ?2) "
            + "ON CONFLICT(name) DO UPDATE SET blob = excluded.blob",
            ref code);
        _dropUnit = Prepare("DELETE FROM unit_state WHERE name = ?1", ref code);
        _dropUnits = Prepare("DELETE FROM unit_state", ref code);
        _putEngine = Prepare(
            "INSERT INTO engine_state(id, blob) VALUES(1, ?1) "
            + "ON CONFLICT(id) DO UPDATE SET blob = excluded.blob",
            ref code);
        _putEnded = Prepare("INSERT INTO ended_state(number, blob) VALUES(?1, ?2)", ref code);
        _dropEnded = Prepare("DELETE FROM ended_state WHERE number < ?1", ref code);
        _dropAllEnded = Prepare("DELETE FROM ended_state", ref code);
        _first = Prepare("SELECT min(seq) FROM record", ref code);
        _rowsAfter = Prepare(
            select + "seq > ?1 AND seq <= ?2 AND " + filter + "ORDER BY seq", ref code);
        _rowsBefore = Prepare(
            select + "seq < ?1 AND seq >= ?2 AND " + filter + "ORDER BY seq DESC", ref code);
        return code;
    }

    private static Statement Bound(
        Statement statement, long from, long to, string? unit, long transaction)
    {
        statement.Bind(1, from);
        statement.Bind(2, to);
        statement.BindText(3, unit);
        statement.Bind(4, transaction);
        return statement;
    }

    private Statement Prepare(string sql, ref int code)
    {
        if (code != raw.SQLITE_OK)
            return null!;
        code = _db.Prepare(sql, out Statement? statement);
        if (statement is not null)
            _all.Add(statement);
        return statement!;
    }
}
