using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.History;

/// <summary>
/// One SELECT of a user over the public views and nothing else: SQLite's authorizer
/// (https://sqlite.org/c3ref/set_authorizer.html) is asked about every table, function and action
/// while the statement is compiled.
/// </summary>
internal static class ReadOnlySql
{
    private const string Hint =
        "; one SELECT over v_history, v_transactions, v_jobs, v_processes, v_boots and v_gaps "
        + "is allowed";

    // Kept for as long as SQLite may call it.
    private static readonly strdelegate_authorizer Authorizer = Allow;

    public static SqlAnswer Run(Database db, string sql)
    {
        raw.sqlite3_set_authorizer(db.Handle, Authorizer, null);
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
                ? ReadAll(db, statement)
                : Failed("more than one statement" + Hint);
        }
        finally
        {
            raw.sqlite3_set_authorizer(db.Handle, (strdelegate_authorizer?)null, null);
        }
    }

    private static bool IsProhibited(Database db) =>
        db.LastError.Contains("prohibited", StringComparison.Ordinal)
        || db.LastError.Contains("not authorized", StringComparison.Ordinal);

    private static SqlAnswer Failed(string error) => new([], [], error);

    private static SqlAnswer ReadAll(Database db, Statement statement)
    {
        string[] columns = new string[statement.ColumnCount];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = statement.ColumnName(i);
        var rows = new List<object?[]>();
        int code = statement.Step();
        for (; code == raw.SQLITE_ROW; code = statement.Step())
        {
            object?[] row = new object?[columns.Length];
            for (int i = 0; i < row.Length; i++)
                row[i] = Cell(statement, i);
            rows.Add(row);
        }

        return code == raw.SQLITE_DONE ? new SqlAnswer(columns, rows, null) : Failed(db.LastError);
    }

    private static object? Cell(Statement statement, int column) => statement.Type(column) switch
    {
        raw.SQLITE_INTEGER => statement.Long(column),
        raw.SQLITE_FLOAT => statement.Real(column),
        raw.SQLITE_TEXT => statement.Text(column),
        raw.SQLITE_BLOB => statement.Blob(column).ToArray(),
        _ => null,
    };

    // The last argument is the view inside which the action happens; null is the statement itself.
    private static int Allow(
        object data, int action, string first, string second, string database, string inner)
    {
        bool allowed = action switch
        {
            raw.SQLITE_SELECT or raw.SQLITE_RECURSIVE => true,
            // A table joined in a view of which no column is read is named without its view.
            raw.SQLITE_READ => IsView(first) || IsView(inner) || IsInner(inner)
                || string.IsNullOrEmpty(second)
                ? first is not ("sqlite_schema" or "sqlite_master")
                : first is "json_each" or "json_tree",
            raw.SQLITE_FUNCTION => second != "load_extension",
            _ => false,
        };
        return allowed ? raw.SQLITE_OK : raw.SQLITE_DENY;
    }

    // What the views are made of may be read through them only.
    private static bool IsInner(string? name) => name is "row" or "boot_order" or "boot_facts";

    private static bool IsView(string? name) => name is "v_history" or "v_transactions" or "v_jobs"
        or "v_processes" or "v_boots" or "v_gaps";
}
