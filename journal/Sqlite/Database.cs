using SQLitePCL;

namespace InitTx.Journal.Sqlite;

/// <summary>
/// One SQLite connection without the ADO.NET layer: result codes instead of exceptions, nothing
/// allocated per step. One thread only. Lifetime: dispose the statements, then this.
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly bool _owned;

    static Database() => raw.SetProvider(new SQLite3Provider_sqlite3());

    private Database(sqlite3 handle, bool owned)
    {
        _handle = handle;
        _owned = owned;
    }

    /// <summary>
    /// True between BEGIN and COMMIT or ROLLBACK; SQLite may have rolled back by itself.
    /// </summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>The connection for calls that have no wrapper.</summary>
    public sqlite3 Handle => _handle;

    /// <summary>What the last failed call said, for a person.</summary>
    public string LastError => raw.sqlite3_errmsg(_handle).utf8_to_string() ?? "";

    /// <summary>Bytes that SQLite has allocated in this process.</summary>
    public static long MemoryUsed => raw.sqlite3_memory_used();

    /// <summary>Sets the limit for all connections of this process; 0 lifts it.</summary>
    public static void SetHeapLimit(long bytes) => raw.sqlite3_hard_heap_limit64(bytes);

    /// <summary>The loaded library's version, for example 3040001.</summary>
    public static int LibraryVersion => raw.sqlite3_libversion_number();

    /// <summary>The text of a result code.</summary>
    public static string TextOf(int code) => raw.sqlite3_errstr(code).utf8_to_string() ?? "";

    /// <summary>
    /// Sets the native library up for whoever else in this process uses SQLite.
    /// </summary>
    public static void Initialize()
    {
    }

    /// <summary>The same calls on a connection that stays another's.</summary>
    public static Database Over(sqlite3 handle) => new(handle, owned: false);

    /// <summary>
    /// Opens a file, or memory with the name <c>:memory:</c>; names that begin with <c>file:</c>
    /// are URIs (https://sqlite.org/uri.html).
    /// </summary>
    /// <returns>The result code; a database only with 0.</returns>
    public static int Open(string path, bool create, out Database? database)
    {
        int flags = raw.SQLITE_OPEN_READWRITE | (create ? raw.SQLITE_OPEN_CREATE : 0);
        return OpenAs(path, flags, out database);
    }

    /// <summary>Opens what is there, never to write; links are not followed.</summary>
    /// <returns>The result code; a database only with 0.</returns>
    public static int OpenToRead(string path, out Database? database) =>
        OpenAs(path, raw.SQLITE_OPEN_READONLY, out database);

    private static int OpenAs(string path, int flags, out Database? database)
    {
        database = null;
        flags |= raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_URI;
        int code = raw.sqlite3_open_v2(path, out sqlite3 handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            handle?.Dispose();
            return code;
        }

        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, 0);
        database = new Database(handle, owned: true);
        return raw.SQLITE_OK;
    }

    /// <summary>Compiles a statement that is kept.</summary>
    public int Prepare(string sql, out Statement? statement)
    {
        const uint persistent = 0x01;
        int code = raw.sqlite3_prepare_v3(_handle, sql, persistent, out sqlite3_stmt handle);
        statement = code == raw.SQLITE_OK ? new Statement(handle) : null;
        return code;
    }

    /// <summary>Runs statements whose rows do not matter.</summary>
    public int Execute(string sql) => raw.sqlite3_exec(_handle, sql);

    /// <summary>The first column of the first row; 0 when there is no row.</summary>
    public int ReadLong(string sql, out long value)
    {
        value = 0;
        int code = Prepare(sql, out Statement? statement);
        if (statement is null)
            return code;
        using (statement)
        {
            code = statement.Step();
            if (code == raw.SQLITE_ROW)
                value = statement.Long(0);
            return code is raw.SQLITE_ROW or raw.SQLITE_DONE ? raw.SQLITE_OK : code;
        }
    }

    /// <summary>The first column of the first row; null when there is no row.</summary>
    public int ReadText(string sql, out string? value)
    {
        value = null;
        int code = Prepare(sql, out Statement? statement);
        if (statement is null)
            return code;
        using (statement)
        {
            code = statement.Step();
            if (code == raw.SQLITE_ROW)
                value = statement.Text(0);
            return code is raw.SQLITE_ROW or raw.SQLITE_DONE ? raw.SQLITE_OK : code;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_owned)
            _handle.Dispose();
    }
}
