using InitTx.Core.Ports;
using InitTx.Journal.Asking;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;

namespace InitTx.Journal.Tests.Archive;

/// <summary>
/// The archive's socket without the socket: requests as bytes, answers as bytes. A user sees what
/// the manager would show, never more, whatever is sent.
/// </summary>
public sealed class AskTests
{
    private const int Alice = 1_000;

    private ArchiveFixture _archive = null!;
    private ArchiveAnswerer _answerer = null!;

    private static readonly string[] Spies =
    [
        "SELECT * FROM disk.v_history", "SELECT uid FROM disk.v_history",
        "SELECT * FROM record", "SELECT text FROM disk.record", "SELECT s FROM name",
        "SELECT * FROM row", "SELECT * FROM disk.row", "SELECT * FROM temp.row",
        "WITH row AS (SELECT text FROM disk.record) SELECT * FROM row",
        "WITH v_history AS (SELECT text, comm FROM disk.record) SELECT * FROM v_history",
        "WITH boot_facts AS (SELECT uid FROM record) SELECT * FROM boot_facts",
        "SELECT * FROM (SELECT text FROM record) AS v_history",
        "SELECT * FROM (SELECT s FROM name) AS row",
        "SELECT * FROM sqlite_master", "SELECT sql FROM temp.sqlite_master",
        "SELECT * FROM sqlite_temp_schema", "SELECT * FROM pragma_database_list",
        "SELECT load_extension('x')", "PRAGMA database_list", "ATTACH 'x' AS y",
        "CREATE TEMP TABLE t(x)", "SELECT 1; SELECT 2", "VALUES(1) UNION SELECT uid FROM record",
    ];

    [SetUp]
    public void SetUp()
    {
        _archive = new ArchiveFixture();
        var rows = new List<JournalRecord>();
        for (int i = 1; i <= 1_400; i++)
        {
            JournalRecord row = ArchiveFixture.Row(i, $"u{i % 7}.service");
            rows.Add((i % 5) switch
            {
                0 => row with
                {
                    Kind = RecordKind.Request,
                    Unit = null,
                    From = "stop",
                    To = null,
                    Result = i % 10 == 0 ? "refused" : "accepted",
                    Uid = i % 3 == 0 ? Alice : 0,
                    Pid = i,
                    Comm = "hushcomm",
                    Text = "hushtext",
                    Transaction = i,
                },
                1 => row with
                {
                    Kind = RecordKind.Transaction,
                    Unit = null,
                    From = "stop",
                    To = "begun",
                    Uid = i % 3 == 0 ? Alice : 0,
                    Pid = i,
                    Comm = "hushcomm",
                    Text = "u1.service",
                    Transaction = i,
                },
                2 when i % 7 == 2 => row with
                {
                    Kind = RecordKind.Config,
                    Uid = 0,
                    Pid = i,
                    Comm = "hushcomm",
                    Text = "+ Service.Nice=5",
                },
                _ => row,
            });
        }

        for (int i = 0; i < rows.Count; i += 200)
            _archive.Append(ArchiveFixture.BootA, rows.GetRange(i, 200));
        _archive.Append(ArchiveFixture.BootB, ArchiveFixture.Rows(1, 300, "late.service"));
        _archive.Reopen();
        _answerer = new ArchiveAnswerer(_archive.StorePath);
    }

    [TearDown]
    public void TearDown()
    {
        _answerer.Dispose();
        _archive.Dispose();
    }

    private static IEnumerable<HistoryQuery> Queries()
    {
        yield return new();
        yield return new() { Reverse = true };
        yield return new() { Limit = 700 };
        yield return new() { Limit = 700, Reverse = true };
        yield return new() { Limit = 1_000, Oldest = true };
        yield return new() { Units = ["u2.service", "u3.service", "late.service"] };
        yield return new() { Units = ["u2.service"], Limit = 3 };
        yield return new() { Boot = ArchiveFixture.BootB, AfterSeq = 7, BeforeSeq = 200 };
        yield return new() { Refused = true, Failed = true };
        yield return new() { Uid = 0 };
        yield return new() { Uid = 0, Kinds = ["request"] };
        yield return new() { Kinds = ["transition"], Limit = 600 };
        yield return new() { Kinds = ["request", "transaction"], Reverse = true };
        yield return new() { SinceUs = ArchiveFixture.Day0 + 400_000_000 };
        yield return new() { Transaction = 10, Boot = ArchiveFixture.BootA };
    }

