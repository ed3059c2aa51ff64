namespace InitTx.Journal.History;

/// <summary>
/// The public SQL surface: six views. Their names and columns only ever gain; the tables below
/// them are private and change. A boot's rows are ordered by seq, boots by <c>boot_no</c>.
/// </summary>
internal static class HistoryViews
{
    /// <summary>The private tables of a reader's store: rows that no archive has.</summary>
    public const string Tables =
        """
        CREATE TABLE live_boot(boot_no INTEGER PRIMARY KEY, boot TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE live(
          id INTEGER PRIMARY KEY,
          real INTEGER NOT NULL, mono INTEGER NOT NULL, kind TEXT NOT NULL, unit TEXT,
          from_state TEXT, to_state TEXT, result TEXT, cause TEXT NOT NULL,
          cause_seq INTEGER NOT NULL, tx INTEGER NOT NULL, job INTEGER NOT NULL,
          pid INTEGER NOT NULL, exit_kind TEXT, exit_code INTEGER NOT NULL, uid INTEGER,
          comm TEXT, text TEXT, durability TEXT NOT NULL) STRICT;
        CREATE INDEX live_unit ON live(unit);
        CREATE INDEX live_tx ON live(tx) WHERE tx <> 0;
        """;

    /// <summary>The columns of <c>row</c>, which all views are made of.</summary>
    public const string RowColumns =
        "id, real, mono, kind, unit, from_state, to_state, result, cause, cause_seq, tx, job, "
        + "pid, exit_kind, exit_code, uid, comm, text, durability";

    private const string TimeOf =
        "strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000000, 'unixepoch') "
        + "|| printf('.%06dZ', {0} % 1000000)";

    /// <summary>
    /// The statements that make all views but v_boots, over <c>row</c> and <c>boot_order</c>.
    /// </summary>
    public static string Create { get; } = Over("row", "boot_order");

    /// <summary>The same over tables or views of other names.</summary>
    public static string Over(string row, string order) => string.Join(
        '\n', History(row, order), Transactions(row, order), Jobs(row, order),
        Processes(row, order), Gaps(row, order));

    /// <summary>A time in microseconds as the text that views show.</summary>
    public static string Time(string column) =>
        TimeOf.Replace("{0}", column, StringComparison.Ordinal);

    private static string History(string row, string order) =>
        $"""
        CREATE VIEW v_history AS
        SELECT b.boot, r.id & 1099511627775 AS seq, {Time("r.real")} AS time, r.real AS time_us,
          r.mono AS monotonic_us, r.kind, r.unit, r.from_state, r.to_state, r.result,
          r.cause AS cause_kind, nullif(r.cause_seq, 0) AS cause_seq,
          nullif(r.tx, 0) AS transaction_id, nullif(r.job, 0) AS job_id, nullif(r.pid, 0) AS pid,
          r.exit_kind, CASE WHEN r.exit_kind IS NULL THEN NULL ELSE r.exit_code END AS exit_code,
          CASE WHEN r.uid >= 0 THEN r.uid END AS uid, r.comm, r.text, r.durability
        FROM {row} r JOIN {order} b ON b.boot_no = r.id >> 40;
        """;

