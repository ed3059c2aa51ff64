using System.Globalization;
using InitTx.Journal.Reading;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.Live;

/// <summary>
/// Sets what the live store relies on and reads each value back: SQLite answers an unknown or
/// refused pragma with silence. The order matters: EXCLUSIVE before WAL, so that no shared-memory
/// file is ever made (a truncated one is a SIGBUS, a readable one lets others lock us out).
/// </summary>
internal static class LivePragmas
{
    /// <summary>Pages of the write-ahead log after which it is copied back.</summary>
    public const int AutoCheckpointPages = 256;

    /// <summary>What is left of a write-ahead log that had grown larger, bytes.</summary>
    public const int JournalSizeLimit = 1 << 20;

    /// <summary>Applies all of them.</summary>
    /// <returns>A result code; with 0 and a problem, a setting did not take.</returns>
    public static int Apply(Database db, LiveJournalOptions options, out string? problem)
    {
        problem = null;
        int synchronous = options.Durability == RowDurability.Disk ? 2 : 0;
        (string Name, string Value, string Answer)[] settings =
        [
            ("page_size", "4096", "4096"),
            ("locking_mode", "EXCLUSIVE", "exclusive"),
            ("journal_mode", "WAL", "wal"),
            ("synchronous", Number(synchronous), Number(synchronous)),
            ("wal_autocheckpoint", Number(AutoCheckpointPages), Number(AutoCheckpointPages)),
            ("journal_size_limit", Number(JournalSizeLimit), Number(JournalSizeLimit)),
            ("cache_size", "-512", "-512"),
            ("mmap_size", "0", "0"),
            ("temp_store", "MEMORY", "2"),
            ("trusted_schema", "OFF", "0"),
            ("cell_size_check", "ON", "1"),
            ("busy_timeout", "0", "0"),
        ];
        foreach ((string name, string value, string answer) in settings)
        {
            int code = db.ReadText($"PRAGMA {name}={value}", out _);
            if (code != raw.SQLITE_OK)
                return code;
            code = db.ReadText($"PRAGMA {name}", out string? found);
            if (code != raw.SQLITE_OK)
                return code;
            // A library built without memory mapping does not answer, and maps nothing.
            if (found != answer && !(name == "mmap_size" && found is null))
            {
                problem = $"the journal's {name} is {found ?? "unknown"}, not {answer}";
                return raw.SQLITE_OK;
            }
        }

        return LimitPages(db, options.MaxPages, out problem);
    }

    // A store that is larger already (the limit was lowered) cannot be made smaller: it then trims.
    private static int LimitPages(Database db, int maxPages, out string? problem)
    {
        problem = null;
        int code = db.ReadLong("PRAGMA page_count", out long pages);
        if (code != raw.SQLITE_OK)
            return code;
        code = db.ReadLong($"PRAGMA max_page_count={Number(maxPages)}", out long limit);
        if (code == raw.SQLITE_OK && limit != Math.Max(pages, maxPages))
            problem = $"the journal's max_page_count is {limit}, not {maxPages}";
        return code;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
