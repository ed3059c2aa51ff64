using InitTx.Archive;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;

namespace InitTx.Journal.Tests.Archive;

public sealed class ArchiveStoreTests
{
    private ArchiveFixture _archive = null!;

    [SetUp]
    public void SetUp() => _archive = new ArchiveFixture();

    [TearDown]
    public void TearDown() => _archive.Dispose();

    [Test]
    public void A_row_comes_back_as_it_was_sent()
    {
        JournalRecord sent = ArchiveFixture.Row(1) with
        {
            Kind = RecordKind.Process,
            Result = "ok",
            Transaction = 7,
            Job = 8,
            Pid = 9,
            ExitKind = ExitKind.Dumped,
            ExitCode = 11,
            Uid = 1000,
            Comm = "sh",
            Cause = CauseKind.Watchdog,
        };
        _archive.Append(ArchiveFixture.BootA, [sent]);
        HistoryRow row = _archive.All().Single();
        Assert.That(row with { Order = 0 }, Is.EqualTo(new HistoryRow
        {
            Boot = ArchiveFixture.BootA,
            Seq = 1,
            TimeUs = sent.Time.RealtimeUs,
            MonotonicUs = sent.Time.MonotonicUs,
            Kind = "process",
            Unit = "a.service",
            From = "dead",
            To = "running",
            Result = "ok",
            CauseKind = "watchdog",
            Transaction = 7,
            Job = 8,
            Pid = 9,
            ExitKind = "dumped",
            ExitCode = 11,
            Uid = 1000,
            Comm = "sh",
            Text = "text of 1",
            Durability = "disk",
        }));
    }

