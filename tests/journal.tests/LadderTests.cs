using InitTx.Core.Ports;
using InitTx.Journal.Degraded;
using InitTx.Journal.Live;
using InitTx.Journal.Reading;
using InitTx.Journal.Sqlite;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

/// <summary>
/// The levels under the store: full disk, no memory, locks, the ring and the way back.
/// </summary>
public sealed class LadderTests
{
    private StoreFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new StoreFixture();

    [TearDown]
    public void TearDown()
    {
        _fixture.Dispose();
        Database.SetHeapLimit(0);
    }

    [Test]
    public void A_full_store_gives_up_its_oldest_rows_and_leaves_one_gap_row_for_all()
    {
        _fixture.Options = _fixture.Options with { MaxPages = 120 };
        _fixture.Open();
        var unit = _fixture.States.Add("a.service", "state");
        for (int i = 0; i < 900; i++)
        {
            Assert.That(
                _fixture.CommitRows(10, text: "some reason or other"), Is.True, $"commit {i}");
            Assert.That(_fixture.Journal.Level, Is.EqualTo(JournalLevel.ArchiveAway));
        }

        List<JournalRow> rows = _fixture.AllRows();
        JournalRecord gap = rows[0].Record;
        Assert.That(gap.Kind, Is.EqualTo(RecordKind.Gap));
        Assert.That(gap.From, Is.EqualTo("1"));
        Assert.That(gap.To, Is.EqualTo($"{gap.Seq}"));
        Assert.That(gap.Result, Is.EqualTo("trimmed"));
        Assert.That(rows.Count(r => r.Record.Kind == RecordKind.Gap), Is.EqualTo(1));
        Assert.That(rows[^1].Record.Seq, Is.EqualTo(9000));
        Assert.That(rows.Count, Is.EqualTo(9000 - gap.Seq + 1), "no row is missing after the gap");
        Assert.That(new FileInfo(_fixture.StorePath).Length, Is.LessThanOrEqualTo(120 * 4096));
        Assert.That(unit.Value, Is.Zero);
    }

    [Test]
    public void Without_a_store_the_newest_rows_are_in_the_ring_and_no_file_is_made()
    {
        _fixture.Options = _fixture.Options with { WithoutStore = true };
        _fixture.Open();
        for (int i = 0; i < 10; i++)
        {
            Assert.That(_fixture.CommitRows(10), Is.False, $"commit {i}");
            _fixture.NowUs += 120_000_000;
        }

        Assert.That(_fixture.Journal.Level, Is.EqualTo(JournalLevel.Ring));
        Assert.That(_fixture.Journal.HeadSeq, Is.EqualTo(100));
        Assert.That(_fixture.AllRows()[^1].Record.Seq, Is.EqualTo(100));
        Assert.That(_fixture.Journal.Health().RingRows, Is.EqualTo(64), "what its ring holds");
        Assert.That(Directory.EnumerateFileSystemEntries(_fixture.Root), Is.Empty);
    }

