using SQLitePCL;

namespace InitTx.Journal.Sqlite;

/// <summary>
/// What a result code means for the journal's ladder (https://sqlite.org/rescode.html).
/// </summary>
internal enum StoreFault : byte
{
    None,

    /// <summary>No space: trim, then the ring.</summary>
    Full,

    /// <summary>The heap limit or the machine: shrink, then the ring.</summary>
    NoMemory,

    /// <summary>Someone else holds a lock, which nobody should: the ring.</summary>
    Busy,

    /// <summary>The medium failed: again, then quarantine.</summary>
    Io,

    /// <summary>The content cannot be trusted: quarantine at once.</summary>
    Corrupt,
}

/// <summary>Sorts SQLite's result codes.</summary>
internal static class StoreFaults
{
    private const int IoNoMemory = raw.SQLITE_IOERR | (12 << 8);
    private const int IoCorrupt = raw.SQLITE_IOERR | (33 << 8);

    public static StoreFault Of(int code) => code switch
    {
        raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE => StoreFault.None,
        IoNoMemory => StoreFault.NoMemory,
        IoCorrupt => StoreFault.Corrupt,
        _ => (code & 0xff) switch
        {
            raw.SQLITE_FULL => StoreFault.Full,
            raw.SQLITE_NOMEM => StoreFault.NoMemory,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StoreFault.Busy,
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CANTOPEN
                or raw.SQLITE_ERROR or raw.SQLITE_SCHEMA or raw.SQLITE_FORMAT
                or raw.SQLITE_READONLY => StoreFault.Corrupt,
            _ => StoreFault.Io,
        },
    };
}
