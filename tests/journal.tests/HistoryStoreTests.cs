using InitTx.Journal.History;
using InitTx.Journal.Reading;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

public sealed class HistoryStoreTests
{
    private HistoryStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _store = new HistoryStore();
        _store.Add(Story.Rows);
    }

    [TearDown]
    public void TearDown() => _store.Dispose();

    private static IEnumerable<TestCaseData> DocumentedViews()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "journal.md"));
        foreach (string line in page.Split('\n'))
        {
            if (line.StartsWith("| `v_", StringComparison.Ordinal))
            {
                string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
                yield return new TestCaseData(cells[1].Trim('`'), cells[2]).SetArgDisplayNames(
                    cells[1].Trim('`'));
            }
        }
    }

    [TestCaseSource(nameof(DocumentedViews))]
    public void The_public_columns_are_those_of_the_documents(string view, string columns) =>
        Assert.That(string.Join(", ", Ok($"SELECT * FROM {view}").Columns), Is.EqualTo(columns));

    [Test]
    public void All_six_views_are_documented() =>
        Assert.That(DocumentedViews().Select(d => d.Arguments[0]), Is.EqualTo(new[]
        {
            "v_history", "v_transactions", "v_jobs", "v_processes", "v_boots", "v_gaps",
        }));

    [Test]
    public void The_documents_examples_run()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "journal.md"));
        string block = page.Split("```sql")[1].Split("```")[0];
        string[] statements =
            [.. block.Split('\n').Where(l => l.StartsWith("SELECT", StringComparison.Ordinal))];
        Assert.That(statements, Has.Length.EqualTo(3));
        foreach (string statement in statements)
            Ok(statement);
    }

    [Test]
    public void Rows_come_back_as_they_were_added()
    {
        Assert.That(_store.Query(new HistoryQuery()), Is.EqualTo(Story.Rows));
        _store.Add(Story.Rows);
        Assert.That(_store.Query(new HistoryQuery()), Has.Count.EqualTo(Story.Rows.Count));
    }

    [Test]
    public void Times_in_views_are_RFC_3339_with_microseconds() =>
        Assert.That(
            Ok("SELECT time FROM v_history WHERE seq = 1").Rows[0][0],
            Is.EqualTo("2023-11-14T23:13:20.500000Z"));

    [Test]
    public void Transactions_know_who_asked_and_how_they_ended()
    {
        SqlAnswer answer = Ok(
            "SELECT id, verb, goals, outcome, seconds, uid, pid, comm FROM v_transactions "
            + "ORDER BY id");
        Assert.That(answer.Rows, Is.EqualTo(new object?[][]
        {
            [1L, "start", "default.target", "committed", 2.5, null, null, null],
            [2L, "start", "web.service", "committed", 4.0, 0L, 400L, "initx"],
            [3L, "start", "db.service", "failed", 3.0, 0L, 700L, "initx"],
        }));
    }

    [Test]
    public void Jobs_know_their_times()
    {
        SqlAnswer answer = Ok("SELECT unit, kind, result, seconds FROM v_jobs ORDER BY id");
        Assert.That(answer.Rows, Is.EqualTo(new object?[][]
        {
            ["default.target", "start", "done", 1.0],
            ["web.service", "start", "done", 2.5],
            ["db.service", "start", "failed", 2.0],
        }));
    }

    [Test]
    public void A_process_with_a_reused_pid_gets_its_own_end()
    {
        SqlAnswer answer = Ok(
            "SELECT unit, role, pid, exit_kind, exit_code, begun_seq, ended_seq FROM v_processes");
        Assert.That(answer.Rows, Is.EquivalentTo(new object?[][]
        {
            ["web.service", "main", 500L, "killed", 9L, 14L, 18L],
            ["web.service", "main", 500L, null, null, 23L, null],
            ["db.service", "start-pre", 701L, "exited", 3L, 29L, 30L],
        }));
    }

    [Test]
    public void Gaps_and_boots_are_counted()
    {
        Assert.That(
            Ok("SELECT first_seq, last_seq, lost, why FROM v_gaps").Rows,
            Is.EqualTo(new object?[][] { [1L, 9L, 9L, "trimmed"] }));
        Assert.That(
            Ok("SELECT boot, rows, gaps, text FROM v_boots ORDER BY begun").Rows,
            Is.EqualTo(new object?[][]
            {
                [Story.Earlier, 2L, 1L, null], [Story.Now, 34L, 0L, "6.1.0-13, initx 0.1.0"],
            }));
    }

    [Test]
    public void Filters_leave_what_they_name()
    {
        long at = Story.Row(20, "").TimeUs;
        Assert.That(
            Seqs(new() { Units = ["proxy.service", "default.target"] }), Is.EqualTo(
            new[] { 3, 4, 5, 6, 20 }));
        Assert.That(Seqs(new() { SinceUs = at, UntilUs = at + 1 }), Is.EqualTo(new[] { 20 }));
        Assert.That(Seqs(new() { Boot = Story.Earlier }), Is.EqualTo(new[] { 9, 10 }));
        Assert.That(Seqs(new() { Transaction = 1 }), Is.EqualTo(new[] { 2, 3, 4, 5, 6, 7 }));
        Assert.That(Seqs(new() { Uid = 1000 }), Is.EqualTo(new[] { 25 }));
        Assert.That(Seqs(new() { Failed = true }), Is.EqualTo(new[] { 18, 19, 30, 31, 32, 33 }));
        Assert.That(Seqs(new() { Refused = true }), Is.EqualTo(new[] { 25, 34 }));
        Assert.That(Seqs(new() { Gaps = true }), Is.EqualTo(new[] { 9 }));
        Assert.That(Seqs(new() { Gaps = true, Refused = true }), Is.EqualTo(new[] { 9, 25, 34 }));
        Assert.That(
            Seqs(new() { Failed = true, Units = ["db.service"], Boot = Story.Now }),
            Is.EqualTo(new[] { 30, 31, 32 }));
    }

    [Test]
    public void A_limit_takes_the_newest_in_the_order_asked_for()
    {
        Assert.That(Seqs(new() { Limit = 3 }), Is.EqualTo(new[] { 32, 33, 34 }));
        Assert.That(Seqs(new() { Limit = 3, Reverse = true }), Is.EqualTo(new[] { 34, 33, 32 }));
        Assert.That(Seqs(new() { Limit = 0 }), Is.Empty);
    }

    [TestCase("0", Story.Now)]
    [TestCase("-1", Story.Earlier)]
    [TestCase("-2", null)]
    [TestCase("1", null)]
    [TestCase("aaaa", Story.Earlier)]
    [TestCase("AAAAAAAA-0000", Story.Earlier)]
    [TestCase("cccc", null)]
    [TestCase("a", null)]
    [TestCase("", null)]
    public void Boots_are_named_by_number_or_id(string text, string? boot) =>
        Assert.That(_store.ResolveBoot(text), Is.EqualTo(boot));

    [TestCase("SELECT count(*) FROM v_history h JOIN v_boots b USING(boot)")]
    [TestCase(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) "
        + "SELECT i FROM n")]
    [TestCase("SELECT upper(unit), max(time) FROM v_history GROUP BY 1;  ")]
    [TestCase("SELECT * FROM (SELECT unit FROM v_jobs) ORDER BY unit")]
    [TestCase("VALUES(1, 2)")]
    [TestCase("SELECT id, row_number() OVER (ORDER BY id) FROM v_transactions")]
    public void Reading_the_views_is_allowed(string sql) => Assert.That(Ok(sql).Rows, Is.Not.Empty);

    [TestCase("SELECT * FROM row")]
    [TestCase("SELECT * FROM sqlite_schema")]
    [TestCase("SELECT * FROM pragma_table_info('row')")]
    [TestCase("DELETE FROM row")]
    [TestCase("DELETE FROM v_history")]
    [TestCase("DROP VIEW v_history")]
    [TestCase("CREATE TABLE t(a)")]
    [TestCase("CREATE TEMP TABLE t(a)")]
    [TestCase("ATTACH '/tmp/x' AS x")]
    [TestCase("PRAGMA writable_schema=ON")]
    [TestCase("SELECT load_extension('x')")]
    [TestCase("BEGIN")]
    [TestCase("VACUUM INTO '/tmp/initx-never'")]
    [TestCase("SELECT 1; DELETE FROM row")]
    [TestCase("SELECT 1; SELECT 2")]
    [TestCase("")]
    [TestCase("-- nothing")]
    [TestCase("EXPLAIN DELETE FROM row")]
    [TestCase("SELEKT")]
    [TestCase("SELECT json_extract('{', '$')")]
    public void Everything_else_is_refused_with_a_reason(string sql)
    {
        SqlAnswer answer = _store.Sql(sql);
        Assert.That(answer.Error, Is.Not.Null.And.Not.Empty);
        Assert.That(answer.Rows, Is.Empty);
        Assert.That(_store.Query(new HistoryQuery()), Has.Count.EqualTo(Story.Rows.Count));
        Assert.That(File.Exists("/tmp/initx-never"), Is.False);
    }

    [Test]
    public void Rows_of_a_live_journal_get_their_words()
    {
        using var fixture = new StoreFixture();
        fixture.Open();
        fixture.CommitRows(2);
        using var store = new HistoryStore();
        store.Add(fixture.AllRows().Select(r => HistoryRow.Of(r)));
        HistoryRow row = store.Query(new HistoryQuery()).First();
        Assert.That(
            (row.Boot, row.Kind, row.CauseKind, row.ExitKind, row.Durability, row.To),
            Is.EqualTo((StoreFixture.BootA, "transition", "job", "", "tmpfs", "running")));
        Assert.That(
            JournalRow.TryParseDurability(row.Durability, out RowDurability parsed), Is.True);
        Assert.That(parsed, Is.EqualTo(RowDurability.Tmpfs));
    }

    private SqlAnswer Ok(string sql)
    {
        SqlAnswer answer = _store.Sql(sql);
        Assert.That(answer.Error, Is.Null);
        return answer;
    }

    private IEnumerable<int> Seqs(HistoryQuery query) =>
        _store.Query(query).Select(r => (int)r.Seq);

    private static string Root()
    {
        string? directory = TestContext.CurrentContext.TestDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "InitTx.sln")))
            directory = Path.GetDirectoryName(directory);
        return directory
            ?? throw new InvalidOperationException("the project's root is not above the tests");
    }
}