    [Test]
    public void A_store_that_is_full_of_states_falls_to_the_ring_and_comes_back()
    {
        _fixture.Options = _fixture.Options with { MaxPages = 40 };
        _fixture.Open();
        for (int i = 0; i < 60; i++)
            _fixture.States.Add($"u{i}.service", new string('s', 4000));
        var all = Enumerable.Range(0, 60).Select(i => new Core.UnitId(i)).ToList();
        bool done = _fixture.Journal.Commit(_fixture.States, [StoreFixture.Row(1)], all, true);
        Assert.That(done, Is.False);
        Assert.That(_fixture.Journal.Level, Is.EqualTo(JournalLevel.Ring));
        Assert.That(_fixture.Reports, Has.Some.Contains("level is now ring"));
        _fixture.NextSeq = 2;
        Assert.That(_fixture.CommitRows(1), Is.False, "no retry before its time");
        Assert.That(_fixture.AllRows().Select(r => (r.Record.Seq, r.Durability)), Is.EqualTo(new[]
        {
            (1L, RowDurability.Ram), (2L, RowDurability.Ram),
        }));

        for (int i = 0; i < 60; i++)
            _fixture.States.Units[i] = ($"u{i}.service", "small"u8.ToArray());
        _fixture.NowUs += 20_000;
        Assert.That(_fixture.CommitRows(1), Is.True);
        Assert.That(_fixture.Journal.Level, Is.EqualTo(JournalLevel.ArchiveAway));
        Assert.That(_fixture.Ring.Count, Is.Zero);
        Assert.That(_fixture.AllRows().Select(r => (r.Record.Seq, r.Durability)), Is.EqualTo(new[]
        {
            (1L, RowDurability.Tmpfs), (2L, RowDurability.Tmpfs), (3L, RowDurability.Tmpfs),
        }));
        Assert.That(_fixture.Reopen().Units, Has.Count.EqualTo(60), "states are written anew");
    }

    [Test]
    public void What_the_ring_had_to_give_up_is_a_gap_row_afterwards()
    {
        _fixture.Ring = new MemoryRing(8);
        _fixture.Options = _fixture.Options with { Ring = _fixture.Ring };
        _fixture.Open();
        _fixture.CommitRows(5);
        FillHeap(() =>
        {
            Assert.That(_fixture.CommitRows(10), Is.False);
            Assert.That(_fixture.CommitRows(10), Is.False);
            return true;
        });
        Assert.That(_fixture.Ring.Lost, Is.EqualTo(12));
        _fixture.NowUs += 20_000;
        Assert.That(_fixture.CommitRows(1), Is.True, _fixture.Journal.LastError);
        List<JournalRow> rows = _fixture.AllRows();
        JournalRecord gap = rows.Single(r => r.Record.Kind == RecordKind.Gap).Record;
        Assert.That((gap.From, gap.To, gap.Result), Is.EqualTo(("6", "17", "ring-overflow")));
        Assert.That(rows.Select(r => r.Record.Seq), Is.EqualTo(
            new long[] { 1, 2, 3, 4, 5, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26 }));
    }

    [Test]
    public void Without_a_ring_the_rows_are_a_gap_and_the_level_says_none()
    {
        _fixture.Options = _fixture.Options with { Ring = NoRing.Instance };
        _fixture.Open();
        _fixture.CommitRows(2);
        FillHeap(() => _fixture.CommitRows(3));
        Assert.That(_fixture.Journal.Level, Is.EqualTo(JournalLevel.None));
        Assert.That(_fixture.Journal.HeadSeq, Is.EqualTo(5), "the numbers were given out");
        _fixture.NowUs += 20_000;
        Assert.That(_fixture.CommitRows(1), Is.True);
        Assert.That(
            _fixture.AllRows().Select(r => r.Record.Seq), Is.EqualTo(new long[] { 1, 2, 5, 6 }));
    }

    [Test]
    public void Lack_of_memory_at_any_allocation_loses_nothing()
    {
        _fixture.Ring = new MemoryRing(4096);
        _fixture.Options = _fixture.Options with { Ring = _fixture.Ring, HeapLimitBytes = 0 };
        _fixture.Open();
        var unit = _fixture.States.Add("a.service", "state");
        int failed = 0;
        for (int i = 0; i < 400; i++)
        {
            // The allowance shrinks in steps of a few bytes, so the failure moves through the
            // batch.
            Database.SetHeapLimit(Database.MemoryUsed + (i * 37 % 3000));
            failed += _fixture.CommitRows(1 + (i % 7)) ? 0 : 1;
            _fixture.NowUs += 70_000_000;
        }

        Database.SetHeapLimit(0);
        Assert.That(_fixture.CommitRows(1), Is.True, _fixture.Journal.LastError);
        TestContext.Out.WriteLine($"{failed} of 400 commits had to wait in the ring");
        Assert.That(_fixture.AllRows().Select(r => r.Record.Seq),
            Is.EqualTo(Enumerable.Range(1, (int)_fixture.NextSeq - 1).Select(n => (long)n)));
        Assert.That(Quarantined(), Is.Empty, "memory is no reason to put a store aside");
        Assert.That(unit.Value, Is.Zero);
    }

