using InitTx.Core.Ports;
using InitTx.Journal.Live;
using InitTx.Journal.Reading;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

public sealed class LiveStoreTests
{
    private StoreFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new StoreFixture();

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [TestCase("page_size", "4096")]
    [TestCase("locking_mode", "exclusive")]
    [TestCase("journal_mode", "wal")]
    [TestCase("synchronous", "0")]
    [TestCase("wal_autocheckpoint", "256")]
    [TestCase("journal_size_limit", "1048576")]
    [TestCase("max_page_count", "6144")]
    [TestCase("cache_size", "-512")]
    [TestCase("temp_store", "2")]
    [TestCase("trusted_schema", "0")]
    [TestCase("cell_size_check", "1")]
    [TestCase("busy_timeout", "0")]
    [TestCase("user_version", "1001")]
    [TestCase("application_id", "1230264394")]
    public void The_open_store_has_its_settings(string pragma, string value)
    {
        _fixture.Open();
        _fixture.Journal.Store!.Database.ReadText($"PRAGMA {pragma}", out string? found);
        Assert.That(found, Is.EqualTo(value));
    }

    [Test]
    public void A_store_on_disk_synchronises_fully()
    {
        _fixture.Options = _fixture.Options with { Durability = RowDurability.Disk };
        _fixture.Open();
        _fixture.Journal.Store!.Database.ReadText("PRAGMA synchronous", out string? found);
        Assert.That(found, Is.EqualTo("2"));
    }

