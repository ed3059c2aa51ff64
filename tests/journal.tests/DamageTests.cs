using InitTx.Core.Ports;
using InitTx.Journal.Live;
using InitTx.Journal.Reading;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

/// <summary>
/// Every way in which files can be wrong when the manager comes back: the outcome is named, nothing
/// throws, the journal takes rows afterwards and what is missing is a gap row.
/// </summary>
public sealed class DamageTests
{
    private const int Committed = 400;

    private StoreFixture _first = null!;
    private StoreFixture _crashed = null!;

    [SetUp]
    public void SetUp()
    {
        _first = new StoreFixture();
        _first.Open();
        var unit = _first.States.Add("a.service", "state");
        for (int i = 0; i < Committed; i++)
        {
            _first.Journal.Commit(
                _first.States, [StoreFixture.Row(_first.NextSeq++, text: new string('t', 300))],
                [unit], true);
        }

        _crashed = _first.CrashCopy();
        _crashed.Options = _crashed.Options with { ExpectedHeadSeq = Committed };
    }

    [TearDown]
    public void TearDown()
    {
        _crashed.Dispose();
        _first.Dispose();
    }

    [Test]
    public void Files_as_a_crash_leaves_them_lose_nothing()
    {
        RecoveredJournal recovered = _crashed.Open();
        Assert.That(recovered.Problems, Is.Empty);
        Assert.That(recovered.HeadSeq, Is.EqualTo(Committed));
        Assert.That(
            _crashed.AllRows().Select(r => r.Record.Seq), Is.EqualTo(Numbers(1, Committed)));
    }

    [TestCase("header garbage")]
    [TestCase("junk file")]
    [TestCase("empty file")]
    [TestCase("half a file")]
    [TestCase("write version 9")]
    [TestCase("schema page garbage")]
    [TestCase("all pages garbage")]
    [TestCase("database removed")]
    [TestCase("database is a directory")]
    [TestCase("database is a symbolic link")]
    [TestCase("database has two links")]
    [TestCase("database readable for all")]
    [TestCase("foreign application")]
    [TestCase("newer major version")]
    [TestCase("min_writer is newer")]
    public void A_damaged_database_is_put_aside_and_everything_starts_afresh(string damage)
    {
        CheckPointed();
        Damage(damage);
        RecoveredJournal recovered = _crashed.Open();
        Assert.That(
            recovered.Origin, Is.EqualTo(StoreOrigin.Fresh), string.Join('\n', recovered.Problems));
        Assert.That(recovered.HeadSeq, Is.EqualTo(Committed), "the black box knows the head");
        Assert.That(recovered.Units, Is.Empty);
        AssertGapAndNewRows(1, Committed);
        Assert.That(_crashed.Reopen().Units.Select(u => u.Name), Is.EqualTo(new[] { "a.service" }),
            "all states were written anew");
    }

    [Test]
    public void A_log_without_its_database_is_not_used()
    {
        File.Delete(_crashed.StorePath);
        RecoveredJournal recovered = _crashed.Open();
        Assert.That(recovered.Origin, Is.EqualTo(StoreOrigin.Fresh));
        Assert.That(recovered.Problems[0], Does.Contain("a log without its database"));
        Assert.That(File.Exists(_crashed.StorePath + ".corrupt-1-wal"), Is.True);
        AssertGapAndNewRows(1, Committed);
    }

    [TestCase("removed")]
    [TestCase("cut to nothing")]
    [TestCase("wrong salt")]
    [TestCase("garbage in the middle")]
    [TestCase("cut in the middle")]
    public void A_log_that_lost_rows_shows_as_a_gap(string damage)
    {
        string log = _crashed.StorePath + "-wal";
        byte[] content = File.ReadAllBytes(log);
        switch (damage)
        {
            case "removed":
                File.Delete(log);
                break;
            case "cut to nothing":
                File.WriteAllBytes(log, []);
                break;
            case "wrong salt":
                content[16] ^= 0xff;
                File.WriteAllBytes(log, content);
                break;
            case "garbage in the middle":
                content.AsSpan(content.Length / 2, 5000).Fill(0x5a);
                File.WriteAllBytes(log, content);
                break;
            default:
                File.WriteAllBytes(log, content[..(content.Length / 2)]);
                break;
        }

        RecoveredJournal recovered = _crashed.Open();
        long stored = recovered.StateSeq;
        Assert.That(recovered.HeadSeq, Is.EqualTo(Committed));
        if (stored < Committed)
            AssertGapAndNewRows(stored + 1, Committed);
        else
            Assert.Fail("the damage did not lose a row: the test does not test");
    }

