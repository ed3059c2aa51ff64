using InitTx.Journal.Sqlite;

namespace InitTx.Journal.Live;

/// <summary>
/// The schema of live.db. <c>user_version</c> = major·1000 + minor: a minor version only adds
/// (nullable columns, tables, values of an enumeration), so one release down can still read and
/// write it. The public views are not here: nobody but the manager may open this file.
/// </summary>
internal static class LiveSchema
{
    /// <summary>"ITXJ": tells our files from others.</summary>
    public const int ApplicationId = 0x4954584A;

    /// <summary>Major 1, minor 1: 1 has ended_state.</summary>
    public const int Version = 1001;

    /// <summary>The lowest version that this code reads and writes.</summary>
    public const int MinVersion = 1000;

    /// <summary>
    /// Everything in one transaction: a crash in the midst leaves an empty file, which is made
    /// anew. The shape of unit_state and engine_state is frozen over all major versions, because an
    /// older manager that comes back must find its services whatever it thinks of the rows.
    /// </summary>
    public const string Create =
        RecordColumns.CreateTable +
        """

        CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE unit_state(name TEXT PRIMARY KEY, blob BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE engine_state(id INTEGER PRIMARY KEY CHECK(id = 1), blob BLOB NOT NULL) STRICT;
        INSERT INTO meta VALUES('min_writer', '1000');

        """ + AddEnded;

    /// <summary>
    /// What minor 1 adds: ended transactions, by the number of their end. A manager of minor 0
    /// keeps them in engine_state and leaves this as it is.
    /// </summary>
    public const string AddEnded =
        "CREATE TABLE IF NOT EXISTS ended_state"
        + "(number INTEGER PRIMARY KEY, blob BLOB NOT NULL) STRICT;";
}