    [Test]
    public void What_is_sent_again_is_stored_once()
    {
        _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(1, 10));
        Assert.That(
            _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(5, 15)), Is.EqualTo(15));
        _archive.Reopen();
        Assert.That(
            _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(1, 15)), Is.EqualTo(15));
        Assert.That(_archive.All().Select(r => r.Seq), Is.EqualTo(Enumerable.Range(1, 15)));
        Assert.That(_archive.Verify().FirstWrong, Is.Null);
    }

    [Test]
    public void A_hole_in_the_numbers_is_a_gap_row()
    {
        _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(1, 3));
        _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(7, 8));
        IReadOnlyList<HistoryRow> rows = _archive.All();
        Assert.That(rows.Select(r => r.Seq), Is.EqualTo(new[] { 1, 2, 3, 6, 7, 8 }));
        Assert.That((rows[3].Kind, rows[3].From, rows[3].To), Is.EqualTo(("gap", "4", "6")));
        Assert.That(_archive.All(new HistoryQuery { Gaps = true }), Has.Count.EqualTo(1));
    }

    [Test]
    public void Rows_that_the_manager_gave_up_later_are_no_gap()
    {
        _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(1, 5));
        _archive.Append(ArchiveFixture.BootA, Journal.Live.GapWords.Row(
            2, 9, "trimmed", ArchiveFixture.Row(9).Time));
        HistoryRow gap = _archive.All(new HistoryQuery { Gaps = true }).Single();
        Assert.That((gap.From, gap.To, gap.Result), Is.EqualTo(("6", "9", "trimmed")));
    }

    [Test]
    public void Boots_follow_each_other_and_count()
    {
        _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(1, 4));
        _archive.Append(ArchiveFixture.BootB, ArchiveFixture.Rows(1, 2));
        using ArchiveReader reader = _archive.Read();
        Assert.That(
            reader.Boots.Select(b => (b.Boot, b.FirstSeq, b.LastSeq, b.Rows)),
            Is.EqualTo(new[]
            {
                (ArchiveFixture.BootA, 1L, 4L, 4L), (ArchiveFixture.BootB, 1L, 2L, 2L),
            }));
        Assert.That(
            reader.Query(new HistoryQuery { Boot = ArchiveFixture.BootB }), Has.Count.EqualTo(2));
    }

    [Test]
    public void Numbers_that_begin_anew_within_a_boot_are_a_history_of_their_own()
    {
        _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(1, 4));
        _archive.Append(ArchiveFixture.BootA, anew: true, ArchiveFixture.Rows(1, 2, "b.service"));
        Assert.That(
            _archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(2, 3, "b.service")),
            Is.EqualTo(3));
        Assert.That(
            _archive.All().Select(r => (r.Boot, r.Seq)),
            Is.EqualTo(
                Enumerable.Range(1, 4).Select(i => (ArchiveFixture.BootA, (long)i)).Concat(
                    Enumerable.Range(1, 3).Select(i => (ArchiveFixture.BootA + ".2", (long)i)))));
        _archive.Store.KeptOf(ArchiveFixture.BootA, out long kept, out _);
        Assert.That(kept, Is.EqualTo(3));
    }

    [Test]
    public void Queries_give_what_a_scan_of_all_rows_gives()
    {
        _archive.Append(ArchiveFixture.BootA, Mixed(1, 300));
        _archive.Append(ArchiveFixture.BootA, Mixed(301, 400));
        _archive.Append(ArchiveFixture.BootB, Mixed(1, 200));
        IReadOnlyList<HistoryRow> all = _archive.All();
        HistoryQuery[] queries =
        [
            new() { Units = ["a.service"] },
            new() { Units = ["a.service", "b.service", "none.service"], Limit = 7 },
            new() { Failed = true }, new() { Refused = true, Limit = 3 },
            new() { Failed = true, Gaps = true, Units = ["b.service"] },
            new() { Transaction = 5 }, new() { Uid = 1000, Reverse = true }, new() { Uid = -1 },
            new() { Boot = ArchiveFixture.BootB, Limit = 10, Oldest = true },
            new() { Boot = ArchiveFixture.BootA, AfterSeq = 20, BeforeSeq = 30 },
            new() { Boot = ArchiveFixture.BootA, Seq = 33 },
            new() { Kinds = ["job", "request"], Limit = 9, Reverse = true },
            new() { SinceUs = all[50].TimeUs, UntilUs = all[350].TimeUs },
            new() { SinceUs = all[100].TimeUs, Units = ["b.service"], Failed = true, Limit = 4 },
            new() { UntilUs = ArchiveFixture.Day0 },
        ];
        using ArchiveReader reader = _archive.Read();
        foreach (HistoryQuery query in queries)
        {
            IEnumerable<HistoryRow> expected = all.Where(r => RowFilters.Matches(r, query));
            if (query.Limit is { } limit)
                expected = query.Oldest ? expected.Take(limit) : expected.TakeLast(limit);
            if (query.Reverse)
                expected = expected.Reverse();
            Assert.That(reader.Query(query), Is.EqualTo(expected.ToList()), query.ToString());
        }
    }

    [Test]
    public void The_public_views_are_there_for_any_reader_of_the_file()
    {
        _archive.Append(ArchiveFixture.BootA, Mixed(1, 100));
        using ArchiveReader reader = _archive.Read();
        foreach (string view in new[]
            { "v_history", "v_transactions", "v_jobs", "v_processes", "v_boots", "v_gaps" })
        {
            SqlAnswer answer = reader.Sql($"SELECT count(*), max(boot) FROM {view}");
            Assert.That(answer.Error, Is.Null, view);
        }

        Assert.That(
            reader.Sql("SELECT rows FROM v_boots").Rows[0][0],
            Is.EqualTo(reader.Sql("SELECT count(*) FROM v_history").Rows[0][0]));
        Assert.That(reader.Sql("DELETE FROM record").Error, Is.Not.Null);
        Assert.That(reader.Sql("SELECT * FROM record").Error, Is.Not.Null);
    }

    [Test]
    public void Days_count_how_long_each_state_lasted()
    {
        const long Day = 86_400_000_000;
        JournalRecord At(long seq, long us, string to) => ArchiveFixture.Row(seq) with
        {
            Time = new Core.Instant(us + 1, ArchiveFixture.Day0 + us),
            To = to,
        };
        _archive.Append(ArchiveFixture.BootA, [
            At(1, 0, "running"), At(2, 3_600_000_000, "failed"),
            At(3, (2 * Day) + 5, "running"), At(4, (2 * Day) + 9, "dead"),
        ]);
        _archive.Append(ArchiveFixture.BootB, [At(1, 3 * Day, "running")]);
        using ArchiveReader reader = _archive.Read();
        string[] found = [.. reader.Days("a.service", 0)
            .Select(d => $"{d.Day - (ArchiveFixture.Day0 / Day)} {d.State} {d.Entered} {d.Us}")];
        Assert.That(found, Is.EquivalentTo(new[]
        {
            "0 running 1 3600000000", $"0 failed 1 {Day - 3_600_000_000}", $"1 failed 0 {Day}",
            "2 failed 0 5", "2 running 1 4", "2 dead 1 0", "3 running 1 0",
        }));
    }

    [Test]
    public void A_file_of_another_program_is_refused()
    {
        File.WriteAllText(_archive.StorePath, "");
        _archive.Tamper("CREATE TABLE mine(x)");
        Assert.That(
            ArchiveStore.Open(_archive.StorePath, default, out _, out string problem), Is.Null);
        Assert.That(problem, Does.EndWith("is not an archive"));
        Assert.That(ArchiveReader.Open(_archive.StorePath, out problem), Is.Null);
        Assert.That(problem, Does.EndWith("is not an archive"));
    }

    private static List<JournalRecord> Mixed(int first, int last) =>
        [.. Enumerable.Range(first, last - first + 1).Select(i => ArchiveFixture.Row(i) with
        {
            Kind = (RecordKind)(i % 13),
            Unit = (i % 3) switch { 0 => "a.service", 1 => "b.service", _ => null },
            To = i % 17 == 0 ? "failed" : "running",
            From = i % 13 == (int)RecordKind.Gap ? $"{i}" : "dead",
            Result = (i % 7) switch { 0 => "refused", 1 => "failed", _ => null },
            Transaction = i % 11 == 0 ? i % 23 : 0,
            ExitKind = (ExitKind)(i % 4),
            ExitCode = i % 5,
            Uid = i % 13 == (int)RecordKind.Request ? 1000 * (i % 2) : -1,
        })];
}