    [Test]
    public void A_log_of_another_run_with_a_lower_head_shows_as_a_gap()
    {
        using var other = new StoreFixture();
        other.Open();
        other.CommitRows(5);
        File.Copy(other.StorePath + "-wal", _crashed.StorePath + "-wal", overwrite: true);
        File.Copy(other.StorePath, _crashed.StorePath, overwrite: true);
        RecoveredJournal recovered = _crashed.Open();
        Assert.That(recovered.StateSeq, Is.EqualTo(5));
        AssertGapAndNewRows(6, Committed);
    }

    [Test]
    public void A_store_of_another_boot_is_not_adopted()
    {
        _crashed.Options =
            _crashed.Options with { BootId = StoreFixture.BootB, ExpectedHeadSeq = 0 };
        RecoveredJournal recovered = _crashed.Open();
        Assert.That(recovered.Origin, Is.EqualTo(StoreOrigin.Fresh));
        Assert.That(recovered.Problems[0], Does.Contain("another boot"));
        Assert.That(recovered.HeadSeq, Is.Zero);
    }

    [Test]
    public void A_store_on_disk_keeps_the_rows_of_earlier_boots_but_not_their_states()
    {
        _crashed.Options = _crashed.Options with
        {
            BootId = StoreFixture.BootB,
            Durability = RowDurability.Disk,
            ExpectedHeadSeq = 0,
        };
        RecoveredJournal recovered = _crashed.Open();
        Assert.That(recovered.Origin, Is.EqualTo(StoreOrigin.EarlierBoot));
        Assert.That(recovered.Units, Is.Empty);
        Assert.That(recovered.HeadSeq, Is.EqualTo(Committed));
        _crashed.NextSeq = Committed + 1;
        _crashed.CommitRows(1);
        List<JournalRow> rows = _crashed.AllRows();
        Assert.That(rows[^2].Boot, Is.EqualTo(StoreFixture.BootA));
        Assert.That(rows[^1].Boot, Is.EqualTo(StoreFixture.BootB));
        Assert.That(rows[^1].Durability, Is.EqualTo(RowDurability.Disk));
    }

    [Test]
    public void The_fourth_damaged_store_leaves_the_ring()
    {
        for (int i = 1; i <= 3; i++)
        {
            File.WriteAllBytes(_crashed.StorePath, new byte[50]);
            Assert.That(_crashed.Open().Origin, Is.EqualTo(StoreOrigin.Fresh), $"time {i}");
            _crashed.Journal.Dispose();
            Assert.That(
                Directory.GetFiles(_crashed.Root, "*.corrupt-*").Where(
                    f => !f.EndsWith("-wal", StringComparison.Ordinal)),
                Is.EqualTo(
                    new[] { $"{_crashed.StorePath}.corrupt-{i}" }), "only the newest is kept");
        }

        File.WriteAllBytes(_crashed.StorePath, new byte[50]);
        Assert.That(_crashed.Open().Origin, Is.EqualTo(StoreOrigin.None));
        Assert.That(_crashed.Journal.Level, Is.EqualTo(JournalLevel.Ring));
        _crashed.Journal.Dispose();
        _crashed.Options = _crashed.Options with { FirstStartOfBoot = true };
        Assert.That(
            _crashed.Open().Origin, Is.EqualTo(StoreOrigin.Fresh), "a new boot counts anew");
    }

    [TestCase("replaced")]
    [TestCase("removed")]
    [TestCase("linked")]
    [TestCase("cut")]
    [TestCase("log cut")]
    [TestCase("log removed")]
    public void A_file_that_changes_under_the_open_store_is_noticed(string damage)
    {
        _crashed.Open();
        _crashed.States.Add("a.service", "state");
        _crashed.NextSeq = Committed + 1;
        _crashed.CommitRows(300, text: new string('x', 300));
        string path = _crashed.StorePath;
        string log = path + "-wal";
        switch (damage)
        {
            case "replaced":
                File.Copy(path, path + ".new");
                File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.Move(path + ".new", path, overwrite: true);
                break;
            case "removed":
                File.Delete(path);
                break;
            case "linked":
                Assert.That(TestFiles.HardLink(path, path + ".link"), Is.Zero);
                break;
            case "cut":
                Assert.That(TestFiles.Truncate(path, 4096), Is.Zero);
                break;
            case "log cut":
                Assert.That(TestFiles.Truncate(log, 0), Is.Zero);
                break;
            default:
                File.Delete(log);
                break;
        }

        Assert.That(_crashed.Journal.VerifyFiles(), Is.False);
        Assert.That(_crashed.Journal.Level, Is.EqualTo(JournalLevel.ArchiveAway));
        Assert.That(_crashed.Journal.LastError, Is.Not.Null);
        AssertGapAndNewRows(1, _crashed.NextSeq - 1);
    }

