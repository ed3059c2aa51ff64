using InitTx.Journal.History;

namespace InitTx.Journal.OnDisk;

/// <summary>
/// The schema of archive.db. Only the views are public; <c>user_version</c> = major·1000 + minor
/// as in live.db. A row's id is its boot's number shifted left by <see cref="SeqBits"/>, plus its
/// seq: rows of a boot lie together, in order, and need no second index.
/// </summary>
public static class ArchiveSchema
{
    /// <summary>The file's name under the state directory.</summary>
    public const string FileName = "archive.db";

    /// <summary>The name of its socket in the manager's runtime directory.</summary>
    public const string SocketName = "archive";

    /// <summary>"ITXA".</summary>
    public const int ApplicationId = 0x49545841;

    /// <summary>Major 1, minor 1: minors only add, and either side reads the other's.</summary>
    public const int Version = 1001;

    internal const int SeqBits = 40;
    internal const long SeqMask = (1L << SeqBits) - 1;

    /// <summary>What <c>flag</c> says of a row; 0 is nothing special.</summary>
    internal const int FlagFailed = 1;
    internal const int FlagRefused = 2;
    internal const int FlagGap = 3;

    /// <summary>Hour of a time, the grain in which times lead to rows.</summary>
    internal const long HourUs = 3_600_000_000;

    // Kinds request, transaction and config, and request: as JournalReader keeps them from others.
    private const string Asked = "4, 3, 5";
    private const string Requests = "4";

    internal static readonly string[] RecordNames =
    [
        "id", "real", "mono", "kind", "flag", "unit", "from_state", "to_state", "result", "cause",
        "cause_seq", "tx", "job", "pid", "exit_kind", "exit_code", "uid", "comm", "text",
    ];

    /// <summary>
    /// What minor 1 added: the states that a unit entered (kind 0), ends of processes by pid, and
    /// rows that are no transition, process or job by their kind.
    /// A reader goes without them where they are not.
    /// </summary>
    internal const string Minor1 =
        """
        CREATE INDEX IF NOT EXISTS record_enter ON record(unit)
          WHERE kind = 0 AND unit IS NOT NULL;
        CREATE INDEX IF NOT EXISTS record_pid ON record(pid) WHERE exit_kind <> 0;
        CREATE INDEX IF NOT EXISTS record_kind ON record(kind) WHERE kind > 2;
        """;

    /// <summary>Everything but the views.</summary>
    internal const string Tables =
        """
        CREATE TABLE meta(k TEXT PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;
        CREATE TABLE name(id INTEGER PRIMARY KEY, s TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE boot(
          boot_no INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, first_seq INTEGER NOT NULL,
          last_seq INTEGER NOT NULL, first_real INTEGER NOT NULL, last_real INTEGER NOT NULL,
          last_mono INTEGER NOT NULL, rows INTEGER NOT NULL, gaps INTEGER NOT NULL,
          reexecs INTEGER NOT NULL, crashes INTEGER NOT NULL, hangs INTEGER NOT NULL,
          text TEXT) STRICT;
        CREATE TABLE record(
          id INTEGER PRIMARY KEY, real INTEGER NOT NULL, mono INTEGER NOT NULL,
          kind INTEGER NOT NULL, flag INTEGER NOT NULL, unit INTEGER, from_state INTEGER,
          to_state INTEGER, result INTEGER, cause INTEGER NOT NULL, cause_seq INTEGER NOT NULL,
          tx INTEGER NOT NULL, job INTEGER NOT NULL, pid INTEGER NOT NULL,
          exit_kind INTEGER NOT NULL, exit_code INTEGER NOT NULL, uid INTEGER NOT NULL,
          comm INTEGER, text TEXT) STRICT;
        CREATE INDEX record_unit ON record(unit) WHERE unit IS NOT NULL;
        CREATE INDEX record_flag ON record(flag) WHERE flag <> 0;
        CREATE INDEX record_tx ON record(tx) WHERE tx <> 0;
        CREATE INDEX record_uid ON record(uid) WHERE uid >= 0;
        """ + "\n" + Minor1 + "\n" + """
        CREATE TABLE hour(
          hour INTEGER PRIMARY KEY, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL) STRICT;
        CREATE TABLE batch(
          id INTEGER PRIMARY KEY, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL,
          rows INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
        CREATE TABLE unit_day(
          day INTEGER NOT NULL, unit INTEGER NOT NULL, state INTEGER NOT NULL,
          entered INTEGER NOT NULL, us INTEGER NOT NULL,
          PRIMARY KEY(day, unit, state)) STRICT, WITHOUT ROWID;
        CREATE INDEX unit_day_unit ON unit_day(unit, day);
        CREATE TABLE unit_now(
          unit INTEGER PRIMARY KEY, boot_no INTEGER NOT NULL, state INTEGER NOT NULL,
          real INTEGER NOT NULL, mono INTEGER NOT NULL) STRICT;
        """;

