using System.Globalization;
using System.Text;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.History;

/// <summary>
/// The reading side, in the client's process: rows that were fetched, in memory, under the public
/// views. Not thread-safe. An SQLite failure of our own statements is a bug or lack of memory, and
/// throws; a failure of the user's SQL is a value.
/// </summary>
public sealed class HistoryStore : IDisposable
{
    private const string Select =
        "SELECT b.boot, r.seq, r.real, r.mono, r.kind, r.unit, r.from_state, r.to_state, r.result, "
        + "r.cause, r.cause_seq, r.tx, r.job, r.pid, r.exit_kind, r.exit_code, r.uid, r.comm, "
        + "r.text, r.durability FROM row r JOIN boot_order b USING(boot_no)";

    private const string FailedRows =
        "(r.kind IN ('crash', 'hang') OR (r.kind = 'transition' AND r.to_state = 'failed') "
        + "OR (r.kind = 'job' AND r.result IN ('failed', 'timeout', 'dependency', 'assert')) "
        + "OR (r.kind = 'process' AND (r.to_state IN ('failed', 'lost') "
        + "OR r.exit_kind IN ('killed', 'dumped') "
        + "OR (r.exit_kind = 'exited' AND r.exit_code <> 0))) "
        + "OR (r.kind = 'transaction' AND r.result IN "
        + "('failed', 'rolledBack', 'rollbackFailed', 'timedOut')))";

    private const string RefusedRows =
        "(r.kind = 'rejected' OR (r.kind IN ('request', 'transaction') AND r.result = 'refused'))";

    private readonly Database _db;
    private readonly Statement _insert;
    private readonly Dictionary<string, long> _boots = new(StringComparer.Ordinal);

    /// <summary>An empty store.</summary>
    public HistoryStore()
    {
        Require(Database.Open(":memory:", create: true, out Database? db));
        _db = db!;
        Run(HistoryViews.Tables);
        Run(HistoryViews.Create);
        _insert = Prepare(
            "INSERT OR IGNORE INTO row(boot_no, seq, real, mono, kind, unit, from_state, to_state, "
            + "result, cause, cause_seq, tx, job, pid, exit_kind, exit_code, uid, comm, text, "
            + "durability) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,"
            + "?19,?20)");
    }

    /// <summary>
    /// Boot ids, oldest first: in the order in which their first rows were added.
    /// </summary>
    public IReadOnlyList<string> Boots
    {
        get
        {
            var boots = new List<string>();
            Each(
                "SELECT boot FROM boot_order ORDER BY boot_no",
                _ => { },
                s => boots.Add(s.Text(0)!));
            return boots;
        }
    }

    /// <summary>Adds rows as one transaction; a row that is there already stays as it is.</summary>
    public void Add(IEnumerable<HistoryRow> rows)
    {
        Run("BEGIN");
        foreach (HistoryRow row in rows)
            Insert(row);
        Run("COMMIT");
    }