    [TestCaseSource(nameof(Queries))]
    public void Who_may_see_all_gets_what_the_file_has(HistoryQuery query)
    {
        using ArchiveReader reader = _archive.Read();
        using AskedArchive asked = Asked(-1);
        Assert.That(asked.Query(query), Is.EqualTo(reader.Query(query)));
        Assert.That(asked.Problem, Is.Null);
    }

    [TestCaseSource(nameof(Queries))]
    public void Others_get_no_more_than_the_same_rows_without_who_asked(HistoryQuery query)
    {
        using AskedArchive asked = Asked(Alice);
        using ArchiveReader reader = _archive.Read();
        IReadOnlyList<HistoryRow> seen = asked.Query(query);
        if (query.Uid is null)
            Assert.That(seen.Select(r => r.Order),
                Is.EqualTo(reader.Query(query).Select(r => r.Order)));
        foreach (HistoryRow row in seen.Where(
            r => r.Kind is "request" or "transaction" or "config"))
        {
            bool own = row.Uid == Alice;
            Assert.That(row.Comm, own ? Is.EqualTo("hushcomm") : Is.Null);
            Assert.That(row.Pid, own ? Is.Positive : Is.Zero);
            Assert.That(row.Text, own || row.Kind != "request" ? Is.Not.Null : Is.Null);
            Assert.That(row.Uid, Is.AnyOf(Alice, -1));
        }
    }

    [Test]
    public void Filtering_by_another_user_tells_nothing_of_what_that_user_asked()
    {
        using AskedArchive asked = Asked(Alice);
        Assert.That(
            asked.Query(new() { Uid = 0 }).Select(r => r.Kind),
            Has.None.EqualTo("request").And.None.EqualTo("transaction")
                .And.None.EqualTo("config"));
        Assert.That(asked.Query(new() { Uid = Alice, Kinds = ["request"] }), Is.Not.Empty);
    }

    [Test]
    public void Statements_see_the_same_as_rows_do()
    {
        using AskedArchive asked = Asked(Alice);
        SqlAnswer answer = asked.Sql(
            "SELECT count(*), count(comm), sum(uid IS NOT NULL), sum(text = 'hushtext') "
            + "FROM v_history WHERE kind = 'request' AND (uid IS NULL OR uid <> 1000)");
        Assert.That(answer.Error, Is.Null);
        Assert.That(answer.Rows[0], Is.EqualTo(new object?[] { 187L, 0L, 0L, null }));
        answer = asked.Sql(
            "SELECT count(*), count(comm), sum(pid) FROM v_history WHERE kind = 'config'");
        Assert.That(answer.Rows[0], Is.EqualTo(new object?[] { 40L, 0L, null }));
        answer = asked.Sql("SELECT count(*) FROM v_history WHERE uid = 1000 AND comm > ''");
        Assert.That((long)answer.Rows[0][0]!, Is.Positive);
        answer = asked.Sql("SELECT count(*) FROM v_transactions WHERE comm = 'hushcomm'");
        Assert.That((long)answer.Rows[0][0]!, Is.EqualTo(93), "Alice's own");
        foreach (string view in new[] { "v_jobs", "v_processes", "v_boots", "v_gaps" })
            Assert.That(asked.Sql($"SELECT * FROM {view}").Error, Is.Null, view);
    }

    [TestCaseSource(nameof(Spies))]
    public void No_statement_reads_past_the_views(string sql)
    {
        using AskedArchive asked = Asked(Alice);
        SqlAnswer answer = asked.Sql(sql);
        string given = string.Join(' ', answer.Rows.SelectMany(r => r).Select(c => $"{c}"));
        Assert.That(answer.Error, Is.Not.Null, given);
        Assert.That(answer.Rows, Is.Empty);
    }

    [Test]
    public void The_same_tricks_with_a_statement_that_only_counts_show_no_text()
    {
        using AskedArchive asked = Asked(Alice);
        SqlAnswer answer = asked.Sql(
            "WITH v_history AS (SELECT 1 AS x FROM disk.v_history WHERE text = 'hushtext') "
            + "SELECT count(*) FROM v_history");
        Assert.That(answer.Error, Is.Not.Null);
    }

