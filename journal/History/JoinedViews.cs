using InitTx.Journal.OnDisk;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.History;

/// <summary>
/// The public views over live rows and an archive's file together, for one statement of a user.
/// </summary>
internal static class JoinedViews
{
    private const string LiveBoots =
        "SELECT b.boot AS uuid, min(l.id) & 1099511627775 AS first_seq, "
        + "max(l.id) & 1099511627775 AS last_seq, min(l.real) AS first_real, "
        + "max(l.real) AS last_real, count(*) AS rows, sum(l.kind = 'gap') AS gaps, "
        + "sum(l.kind = 'reexec') AS reexecs, sum(l.kind = 'crash') AS crashes, "
        + "sum(l.kind = 'hang') AS hangs, "
        + "max(CASE WHEN l.kind = 'boot' THEN l.text END) AS text, b.boot_no "
        + "FROM main.live l JOIN main.live_boot b ON b.boot_no = l.id >> 40 GROUP BY b.boot_no";

    private const string DiskBoots = "SELECT boot_no, uuid AS boot FROM disk.boot";

    private const string DiskFacts =
        "SELECT uuid, first_seq, last_seq, first_real, last_real, rows, gaps, reexecs, crashes, "
        + "hangs, text, boot_no FROM disk.boot";

    private const string AllBoots =
        "SELECT uuid, min(first_seq) AS first_seq, max(last_seq) AS last_seq, "
        + "min(first_real) AS first_real, max(last_real) AS last_real, sum(rows) AS rows, "
        + "sum(gaps) AS gaps, sum(reexecs) AS reexecs, sum(crashes) AS crashes, "
        + "sum(hangs) AS hangs, max(text) AS text FROM (";

    /// <summary>Everything, for those who may see it.</summary>
    public static Database Make(LiveRows live, ArchiveReader? archive)
    {
        Require(Database.Open(":memory:", create: true, out Database? db), null);
        Run(db!, HistoryViews.Tables);
        Fill(db!, live);
        string rows = $"SELECT {HistoryViews.RowColumns} FROM main.live";
        string boots = "SELECT boot_no, boot FROM main.live_boot";
        string facts = LiveBoots;
        if (archive is not null)
        {
            Attach(db!, archive);
            rows = ArchiveSchema.RowSelect("disk.") + " UNION ALL " + rows;
            boots = DiskBoots + " UNION " + boots;
            facts += " UNION ALL " + DiskFacts;
        }

        Views(db!, rows, boots, facts, "");
        return db!;
    }

    /// <summary>An archive alone, as a user may see it who did not ask for all of it.</summary>
    /// <param name="secret">Ends the names of what the views are made of.</param>
    public static Database Censored(ArchiveReader archive, int viewer, string secret)
    {
        Require(Database.Open(":memory:", create: true, out Database? db), null);
        Attach(db!, archive);
        Views(db!, ArchiveSchema.RowSelect("disk.", viewer), DiskBoots, DiskFacts, secret);
        return db!;
    }

    private static void Attach(Database db, ArchiveReader archive)
    {
        string uri = archive.Uri.Replace("'", "''", StringComparison.Ordinal);
        Run(db, $"ATTACH '{uri}' AS disk");
    }

    private static void Views(Database db, string rows, string boots, string facts, string end)
    {
        string views = $"CREATE VIEW row{end} AS {rows};\n"
            + $"CREATE VIEW boot_order{end} AS {boots};\n"
            + $"CREATE VIEW boot_facts{end} AS {AllBoots}{facts}) GROUP BY uuid "
            + $"ORDER BY boot_no;\n{HistoryViews.Over($"row{end}", $"boot_order{end}")}\n"
            + ArchiveSchema.BootsView($"boot_facts{end}");
        Run(db, views.Replace("CREATE VIEW", "CREATE TEMP VIEW", StringComparison.Ordinal));
    }

    private static void Fill(Database db, LiveRows live)
    {
        Require(db.Prepare("INSERT INTO live_boot VALUES(?1, ?2)", out Statement? boot), db);
        Require(db.Prepare(
            $"INSERT INTO live({HistoryViews.RowColumns}) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"
            + "?11,?12,?13,?14,?15,?16,?17,?18,?19)",
            out Statement? insert), db);
        Run(db, "BEGIN");
        using (boot)
        using (insert)
        {
            foreach (string id in live.Boots)
            {
                boot!.Bind(1, live.NumberOf(id));
                boot.BindTextOrEmpty(2, id);
                Require(boot.Run(), db);
            }

            foreach (HistoryRow row in live.Rows)
            {
                Bind(insert!, row, live.NumberOf(row.Boot));
                Require(insert!.Run(), db);
            }
        }

        Run(db, "COMMIT");
    }

    private static void Bind(Statement s, HistoryRow row, long bootNumber)
    {
        s.Bind(1, (bootNumber << ArchiveSchema.SeqBits) | row.Seq);
        s.Bind(2, row.TimeUs);
        s.Bind(3, row.MonotonicUs);
        s.BindText(4, row.Kind);
        s.BindText(5, row.Unit);
        s.BindText(6, row.From);
        s.BindText(7, row.To);
        s.BindText(8, row.Result);
        s.BindTextOrEmpty(9, row.CauseKind);
        s.Bind(10, row.CauseSeq);
        s.Bind(11, row.Transaction);
        s.Bind(12, row.Job);
        s.Bind(13, row.Pid);
        s.BindText(14, row.ExitKind);
        s.Bind(15, row.ExitCode);
        if (row.Uid is int uid)
            s.Bind(16, uid);
        else
            s.BindText(16, null);
        s.BindText(17, row.Comm);
        s.BindText(18, row.Text);
        s.BindText(19, row.Durability);
    }

    private static void Run(Database db, string sql) => Require(db.Execute(sql), db);

    private static void Require(int code, Database? db)
    {
        if (code != raw.SQLITE_OK)
            throw new InvalidOperationException(
                $"SQLite {code}: {db?.LastError ?? Database.TextOf(code)}");
    }
}