    [Test]
    public void A_store_that_another_holds_is_left_alone_and_taken_later()
    {
        Assert.That(Database.Open(_fixture.StorePath, true, out Database? holder), Is.Zero);
        File.SetUnixFileMode(_fixture.StorePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        holder!.Execute("BEGIN EXCLUSIVE");
        RecoveredJournal recovered = _fixture.Open();
        Assert.That(recovered.Origin, Is.EqualTo(StoreOrigin.None));
        Assert.That(_fixture.CommitRows(2), Is.False);
        Assert.That(Quarantined(), Is.Empty);
        holder.Dispose();
        _fixture.NowUs += 70_000_000;
        Assert.That(_fixture.CommitRows(1), Is.True, _fixture.Journal.LastError);
        Assert.That(
            _fixture.AllRows().Select(r => r.Record.Seq), Is.EqualTo(new long[] { 1, 2, 3 }));
    }

    [Test]
    public void Rows_that_a_crash_left_in_the_ring_are_taken_over_at_the_next_start()
    {
        _fixture.Open();
        _fixture.CommitRows(3);
        _fixture.Journal.Dispose();
        byte[] slot = new byte[_fixture.Ring.SlotSize];
        _fixture.Ring.Append(slot.AsSpan(0, RecordCodec.Encode(StoreFixture.Row(4), slot)));
        _fixture.Ring.Append(new byte[100]);
        _fixture.Ring.Append(slot.AsSpan(0, RecordCodec.Encode(StoreFixture.Row(6), slot)));
        RecoveredJournal recovered = _fixture.Open();
        Assert.That(recovered.HeadSeq, Is.EqualTo(6));
        Assert.That(recovered.StateSeq, Is.EqualTo(3), "the states are older than the rows");
        _fixture.NextSeq = 7;
        Assert.That(_fixture.CommitRows(1), Is.True);
        Assert.That(
            _fixture.AllRows().Select(r => (r.Record.Seq, r.Record.Kind == RecordKind.Gap)),
            Is.EqualTo(new[]
            {
                (1L, false), (2L, false), (3L, false), (4L, false), (5L, true), (6L, false), (
                    7L, false),
            }));
    }

    [Test]
    public void The_pause_between_retries_doubles_up_to_a_minute()
    {
        var files = new CountingFiles();
        _fixture.Options = _fixture.Options with { Files = files, OwnerUid = 54321 };
        _fixture.Open();
        var tries = new List<long>();
        long started = _fixture.NowUs;
        for (int step = 0; step < 60_000; step++)
        {
            int before = files.Looks;
            _fixture.NowUs += 5_000;
            _fixture.CommitRows(1);
            if (files.Looks > before)
                tries.Add((_fixture.NowUs - started) / 1000);
        }

        Assert.That(tries.Take(6), Is.EqualTo(new[] { 10, 30, 70, 150, 310, 630 }));
        Assert.That(tries[^1] - tries[^2], Is.EqualTo(60_000));
        Assert.That(_fixture.Reports, Has.Count.EqualTo(1), "the same problem is said once");
    }

    private string[] Quarantined() => Directory.GetFiles(_fixture.Root, "*.corrupt-*");

    private static void FillHeap(Func<bool> action)
    {
        Database.SetHeapLimit(1);
        try
        {
            action();
        }
        finally
        {
            Database.SetHeapLimit(0);
        }
    }

    private sealed class CountingFiles : IJournalFiles
    {
        public int Looks { get; private set; }

        public int Look(string path, out FileStatus status)
        {
            Looks++;
            return TestFiles.Instance.Look(path, out status);
        }
    }
}