    [Test]
    public void A_damaged_page_found_while_writing_starts_a_fresh_store()
    {
        _crashed.Open();
        _crashed.NextSeq = Committed + 1;
        _crashed.Journal.Store!.Database.Execute("DROP TABLE record");
        AssertGapAndNewRows(1, Committed);
        Assert.That(_crashed.Reports, Has.Some.Contains("kept as"));
    }

    [TestCase("of another user")]
    [TestCase("open for others")]
    [TestCase("missing")]
    public void A_directory_that_is_not_ours_gets_no_store_but_a_ring(string fault)
    {
        switch (fault)
        {
            case "of another user":
                _crashed.Options = _crashed.Options with { OwnerUid = 12345 };
                break;
            case "open for others":
                File.SetUnixFileMode(_crashed.Root, (UnixFileMode)0b111_101_101);
                break;
            default:
                _crashed.Options = _crashed.Options with { Directory = _crashed.Root + "/none" };
                break;
        }

        RecoveredJournal recovered = _crashed.Open();
        Assert.That(recovered.Origin, Is.EqualTo(StoreOrigin.None));
        Assert.That(recovered.Problems, Is.Not.Empty);
        _crashed.NextSeq = Committed + 1;
        Assert.That(_crashed.CommitRows(3), Is.False);
        Assert.That(_crashed.Ring.Count, Is.EqualTo(3));
        Assert.That(_crashed.Journal.Level, Is.EqualTo(JournalLevel.Ring));
    }

    private void AssertGapAndNewRows(long firstLost, long lastLost)
    {
        if (_crashed.States.Units.Count == 0)
            _crashed.States.Add("a.service", "state");
        _crashed.NextSeq = lastLost + 1;
        Assert.That(_crashed.CommitRows(2), Is.True, _crashed.Journal.LastError);
        List<JournalRow> rows = _crashed.AllRows();
        JournalRecord gap = rows.Single(r => r.Record.Kind == RecordKind.Gap).Record;
        Assert.That((gap.From, gap.To), Is.EqualTo(($"{firstLost}", $"{lastLost}")));
        Assert.That(gap.Seq, Is.EqualTo(lastLost));
        Assert.That(gap.Text, Does.StartWith($"{lastLost - firstLost + 1} row(s)"));
        Assert.That(
            rows.Where(r => r.Record.Kind != RecordKind.Gap).Select(r => r.Record.Seq),
            Is.EqualTo(Numbers(1, firstLost - 1).Concat(Numbers(lastLost + 1, lastLost + 2))));
    }

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (long n = first; n <= last; n++)
            yield return n;
    }

    // Moves all content from the log into the database, so that damage to the database counts.
    private void CheckPointed()
    {
        _crashed.Open();
        _crashed.Journal.Dispose();
        Assert.That(File.Exists(_crashed.StorePath + "-wal"), Is.False);
    }

    private void Damage(string damage)
    {
        string path = _crashed.StorePath;
        byte[] content = File.ReadAllBytes(path);
        switch (damage)
        {
            case "header garbage":
                content.AsSpan(0, 100).Fill(0x5a);
                break;
            case "junk file":
                content = "this is no database, only fifty bytes of some text"u8.ToArray();
                break;
            case "empty file":
                content = [];
                break;
            case "half a file":
                content = content[..(content.Length / 2)];
                break;
            case "write version 9":
                content[18] = 9;
                content[19] = 9;
                break;
            case "schema page garbage":
                content.AsSpan(100, 3900).Fill(0x5a);
                break;
            case "all pages garbage":
                content.AsSpan(4096).Fill(0x5a);
                break;
            case "foreign application":
                content[68] ^= 1;
                break;
            case "newer major version":
                content[61] = 0;
                content[62] = 0x07;
                content[63] = 0xd0;
                break;
            case "min_writer is newer":
                Assert.That(Sqlite.Database.Open(path, false, out var db), Is.Zero);
                db!.Execute("UPDATE meta SET v = '1002' WHERE k = 'min_writer'");
                db.Dispose();
                content = File.ReadAllBytes(path);
                break;
            case "database removed":
                File.Delete(path);
                return;
            case "database is a directory":
                File.Delete(path);
                Directory.CreateDirectory(path);
                return;
            case "database is a symbolic link":
                File.Move(path, path + ".real");
                File.CreateSymbolicLink(path, path + ".real");
                return;
            case "database has two links":
                Assert.That(TestFiles.HardLink(path, path + ".link"), Is.Zero);
                return;
            case "database readable for all":
                File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
                return;
            default:
                throw new ArgumentException(damage);
        }

        File.WriteAllBytes(path, content);
    }
}
