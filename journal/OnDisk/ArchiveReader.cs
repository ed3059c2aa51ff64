using System.Globalization;
using System.Text;
using InitTx.Journal.History;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.OnDisk;

/// <summary>
/// archive.db, opened to read: beside the archive process that writes it, or without one. Every
/// query leads to a range of ids and one index, so that it costs what it answers, not what is kept.
/// One thread.
/// </summary>
public sealed class ArchiveReader : IHistoryArchive
{
    private readonly Database _db;
    private readonly NameTable _names;
    private readonly ArchivedStates _states;
    private readonly bool _indexed;
    private readonly Dictionary<long, string> _bootIds = [];
    private List<ArchivedBoot>? _boots;

    private ArchiveReader(Database db, string uri, bool indexed)
    {
        _db = db;
        Uri = uri;
        _indexed = indexed;
        _names = new NameTable(db);
        _states = new ArchivedStates(db, _names, indexed, Did);
    }

    /// <inheritdoc/>
    public string? Problem { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<ArchivedBoot> Boots => _boots ??= ReadBoots();

    /// <summary>What it was opened by.</summary>
    internal string Uri { get; }

    internal Database Database => _db;

    /// <summary>Opens a file.</summary>
    /// <param name="problem">Why there is none, for a person; empty when there never was
    /// one.</param>
    public static ArchiveReader? Open(string path, out string problem)
    {
        problem = "";
        if (!File.Exists(path))
        {
            problem = Directory.Exists(Path.GetDirectoryName(path) ?? "/")
                ? ""
                : $"{path}: missing";
            return null;
        }

        // A log beside it that nobody may write to the index of is read with the file alone.
        string name = EscapedPath(path);
        foreach (string uri in (string[])[$"file:{name}?mode=ro", $"file:{name}?immutable=1"])
        {
            problem = TryOpen(uri, out ArchiveReader? reader);
            if (reader is not null)
                return reader;
            if (File.Exists(path + "-wal"))
                break;
        }

        problem = $"{path}: {problem}";
        return null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<HistoryRow> Query(HistoryQuery query)
    {
        if (query.Limit <= 0 || !TryRange(query, out long first, out long last))
            return [];
        if (query.Units.Count == 0)
            return Ordered(query, ByFlags(query, first, last));
        var rows = new List<HistoryRow>();
        bool entered = _indexed && query.Kinds is ["transition"];
        foreach (string unit in query.Units)
        {
            if (_names.Find(unit) is { } id)
                Read(
                    query, $"unit = {id} AND unit IS NOT NULL" + (entered ? " AND kind = 0" : ""),
                    entered ? "record_enter" : "record_unit", first, last, rows);
        }

        return Ordered(query, rows);
    }

    /// <inheritdoc/>
    public IReadOnlyList<UnitDay> Days(string? unit, long sinceDay) =>
        _states.Days(unit, sinceDay);

    /// <inheritdoc/>
    public IReadOnlyList<UnitNow> Current(string? unit) => _states.Current(unit);

    /// <inheritdoc/>
    public StatesThen? StatesAt(long atUs) => _states.At(Boots, atUs);

    /// <inheritdoc/>
    public SqlAnswer Sql(string sql, SqlLimits? limits = null) => ReadOnlySql.Run(_db, sql, limits);

    /// <inheritdoc/>
    public void Dispose()
    {
        _names.Dispose();
        _db.Dispose();
    }

    private static string EscapedPath(string path) => path
        .Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3f", StringComparison.Ordinal)
        .Replace("#", "%23", StringComparison.Ordinal);

    private static string TryOpen(string uri, out ArchiveReader? reader)
    {
        reader = null;
        int code = Database.OpenToRead(uri, out Database? db);
        if (db is null)
            return Database.TextOf(code);
        raw.sqlite3_busy_timeout(db.Handle, 2_000);
        code = db.ReadLong("PRAGMA application_id", out long application);
        string? wrong = null;
        if (code == raw.SQLITE_OK && application != ArchiveSchema.ApplicationId)
            wrong = "is not an archive";
        long version = 0;
        if (code == raw.SQLITE_OK)
            code = db.ReadLong("PRAGMA user_version", out version);
        if (wrong is null && code == raw.SQLITE_OK
            && version / 1000 != ArchiveSchema.Version / 1000)
            wrong = $"has version {version}, which this initx does not read";
        if (code == raw.SQLITE_OK && wrong is null)
        {
            db.Execute("PRAGMA cache_size=-4000; PRAGMA trusted_schema=OFF");
            reader = new ArchiveReader(db, uri, indexed: version % 1000 >= 1);
            return "";
        }

        string text = wrong ?? db.LastError;
        db.Dispose();
        return text;
    }

    private static IReadOnlyList<HistoryRow> Ordered(HistoryQuery query, List<HistoryRow> rows)
    {
        // Each source gave its own in order; ids sort as boots and numbers do.
        rows.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        if (query.Reverse)
            rows.Reverse();
        if (query.Limit is not { } limit || rows.Count <= limit)
            return rows;
        return query.Reverse || query.Oldest
            ? rows.GetRange(0, limit)
            : rows.GetRange(rows.Count - limit, limit);
    }

    private List<HistoryRow> ByFlags(HistoryQuery query, long first, long last)
    {
        var rows = new List<HistoryRow>();
        if (ByKinds(query, first, last, rows))
            return rows;
        if (!query.Failed && !query.Refused && !query.Gaps)
        {
            (string condition, string? index) = query switch
            {
                { Transaction: { } tx } => ($"tx = {tx} AND tx <> 0", "record_tx"),
                { Pid: { } pid } =>
                    ($"pid = {pid} AND exit_kind <> 0", _indexed ? "record_pid" : null),
                { Uid: { } uid and >= 0 } => ($"uid = {uid} AND uid >= 0", "record_uid"),
                _ => ("1", (string?)null),
            };
            Read(query, condition, index, first, last, rows);
            return rows;
        }

        if (query.Failed)
            ReadFlag(query, ArchiveSchema.FlagFailed, first, last, rows);
        if (query.Refused)
            ReadFlag(query, ArchiveSchema.FlagRefused, first, last, rows);
        if (query.Gaps)
            ReadFlag(query, ArchiveSchema.FlagGap, first, last, rows);
        return rows;
    }

    // Kinds that few rows are of have an index, unless another one leaves less.
    private bool ByKinds(HistoryQuery query, long first, long last, List<HistoryRow> into)
    {
        if (!_indexed || query.Kinds.Count == 0 || query.Transaction is not null
            || query.Pid is not null || query.Uid is not null)
            return false;
        var kinds = new List<long>();
        foreach (string kind in query.Kinds)
            kinds.Add((long)StoredRow.KindOf(kind));
        if (kinds.Exists(static k => k <= (long)Core.Ports.RecordKind.Job))
            return false;
        foreach (long kind in kinds)
            Read(query, $"kind = {kind} AND kind > 2", "record_kind", first, last, into);
        return true;
    }

    private void ReadFlag(
        HistoryQuery query, int flag, long first, long last, List<HistoryRow> into) =>
        Read(query, $"flag = {flag} AND flag <> 0", "record_flag", first, last, into);

    private bool TryRange(HistoryQuery query, out long first, out long last)
    {
        first = 0;
        last = long.MaxValue;
        if (query.Boot is not null)
        {
            ArchivedBoot? boot = null;
            foreach (ArchivedBoot known in Boots)
                boot = known.Boot == query.Boot ? known : boot;
            if (boot is null)
                return false;
            first = (boot.Number << ArchiveSchema.SeqBits)
                + Math.Clamp(query.Seq ?? ((query.AfterSeq ?? 0) + 1), 0, ArchiveSchema.SeqMask);
            last = (boot.Number << ArchiveSchema.SeqBits) + Math.Clamp(
                query.Seq ?? ((query.BeforeSeq ?? long.MaxValue) - 1), 0, ArchiveSchema.SeqMask);
        }

        // The clock may have been set: the hours tell the widest range that can hold such a time.
        if (query.SinceUs is { } since)
            first = Math.Max(first, Hours(
                $"SELECT min(first_id) FROM hour WHERE hour >= {since / ArchiveSchema.HourUs}"));
        if (query.UntilUs is { } until)
            last = Math.Min(last, Hours(
                $"SELECT max(last_id) FROM hour WHERE hour <= {until / ArchiveSchema.HourUs}"));
        if (query.SinceUs is not null && first == 0)
            return false;
        // What is written meanwhile belongs to those rows that the manager is asked for.
        if (Boots.Count > 0)
            last = Math.Min(last, (Boots[^1].Number << ArchiveSchema.SeqBits) + Boots[^1].LastSeq);
        if (query.AfterOrder is { } after)
            first = Math.Max(first, after + 1);
        if (query.BeforeOrder is { } before)
            last = Math.Min(last, before - 1);
        return first <= last;
    }

    private long Hours(string sql)
    {
        Did(_db.ReadLong(sql, out long id));
        return id;
    }

    private void Read(
        HistoryQuery query, string condition, string? index, long first, long last,
        List<HistoryRow> into)
    {
        bool backwards = !query.Oldest && (query.Limit is not null || query.Reverse);
        var sql = new StringBuilder("SELECT ")
            .AppendJoin(", ", ArchiveSchema.RecordNames).Append(" FROM record ")
            .Append(index is null ? "" : $"INDEXED BY {index} ")
            .Append(CultureInfo.InvariantCulture, $"WHERE {condition}")
            .Append(CultureInfo.InvariantCulture, $" AND id BETWEEN {first} AND {last}");
        Filters(query, sql);
        sql.Append(backwards ? " ORDER BY id DESC" : " ORDER BY id");
        if (query.Limit is { } limit)
            sql.Append(CultureInfo.InvariantCulture, $" LIMIT {limit}");
        if (!Did(_db.Prepare(sql.ToString(), out Statement? statement)))
            return;
        using (statement)
        {
            int code = statement!.Step();
            for (; code == raw.SQLITE_ROW; code = statement.Step())
                into.Add(Row(statement));
            Did(code == raw.SQLITE_DONE ? raw.SQLITE_OK : code);
        }
    }

    // All of it numbers of our own making: nothing of a user's text gets in here.
    private static void Filters(HistoryQuery query, StringBuilder sql)
    {
        if (query.SinceUs is { } since)
            sql.Append(CultureInfo.InvariantCulture, $" AND real >= {since}");
        if (query.UntilUs is { } until)
            sql.Append(CultureInfo.InvariantCulture, $" AND real < {until}");
        if (query.Transaction is { } tx)
            sql.Append(CultureInfo.InvariantCulture, $" AND +tx = {tx}");
        if (query.Uid is { } uid)
            sql.Append(CultureInfo.InvariantCulture, $" AND +uid = {uid}");
        if (query.Pid is { } pid)
            sql.Append(CultureInfo.InvariantCulture, $" AND +pid = {pid} AND +exit_kind <> 0");
        List<string> flags = [];
        if (query.Failed)
            flags.Add($"+flag = {ArchiveSchema.FlagFailed}");
        if (query.Refused)
            flags.Add($"+flag = {ArchiveSchema.FlagRefused}");
        if (query.Gaps)
            flags.Add($"+flag = {ArchiveSchema.FlagGap}");
        if (flags.Count > 0)
            sql.Append(" AND (").AppendJoin(" OR ", flags).Append(')');
        if (query.Kinds.Count > 0)
        {
            sql.Append(" AND kind IN (").AppendJoin(
                ',', query.Kinds.Select(static k => (int)StoredRow.KindOf(k))).Append(')');
        }
    }

    private HistoryRow Row(Statement s)
    {
        long id = s.Long(0);
        return new HistoryRow
        {
            Order = id,
            Boot = BootOf(id >> ArchiveSchema.SeqBits),
            Seq = id & ArchiveSchema.SeqMask,
            TimeUs = s.Long(1),
            MonotonicUs = s.Long(2),
            Kind = StoredRow.KindWord(s.Long(3)),
            Unit = _names.Text(s, 5),
            From = _names.Text(s, 6),
            To = _names.Text(s, 7),
            Result = _names.Text(s, 8),
            CauseKind = StoredRow.CauseWord(s.Long(9)),
            CauseSeq = s.Long(10),
            Transaction = s.Long(11),
            Job = s.Long(12),
            Pid = (int)s.Long(13),
            ExitKind = StoredRow.ExitWord(s.Long(14)),
            ExitCode = (int)s.Long(15),
            Uid = (int)s.Long(16),
            Comm = _names.Text(s, 17),
            Text = s.Text(18),
            Durability = "disk",
        };
    }

    private string BootOf(long number)
    {
        if (_bootIds.Count == 0)
        {
            foreach (ArchivedBoot boot in Boots)
                _bootIds[boot.Number] = boot.Boot;
        }

        return _bootIds.GetValueOrDefault(number, "");
    }

    private List<ArchivedBoot> ReadBoots()
    {
        var boots = new List<ArchivedBoot>();
        const string Sql = "SELECT boot_no, uuid, first_seq, last_seq, first_real, last_real, "
            + "rows, gaps, reexecs, crashes, hangs, text FROM boot ORDER BY boot_no";
        if (!Did(_db.Prepare(Sql, out Statement? s)))
            return boots;
        using (s)
        {
            int code = s!.Step();
            for (; code == raw.SQLITE_ROW; code = s.Step())
            {
                boots.Add(new ArchivedBoot(
                    s.Long(0), s.Text(1)!, s.Long(2), s.Long(3), s.Long(4), s.Long(5), s.Long(6),
                    s.Long(7), s.Long(8), s.Long(9), s.Long(10), s.Text(11)));
            }

            Did(code == raw.SQLITE_DONE ? raw.SQLITE_OK : code);
        }

        return boots;
    }

    private bool Did(int code)
    {
        if (code != raw.SQLITE_OK)
            Problem ??= $"the archive cannot be read: {_db.LastError}";
        return code == raw.SQLITE_OK;
    }
}
