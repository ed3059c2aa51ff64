using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace InitTx.Archive;

/// <summary>
/// Opens or makes archive.db and sets what it relies on, each setting read back: SQLite answers a
/// refused one with silence.
/// </summary>
internal static class ArchiveOpener
{
    private static readonly (string Name, string Value, string Answer)[] Settings =
    [
        ("page_size", "4096", "4096"),
        ("auto_vacuum", "INCREMENTAL", "2"),
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("wal_autocheckpoint", "512", "512"),
        ("journal_size_limit", "4194304", "4194304"),
        ("cache_size", "-512", "-512"),
        ("mmap_size", "0", "0"),
        ("temp_store", "MEMORY", "2"),
        ("trusted_schema", "OFF", "0"),
        ("cell_size_check", "ON", "1"),
    ];

    /// <summary>Opens a path.</summary>
    /// <param name="code">SQLite's code of what went wrong; 0 with a problem: not our file.</param>
    /// <param name="beforeLong">Called before what may take minutes with a large file.</param>
    /// <returns>Null with a problem in words.</returns>
    public static SqliteConnection? Open(
        string path, out int code, out string problem, Action? beforeLong = null)
    {
        Database.Initialize();
        string quoted = path.Replace("\"", "\"\"", StringComparison.Ordinal);
        var connection = new SqliteConnection(
            $"Data Source=\"{quoted}\";Mode=ReadWriteCreate;Pooling=False;Default Timeout=3");
        try
        {
            connection.Open();
            raw.sqlite3_extended_result_codes(connection.Handle!, 1);
            raw.sqlite3_busy_timeout(connection.Handle!, 3_000);
            code = raw.SQLITE_OK;
            var db = Database.Over(connection.Handle!);
            problem = SetUp(db, ref code);
            if (problem.Length == 0)
                Renew(db, beforeLong);
        }
        catch (SqliteException e)
        {
            code = e.SqliteExtendedErrorCode;
            problem = e.Message;
        }

        if (problem.Length == 0)
            return connection;
        problem = $"{path}: {problem}";
        connection.Dispose();
        return null;
    }

    private static string SetUp(Database db, ref int code)
    {
        code = db.ReadLong("SELECT count(*) FROM sqlite_schema", out long tables);
        if (code != raw.SQLITE_OK)
            return db.LastError;
        if (tables > 0 && Check(db, ref code) is { Length: > 0 } wrong)
            return wrong;
        foreach ((string name, string value, string answer) in Settings)
        {
            code = db.ReadText($"PRAGMA {name}={value}", out _);
            string? found = null;
            if (code == raw.SQLITE_OK)
                code = db.ReadText($"PRAGMA {name}", out found);
            if (code != raw.SQLITE_OK)
                return $"{name}: {db.LastError}";
            if (found != answer && !(name == "mmap_size" && found is null))
                return $"{name} is {found}, not {answer}";
        }

        return tables == 0 ? Create(db, ref code) : "";
    }

    private static string Create(Database db, ref int code)
    {
        // One transaction: what a crash in the midst leaves is empty, and made anew.
        code = db.Execute(
            $"BEGIN IMMEDIATE; PRAGMA application_id={ArchiveSchema.ApplicationId}; "
            + $"PRAGMA user_version={ArchiveSchema.Version}; {ArchiveSchema.Tables}\n"
            + $"{ArchiveSchema.Views}\nCOMMIT");
        if (code == raw.SQLITE_OK)
            return "";
        string problem = db.LastError;
        if (db.InTransaction)
            db.Execute("ROLLBACK");
        return $"cannot be made: {problem}";
    }

    // What a newer minor version adds. Where it cannot be done now, for want of space most likely,
    // the archive stays what it was, and readers go without: it is tried again by the next process.
    private static void Renew(Database db, Action? beforeLong)
    {
        if (db.ReadLong("PRAGMA user_version", out long version) != raw.SQLITE_OK
            || version >= ArchiveSchema.Version)
            return;
        beforeLong?.Invoke();
        // Sorting ten million entries takes more memory than this process may have.
        db.Execute("PRAGMA temp_store=FILE");
        int code = db.Execute(
            $"BEGIN IMMEDIATE; {ArchiveSchema.Minor1} "
            + $"PRAGMA user_version={ArchiveSchema.Version}; COMMIT");
        if (code != raw.SQLITE_OK && db.InTransaction)
            db.Execute("ROLLBACK");
        db.Execute("PRAGMA temp_store=MEMORY");
    }

    private static string Check(Database db, ref int code)
    {
        code = db.ReadLong("PRAGMA application_id", out long application);
        long version = 0;
        if (code == raw.SQLITE_OK)
            code = db.ReadLong("PRAGMA user_version", out version);
        if (code != raw.SQLITE_OK)
            return db.LastError;
        if (application != ArchiveSchema.ApplicationId)
            return "is not an archive";
        return version / 1000 == ArchiveSchema.Version / 1000
            ? ""
            : $"has version {version}, not {ArchiveSchema.Version}";
    }
}
