using System.Globalization;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.History;

/// <summary>
/// One SELECT of a user over the public views and nothing else: SQLite's authorizer
/// (https://sqlite.org/c3ref/set_authorizer.html) is asked about every table, function and action
/// while the statement is compiled; rows, bytes and time are limited while it runs.
/// </summary>
internal static class ReadOnlySql
{
    private const string Hint =
        "; one SELECT over v_history, v_transactions, v_jobs, v_processes, v_boots and v_gaps "
        + "is allowed";

    private const string Narrow =
        "; narrow it: WHERE boot = …, WHERE unit = …, time_us > …, or LIMIT";

    private const int MaxSql = 64 * 1024;
    private const int MaxDepth = 100;
    private const int MaxCompound = 20;
    private const int MaxColumns = 200;
    private const int MaxSteps = 100_000;
    private const int MaxPattern = 200;
    private const int MaxCell = 1 << 20;

    // Kept for as long as SQLite may call it.
    private static readonly strdelegate_authorizer Authorizer =
        static (inner, action, first, second, database, view) =>
            Allow((string)inner, action, first, second, database, view)
                ? raw.SQLITE_OK
                : raw.SQLITE_DENY;

    /// <summary>Runs a statement.</summary>
    /// <param name="secret">How the names of the views that the public ones are made of end. To
    /// keep rows from a user it must be one that cannot be guessed: a WITH of his own may have any
    /// name that he knows, and SQLite tells the authorizer no more than names.</param>
    public static SqlAnswer Run(
        Database db, string sql, SqlLimits? limits = null, string secret = "")
    {
        SqlLimits most = limits ?? SqlLimits.Own;
        if (sql.Length > MaxSql)
            return Failed($"a statement has at most {MaxSql} characters");
        var clock = new QueryClock(db);
        raw.sqlite3_set_authorizer(db.Handle, Authorizer, secret);
        Bound(db);
        clock.Begin(most.Milliseconds);
        try
        {
            int code = raw.sqlite3_prepare_v2(
                db.Handle, sql, out sqlite3_stmt handle, out string tail);
            if (code != raw.SQLITE_OK)
                return Failed(
                    db.LastError + (code == raw.SQLITE_AUTH || IsProhibited(db) ? Hint : ""));
            using var statement = new Statement(handle);
            if (statement.ColumnCount == 0 || !statement.IsReadOnly)
                return Failed("not a SELECT" + Hint);
            return string.IsNullOrWhiteSpace(tail.Trim(';'))
                ? ReadAll(db, statement, most)
                : Failed("more than one statement" + Hint);
        }
        finally
        {
            clock.End();
            raw.sqlite3_set_authorizer(db.Handle, (strdelegate_authorizer?)null, null);
        }
    }

    // https://sqlite.org/security.html "Untrusted SQL Inputs".
    private static void Bound(Database db)
    {
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_SQL_LENGTH, MaxSql * 3);
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_LENGTH, MaxCell);
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_EXPR_DEPTH, MaxDepth);
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_COMPOUND_SELECT, MaxCompound);
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_COLUMN, MaxColumns);
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_VDBE_OP, MaxSteps);
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MaxPattern);
        raw.sqlite3_limit(db.Handle, raw.SQLITE_LIMIT_ATTACHED, 1);
    }

    private static bool IsProhibited(Database db) =>
        db.LastError.Contains("prohibited", StringComparison.Ordinal)
        || db.LastError.Contains("not authorized", StringComparison.Ordinal);

    private static SqlAnswer Failed(string error, bool limit = false) => new([], [], error, limit);

    private static SqlAnswer ReadAll(Database db, Statement statement, SqlLimits most)
    {
        string[] columns = new string[statement.ColumnCount];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = statement.ColumnName(i);
        var rows = new List<object?[]>();
        long bytes = 0;
        int code = statement.Step();
        for (; code == raw.SQLITE_ROW; code = statement.Step())
        {
            if (rows.Count == most.Rows || bytes > most.Bytes)
                return Failed(TooMuch(rows.Count == most.Rows, most), limit: true);
            object?[] row = new object?[columns.Length];
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = Cell(statement, i);
                bytes += row[i] switch
                {
                    string text => text.Length,
                    byte[] blob => blob.Length,
                    _ => 8,
                };
            }

            rows.Add(row);
        }

        return code switch
        {
            raw.SQLITE_DONE => new SqlAnswer(columns, rows, null),
            raw.SQLITE_INTERRUPT => Failed(
                $"took longer than {Seconds(most.Milliseconds)} and was ended" + Narrow, true),
            raw.SQLITE_NOMEM => Failed("needs more memory than it may have" + Narrow, true),
            _ => Failed(db.LastError),
        };
    }

    private static string TooMuch(bool rows, SqlLimits most) =>
        (rows ? $"has more than {most.Rows} rows" : $"answers more than {most.Bytes} bytes")
        + Narrow;

    private static string Seconds(long milliseconds) =>
        (milliseconds / 1_000.0).ToString("0.###", CultureInfo.InvariantCulture) + " s";

    private static object? Cell(Statement statement, int column) => statement.Type(column) switch
    {
        raw.SQLITE_INTEGER => statement.Long(column),
        raw.SQLITE_FLOAT => statement.Real(column),
        raw.SQLITE_TEXT => statement.Text(column),
        raw.SQLITE_BLOB => statement.Blob(column).ToArray(),
        _ => null,
    };

    // The last argument is the view inside which the action happens; null is the statement itself.
    private static bool Allow(
        string secret, int action, string first, string second, string database, string view) =>
        action switch
        {
            raw.SQLITE_SELECT or raw.SQLITE_RECURSIVE => true,
            raw.SQLITE_READ when secret.Length > 0 =>
                MayRead(secret, first, second, database, view),
            // A table joined in a view of which no column is read is named without its view.
            raw.SQLITE_READ => IsView(first) || IsView(view) || IsInner("", view)
                || string.IsNullOrEmpty(second)
                ? first is not ("sqlite_schema" or "sqlite_master")
                : first is "json_each" or "json_tree",
            raw.SQLITE_FUNCTION => second != "load_extension",
            _ => false,
        };

    // Public views of this connection; what they are made of inside them; tables inside that.
    private static bool MayRead(
        string secret, string first, string second, string database, string view)
    {
        if (IsView(first))
            return database is null or "temp";
        if (IsInner(secret, first))
            return IsView(view) || IsInner(secret, view);
        return IsInner(secret, view) || first is "json_each" or "json_tree"
            // Counted, not read: how many rows there are is no secret.
            || (string.IsNullOrEmpty(second) && first is not null
                && !first.StartsWith("sqlite_", StringComparison.Ordinal));
    }

    // What the views are made of may be read through them only.
    private static bool IsInner(string secret, string? name) =>
        name is not null && name.EndsWith(secret, StringComparison.Ordinal)
            && name[..^secret.Length] is "row" or "boot_order" or "boot_facts";

    private static bool IsView(string? name) => name is "v_history" or "v_transactions" or "v_jobs"
        or "v_processes" or "v_boots" or "v_gaps";
}