    private static string Transactions(string row, string order) =>
        $"""
        CREATE VIEW v_transactions AS
        SELECT b.boot, t.id, t.verb, t.goals, t.outcome, {Time("t.begun_us")} AS begun,
          {Time("t.ended_us")} AS ended, (t.ended_us - t.begun_us) / 1e6 AS seconds,
          t.uid, t.pid, t.comm, t.begun_seq, t.ended_seq
        FROM (SELECT id >> 40 AS boot_no, tx AS id,
            max(CASE WHEN kind = 'transaction' THEN from_state END) AS verb,
            max(CASE WHEN kind = 'transaction' AND to_state = 'begun' THEN text END) AS goals,
            max(CASE WHEN kind = 'transaction' AND to_state = 'ended' THEN result END) AS outcome,
            max(CASE WHEN kind = 'transaction' AND to_state = 'begun' THEN real END) AS begun_us,
            max(CASE WHEN kind = 'transaction' AND to_state = 'ended' THEN real END) AS ended_us,
            max(CASE WHEN kind = 'transaction' AND to_state = 'begun' THEN id & 1099511627775 END)
              AS begun_seq,
            max(CASE WHEN kind = 'transaction' AND to_state = 'ended' THEN id & 1099511627775 END)
              AS ended_seq,
            max(CASE WHEN uid >= 0 THEN uid END) AS uid,
            max(CASE WHEN kind = 'request' THEN nullif(pid, 0) END) AS pid,
            max(CASE WHEN kind = 'request' THEN comm END) AS comm
          FROM {row} WHERE tx <> 0 AND kind IN ('transaction', 'request')
          GROUP BY id >> 40, tx) t JOIN {order} b USING(boot_no);
        """;

    private static string Jobs(string row, string order) =>
        $"""
        CREATE VIEW v_jobs AS
        SELECT b.boot, j.id, j.transaction_id, j.unit, j.kind, j.result,
          {Time("j.queued_us")} AS queued, {Time("j.begun_us")} AS begun,
          {Time("j.ended_us")} AS ended,
          (j.ended_us - coalesce(j.begun_us, j.queued_us)) / 1e6 AS seconds
        FROM (SELECT id >> 40 AS boot_no, job AS id, nullif(max(tx), 0) AS transaction_id,
            max(unit) AS unit,
            max(from_state) AS kind,
            max(CASE WHEN to_state = 'ended' THEN result END) AS result,
            max(CASE WHEN to_state = 'queued' THEN real END) AS queued_us,
            max(CASE WHEN to_state = 'running' THEN real END) AS begun_us,
            max(CASE WHEN to_state = 'ended' THEN real END) AS ended_us
          FROM {row} WHERE kind = 'job' AND job <> 0
          GROUP BY id >> 40, job) j JOIN {order} b USING(boot_no);
        """;

    // A pid may be used again by the same unit: a start belongs to the first end after it.
    private static string Processes(string row, string order) =>
        $"""
        CREATE VIEW v_processes AS
        SELECT b.boot, s.unit, s.from_state AS role, s.pid, s.to_state AS began_as,
          {Time("s.real")} AS begun, {Time("e.real")} AS ended,
          (e.real - s.real) / 1e6 AS seconds, e.to_state AS ended_as, e.exit_kind,
          CASE WHEN e.exit_kind IS NULL THEN NULL ELSE e.exit_code END AS exit_code,
          s.id & 1099511627775 AS begun_seq, e.id & 1099511627775 AS ended_seq
        FROM {row} s JOIN {order} b ON b.boot_no = s.id >> 40
        LEFT JOIN {row} e ON e.id = (
          SELECT n.id FROM {row} n
          WHERE n.unit = s.unit AND n.id > s.id AND n.id < ((s.id >> 40) + 1) << 40
            AND n.kind = 'process' AND n.pid = s.pid
            AND n.to_state IN ('exited', 'failed', 'lost')
          ORDER BY n.id LIMIT 1)
        WHERE s.kind = 'process' AND s.to_state IN ('started', 'adopted');
        """;

    private static string Gaps(string row, string order) =>
        $"""
        CREATE VIEW v_gaps AS
        SELECT b.boot, CAST(r.from_state AS INTEGER) AS first_seq,
          CAST(r.to_state AS INTEGER) AS last_seq,
          CAST(r.to_state AS INTEGER) - CAST(r.from_state AS INTEGER) + 1 AS lost,
          r.result AS why, {Time("r.real")} AS time, r.text
        FROM {row} r JOIN {order} b ON b.boot_no = r.id >> 40
        WHERE r.kind = 'gap';
        """;
}