    /// <summary>The public views over the tables.</summary>
    internal static string Views { get; } =
        RowView + "\n" + HistoryViews.Create + "\n" + BootsView("boot");

    /// <summary>
    /// Rows in words. The two names that the views are made of, here and in a reader's store.
    /// </summary>
    internal static string RowView =>
        "CREATE VIEW boot_order AS SELECT boot_no, uuid AS boot FROM boot;\n"
        + "CREATE VIEW row AS " + RowSelect("") + ";";

    /// <summary>Rows in words, from the tables of a schema ("" or "x.").</summary>
    /// <param name="viewer">As <see cref="Reading.RowFilter.ViewerUid"/>: who others are and what
    /// they asked for is kept from this uid; -1 and 0 see everything.</param>
    internal static string RowSelect(string schema, int viewer = -1)
    {
        string Seen(string column, string kinds, string hidden) => viewer <= 0
            ? column
            : $"CASE WHEN r.kind IN ({kinds}) AND r.uid <> {viewer} THEN {hidden} "
                + $"ELSE {column} END";
        return "SELECT r.id, r.real, r.mono, "
            + Words("r.kind", 13, static n => Core.Ports.RecordWords.Of((Core.Ports.RecordKind)n))
            + " AS kind, nu.s AS unit, nf.s AS from_state, nt.s AS to_state, nr.s AS result, "
            + Words("r.cause", 15, static n => Core.Ports.RecordWords.Of((Core.Ports.CauseKind)n))
            + $" AS cause, r.cause_seq, r.tx, r.job, {Seen("r.pid", Asked, "0")} AS pid, "
            + "CASE r.exit_kind WHEN 1 THEN 'exited' WHEN 2 THEN 'killed' WHEN 3 THEN 'dumped' END "
            + $"AS exit_kind, r.exit_code, {Seen("r.uid", Asked, "-1")} AS uid, "
            + $"{Seen("nc.s", Asked, "NULL")} AS comm, {Seen("r.text", Requests, "NULL")} AS text, "
            + "'disk' AS durability "
            + $"FROM {schema}record r LEFT JOIN {schema}name nu ON nu.id = r.unit "
            + $"LEFT JOIN {schema}name nf ON nf.id = r.from_state "
            + $"LEFT JOIN {schema}name nt ON nt.id = r.to_state "
            + $"LEFT JOIN {schema}name nr ON nr.id = r.result "
            + $"LEFT JOIN {schema}name nc ON nc.id = r.comm";
    }

    /// <summary>v_boots from counters that are kept while rows come and go.</summary>
    internal static string BootsView(string table) =>
        $"""
        CREATE VIEW v_boots AS
        SELECT uuid AS boot, {HistoryViews.Time("first_real")} AS begun,
          {HistoryViews.Time("last_real")} AS last, first_seq, last_seq, rows, gaps, reexecs,
          crashes, hangs, text
        FROM {table};
        """;

    private static string Words(string column, int count, Func<int, string> word)
    {
        var text = new System.Text.StringBuilder("CASE ").Append(column);
        for (int i = 0; i < count; i++)
            text.Append(" WHEN ").Append(i).Append(" THEN '").Append(word(i)).Append('\'');
        return text.Append(" END").ToString();
    }
}