    [Test]
    public void A_statement_ends_at_its_time_its_rows_and_its_bytes_and_says_what_to_do()
    {
        using AskedArchive asked = Asked(Alice);
        SqlAnswer slow = asked.Sql(
            "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) "
            + "SELECT count(*) FROM n");
        Assert.That(slow.Error, Does.Contain("took longer").And.Contain("narrow it"));
        Assert.That(slow.Limit);
        SqlAnswer many = asked.Sql(
            "SELECT a.seq FROM v_history a, v_history b", new SqlLimits(20, 0, 0));
        Assert.That(many.Error, Does.Contain("more than 20 rows").And.Contain("LIMIT"));
        SqlAnswer wide = asked.Sql(
            "SELECT printf('%.*c', 900000, 'x') FROM v_history LIMIT 50");
        Assert.That(wide.Error, Does.Contain("bytes"));
        Assert.That(wide.Rows, Is.Empty);
    }

    [Test]
    public void Whatever_bytes_come_there_is_an_answer()
    {
        var random = new Random(7);
        byte[] request = new ArchiveAsk
        {
            Kind = AskKind.Rows,
            Query = new() { Units = ["u1.service"], Limit = 5, Kinds = ["job"] },
        }.ToBytes();
        for (int i = 0; i < 3_000; i++)
        {
            byte[] bytes = [.. request];
            for (int n = random.Next(4); n >= 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            byte[] answer = _answerer.Answer(bytes.AsSpan(0, random.Next(bytes.Length + 1)), Alice);
            Assert.That(answer, Has.Length.InRange(2, AskLimits.Answer));
        }
    }

    [Test]
    public void States_and_days_are_those_of_the_file()
    {
        using ArchiveReader reader = _archive.Read();
        using AskedArchive asked = Asked(Alice);
        Assert.That(asked.Boots, Is.EqualTo(reader.Boots));
        Assert.That(asked.Days(null, 0), Is.EqualTo(reader.Days(null, 0)).And.Not.Empty);
        Assert.That(asked.Days("none.service", 0), Is.Empty);
        Assert.That(asked.Current(null), Is.EqualTo(reader.Current(null)).And.Not.Empty);
        long at = ArchiveFixture.Day0 + 200_000_000;
        Assert.That(asked.StatesAt(at)!.Units, Is.EqualTo(reader.StatesAt(at)!.Units));
        Assert.That(asked.StatesAt(1), Is.Null);
        Assert.That(asked.Problem, Is.Null);
    }

    [Test]
    public void A_missing_archive_and_a_mad_one_are_told()
    {
        using var none = new ArchiveAnswerer(_archive.StorePath + ".none");
        Assert.That(
            AskedArchive.Over(new Line(b => none.Answer(b, -1)), out string problem), Is.Null);
        Assert.That(problem, Does.Contain("no archive"));
        var random = new Random(3);
        for (int i = 0; i < 500; i++)
        {
            AskedArchive? mad = AskedArchive.Over(
                new Line(b =>
                {
                    byte[] answer = _answerer.Answer(b, -1);
                    answer[random.Next(answer.Length)] ^= (byte)(1 << random.Next(8));
                    return answer;
                }),
                out _);
            if (mad is null)
                continue;
            mad.Query(new() { Limit = 600 });
            mad.StatesAt(ArchiveFixture.Day0 + 5_000_000);
            mad.Sql("SELECT * FROM v_history LIMIT 9");
            mad.Dispose();
        }
    }

    private AskedArchive Asked(int viewer)
    {
        AskedArchive? asked = AskedArchive.Over(
            new Line(b => _answerer.Answer(b, viewer)), out string problem);
        Assert.That(asked, Is.Not.Null, problem);
        return asked!;
    }

    private sealed class Line(Func<byte[], byte[]> answer) : IArchiveLine
    {
        public byte[]? Ask(ReadOnlySpan<byte> request, out string problem)
        {
            problem = "";
            return answer(request.ToArray());
        }

        public void Dispose()
        {
        }
    }
}