    /// <summary>
    /// Reads CONTRACT "boots": 0 is the newest, -1 the one before, or an id or a unique beginning
    /// of one of at least four characters.
    /// </summary>
    /// <returns>The boot's id, or null when there is no such boot.</returns>
    public string? ResolveBoot(string text)
    {
        IReadOnlyList<string> boots = Boots;
        if (text.Length < 4
            && int.TryParse(
                text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n))
            return n <= 0 && boots.Count - 1 + n >= 0 ? boots[boots.Count - 1 + n] : null;
        List<string> found =
            [.. boots.Where(
                b => text.Length >= 4 && b.StartsWith(text, StringComparison.OrdinalIgnoreCase))];
        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>The rows that a query's filters leave.</summary>
    public IReadOnlyList<HistoryRow> Query(HistoryQuery query)
    {
        var where = new StringBuilder("1");
        var values = new List<object>();
        Build(query, where, values);
        string order = query.Limit is not null || query.Reverse ? "DESC" : "ASC";
        string sql = $"{Select} WHERE {where} ORDER BY r.boot_no {order}, r.seq {order}"
            + (query.Limit is null ? "" : $" LIMIT {Math.Max(0, query.Limit.Value)}");
        List<HistoryRow> rows = ReadRows(sql, values);
        if (query.Limit is not null && !query.Reverse)
            rows.Reverse();
        return rows;
    }

    /// <summary>
    /// Runs one SELECT over the public views. Whatever else it names is refused by SQLite's
    /// authorizer before it runs.
    /// </summary>
    public SqlAnswer Sql(string sql) => ReadOnlySql.Run(_db, sql);

    /// <summary>
    /// How the unit came to be in the state that it is in; see <see cref="WhyAnswer"/>.
    /// </summary>
    /// <param name="unit">The full name.</param>
    public WhyAnswer Why(string unit) => new WhyWalk(this, unit).Answer();

    /// <inheritdoc/>
    public void Dispose()
    {
        _insert.Dispose();
        _db.Dispose();
    }

    internal HistoryRow? Row(string boot, long seq) =>
        First("b.boot = ?1 AND r.seq = ?2", "r.seq", boot, seq);

    internal HistoryRow? First(string where, string order, params object[] values)
    {
        List<HistoryRow> rows = ReadRows(
            $"{Select} WHERE {where} ORDER BY {order} LIMIT 1", [.. values]);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Rows of a boot after a number, ascending.</summary>
    internal List<HistoryRow> RowsAfter(string boot, long seq, int limit) =>
        ReadRows(
            $"{Select} WHERE b.boot = ?1 AND r.seq > ?2 ORDER BY r.seq LIMIT ?3",
            [boot, seq, (long)limit]);

    private static void Build(HistoryQuery query, StringBuilder where, List<object> values)
    {
        void And(string condition, object value)
        {
            values.Add(value);
            where.Append(" AND ").Append(condition).Append('?').Append(values.Count);
        }

        if (query.Units.Count > 0)
        {
            where.Append(" AND r.unit IN (");
            foreach (string unit in query.Units)
            {
                values.Add(unit);
                where.Append(values.Count == 1 ? "?" : ",?").Append(values.Count);
            }

            where.Append(')');
        }

        if (query.SinceUs is long since)
            And("r.real >= ", since);
        if (query.UntilUs is long until)
            And("r.real < ", until);
        if (query.Boot is not null)
            And("b.boot = ", query.Boot);
        if (query.Transaction is long transaction)
            And("r.tx = ", transaction);
        if (query.Uid is int uid)
            And("r.uid = ", (long)uid);
        List<string> kinds = [];
        if (query.Failed)
            kinds.Add(FailedRows);
        if (query.Refused)
            kinds.Add(RefusedRows);
        if (query.Gaps)
            kinds.Add("r.kind = 'gap'");
        if (kinds.Count > 0)
            where.Append(" AND (").AppendJoin(" OR ", kinds).Append(')');
    }

    private void Insert(HistoryRow row)
    {
        Statement s = _insert;
        s.Bind(1, BootNumber(row.Boot));
        s.Bind(2, row.Seq);
        s.Bind(3, row.TimeUs);
        s.Bind(4, row.MonotonicUs);
        s.BindText(5, row.Kind);
        s.BindText(6, row.Unit);
        s.BindText(7, row.From);
        s.BindText(8, row.To);
        s.BindText(9, row.Result);
        s.BindTextOrEmpty(10, row.CauseKind);
        s.Bind(11, row.CauseSeq);
        s.Bind(12, row.Transaction);
        s.Bind(13, row.Job);
        s.Bind(14, row.Pid);
        s.BindText(15, row.ExitKind);
        s.Bind(16, row.ExitCode);
        if (row.Uid is int uid)
            s.Bind(17, uid);
        else
            s.BindText(17, null);
        s.BindText(18, row.Comm);
        s.BindText(19, row.Text);
        s.BindText(20, row.Durability);
        Require(s.Run());
    }

    private long BootNumber(string boot)
    {
        if (_boots.TryGetValue(boot, out long number))
            return number;
        number = _boots.Count;
        using Statement insert = Prepare("INSERT INTO boot_order(boot_no, boot) VALUES(?1, ?2)");
        insert.Bind(1, number);
        insert.BindTextOrEmpty(2, boot);
        Require(insert.Run());
        _boots.Add(boot, number);
        return number;
    }

    private List<HistoryRow> ReadRows(string sql, List<object> values)
    {
        var rows = new List<HistoryRow>();
        Each(sql, s => BindAll(s, values), s => rows.Add(ReadRow(s)));
        return rows;
    }

    private static void BindAll(Statement statement, List<object> values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] is string text)
                statement.BindTextOrEmpty(i + 1, text);
            else
                statement.Bind(i + 1, (long)values[i]);
        }
    }

    private static HistoryRow ReadRow(Statement s) => new()
    {
        Boot = s.Text(0)!,
        Seq = s.Long(1),
        TimeUs = s.Long(2),
        MonotonicUs = s.Long(3),
        Kind = s.Text(4)!,
        Unit = s.Text(5),
        From = s.Text(6),
        To = s.Text(7),
        Result = s.Text(8),
        CauseKind = s.Text(9)!,
        CauseSeq = s.Long(10),
        Transaction = s.Long(11),
        Job = s.Long(12),
        Pid = (int)s.Long(13),
        ExitKind = s.Text(14) ?? "",
        ExitCode = (int)s.Long(15),
        Uid = s.Type(16) == raw.SQLITE_NULL ? null : (int)s.Long(16),
        Comm = s.Text(17),
        Text = s.Text(18),
        Durability = s.Text(19)!,
    };

    private void Each(string sql, Action<Statement> bind, Action<Statement> row)
    {
        using Statement statement = Prepare(sql);
        bind(statement);
        int code = statement.Step();
        for (; code == raw.SQLITE_ROW; code = statement.Step())
            row(statement);
        Require(code == raw.SQLITE_DONE ? raw.SQLITE_OK : code);
    }

    private Statement Prepare(string sql)
    {
        Require(_db.Prepare(sql, out Statement? statement));
        return statement!;
    }

    private void Run(string sql) => Require(_db.Execute(sql));

    private void Require(int code)
    {
        if (code != raw.SQLITE_OK)
            throw new InvalidOperationException(
                $"SQLite {code}: {_db?.LastError ?? Database.TextOf(code)}");
    }
}