    [Test]
    public void There_is_never_a_shared_memory_file()
    {
        _fixture.Open();
        _fixture.CommitRows(10);
        _fixture.Reopen();
        _fixture.CommitRows(10);
        Assert.That(
            Directory.GetFiles(_fixture.Root).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "live.db", "live.db-wal" }));
    }

    [Test]
    public void Only_the_owner_may_open_the_files()
    {
        _fixture.Open();
        foreach (string file in Directory.GetFiles(_fixture.Root))
        {
            Assert.That(
                File.GetUnixFileMode(file),
                Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public void Every_field_of_a_row_comes_back()
    {
        _fixture.Open();
        JournalRecord record = new()
        {
            Seq = 1,
            Time = new(long.MaxValue, -5),
            Kind = RecordKind.Rejected,
            Unit = "ü@ż.service",
            From = "start-pre",
            To = "exec",
            Result = "exit-code",
            Cause = CauseKind.Shutdown,
            CauseSeq = 77,
            Transaction = long.MaxValue,
            Job = 3,
            Pid = int.MaxValue,
            ExitKind = ExitKind.Dumped,
            ExitCode = 139,
            Uid = -1,
            Comm = "co mm",
            Text = "a line\nand another 🐧",
        };
        Assert.That(_fixture.Commit(record), Is.True);
        JournalRow row = _fixture.AllRows().Single();
        Assert.That(row.Record, Is.EqualTo(record));
        Assert.That(row.Boot, Is.EqualTo(StoreFixture.BootA));
        Assert.That(row.Durability, Is.EqualTo(RowDurability.Tmpfs));
    }

    [Test]
    public void A_text_that_is_too_long_is_cut_at_a_character_and_marked()
    {
        _fixture.Open();
        _fixture.Commit(StoreFixture.Row(1, text: new string('ż', 5000)));
        string text = _fixture.AllRows().Single().Record.Text!;
        Assert.That(System.Text.Encoding.UTF8.GetByteCount(text), Is.InRange(4092, 4096));
        Assert.That(text, Does.EndWith("ż…"));
    }

    [Test]
    public void A_broken_surrogate_and_a_NUL_do_not_break_a_row()
    {
        _fixture.Open();
        Assert.That(_fixture.Commit(StoreFixture.Row(1, text: "a\0b\ud800c")), Is.True);
        Assert.That(_fixture.AllRows().Single().Record.Text, Is.EqualTo("a b\ufffdc"));
    }

    [Test]
    public void Rows_and_states_survive_a_crash_after_each_commit()
    {
        _fixture.Open();
        var a = _fixture.States.Add("a.service", "one");
        var b = _fixture.States.Add("b.service", "two");
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(1)], [a, b], true);
        _fixture.States.Units[1] = ("b.service", "three"u8.ToArray());
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(2)], [b], false);

        using StoreFixture crashed = _fixture.CrashCopy();
        RecoveredJournal recovered = crashed.Open();
        Assert.That(recovered.Origin, Is.EqualTo(StoreOrigin.SameBoot));
        Assert.That(recovered.Problems, Is.Empty);
        Assert.That(recovered.HeadSeq, Is.EqualTo(2));
        Assert.That(recovered.StateSeq, Is.EqualTo(2));
        Assert.That(
            recovered.Units.Select(u => (u.Name, Text(u.State))),
            Is.EqualTo(new[] { ("a.service", "one"), ("b.service", "three") }));
        Assert.That(Text(recovered.Engine), Is.EqualTo("engine"));
        Assert.That(crashed.AllRows(), Has.Count.EqualTo(2));
    }

    [Test]
    public void A_unit_that_writes_no_state_is_forgotten()
    {
        _fixture.Open();
        var a = _fixture.States.Add("a.service", "one");
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(1)], [a], true);
        _fixture.States.Units[0] = ("a.service", []);
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(2)], [a], true);
        Assert.That(_fixture.Reopen().Units, Is.Empty);
    }

    [Test]
    public void A_commit_allocates_nothing_on_the_managed_heap()
    {
        _fixture.Open();
        var units = new List<Core.UnitId>();
        for (int i = 0; i < 10; i++)
            units.Add(_fixture.States.Add($"unit{i}.service", new string('x', 200)));
        var records = new List<JournalRecord>();
        long allocated = 0;
        long seq = 1;
        for (int round = 0; round < 300; round++)
        {
            records.Clear();
            for (int i = 0; i < 10; i++)
                records.Add(StoreFixture.Row(seq++, text: "a reason in words, ż"));
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool done = _fixture.Journal.Commit(_fixture.States, records, units, true);
            long after = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(done, Is.True);

            // The first rounds grow buffers; every 64th looks at the files, whose names are
            // encoded.
            if (round >= 10)
                allocated += after - before;
        }

        Assert.That(allocated / 2900, Is.Zero, $"{allocated} bytes in 290 commits of 10 rows");
    }

    private static string Text(ReadOnlyMemory<byte> bytes) =>
        System.Text.Encoding.UTF8.GetString(bytes.Span);

    [Test]
    public void An_ended_transaction_is_written_once_and_dropped_when_it_is_too_old()
    {
        _fixture.Open();
        TestStates states = _fixture.States;
        states.Ended.AddRange([[1], [2], [3]]);
        Assert.That(_fixture.Journal.Commit(states, [StoreFixture.Row(1)], [], true));
        states.Ended.RemoveAt(0);
        states.Ended.Add([4]);
        states.FirstEnded = 2;
        Assert.That(_fixture.Journal.Commit(states, [StoreFixture.Row(2)], [], true));
        Assert.That(states.EndedWrites, Is.EqualTo(4));
        Assert.That(_fixture.Journal.Commit(states, [StoreFixture.Row(3)], [], true));
        Assert.That(states.EndedWrites, Is.EqualTo(4));
        Assert.That(Ended(_fixture.Reopen()), Is.EqualTo("2:2 3:3 4:4"));
    }

    [Test]
    public void An_engine_with_other_ended_transactions_replaces_what_the_store_has()
    {
        _fixture.Open();
        _fixture.States.Ended.AddRange([[1], [2], [3]]);
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(1)], [], true);
        _fixture.States.Ended.Clear();
        _fixture.States.Ended.Add([9]);
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(2)], [], true);
        Assert.That(Ended(_fixture.Reopen()), Is.EqualTo("1:9"));
        _fixture.States.Ended.Add([8]);
        _fixture.States.FirstEnded = 3;
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(3)], [], true);
        Assert.That(Ended(_fixture.Reopen()), Is.EqualTo("3:9 4:8"));
    }

    [Test]
    public void A_commit_that_fails_leaves_the_ended_ones_to_the_next()
    {
        _fixture.Options = _fixture.Options with { MaxPages = 40 };
        _fixture.Open();
        _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(1)], [], true);
        _fixture.States.Ended.Add(new byte[300_000]);
        Assert.That(
            _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(2)], [], true), Is.False);
        _fixture.States.Ended[0] = [1];
        _fixture.NowUs += 120_000_000;
        _fixture.States.Ended.Add([2]);
        Assert.That(_fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(3)], [], true));
        Assert.That(Ended(_fixture.Reopen()), Is.EqualTo("1:1 2:2"));
    }

    [Test]
    public void A_store_of_the_version_before_is_taken_over()
    {
        _fixture.Open();
        _fixture.CommitRows(3);
        _fixture.Journal.Store!.Database.Execute(
            "DROP TABLE ended_state; PRAGMA user_version=1000");
        RecoveredJournal found = _fixture.Reopen();
        Assert.That(found.Origin, Is.EqualTo(StoreOrigin.SameBoot));
        Assert.That(found.HeadSeq, Is.EqualTo(3));
        _fixture.States.Ended.Add([1]);
        Assert.That(_fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(4)], [], true));
        Assert.That(Ended(_fixture.Reopen()), Is.EqualTo("1:1"));
    }

    private static string Ended(RecoveredJournal found) =>
        string.Join(' ', found.Ended.Select(e => $"{e.Key}:{e.Value[0]}"));
}
