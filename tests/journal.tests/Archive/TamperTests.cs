using InitTx.Journal.OnDisk;

namespace InitTx.Journal.Tests.Archive;

/// <summary>The hash chain shows every kind of change to what is kept.</summary>
public sealed class TamperTests
{
    private static readonly long Base = 1L << ArchiveSchema.SeqBits;

    [Test]
    public void An_archive_that_nobody_touched_checks_out()
    {
        using var archive = Filled();
        ArchiveVerdict verdict = archive.Verify();
        Assert.That(verdict.FirstWrong, Is.Null);
        Assert.That((verdict.Batches, verdict.Rows), Is.EqualTo((6, 60)));
        Assert.That(verdict.Head, Has.Length.EqualTo(64));
    }

    private static IEnumerable<TestCaseData> Changes()
    {
        long id = Base + 25;
        const string Insert = "INSERT INTO record SELECT ";
        const string Rest = ", real, mono, kind, flag, unit, from_state, to_state, result, cause, "
            + "cause_seq, tx, job, pid, exit_kind, exit_code, uid, comm, text FROM record WHERE id";
        string[] columns =
        [
            "real", "mono", "kind", "flag", "cause", "cause_seq", "tx", "job", "pid",
            "exit_kind", "exit_code", "uid",
        ];
        foreach (string c in columns)
            yield return Case($"{c} set", $"UPDATE record SET {c} = {c} + 1 WHERE id = {id}");
        foreach (string c in (string[])["unit", "from_state", "to_state"])
            yield return Case($"{c} removed", $"UPDATE record SET {c} = NULL WHERE id = {id}");
        foreach (string c in (string[])["result", "comm"])
            yield return Case($"{c} added", $"UPDATE record SET {c} = 1 WHERE id = {id}");
        yield return Case("text changed", $"UPDATE record SET text = 'else' WHERE id = {id}");
        yield return Case(
            "a word changed for all", "UPDATE name SET s = 'z.service' WHERE s = 'a.service'");
        yield return Case("row deleted", $"DELETE FROM record WHERE id = {id}");
        yield return Case(
            "rows swapped",
            $"UPDATE record SET id = 0 WHERE id = {id};"
            + $"UPDATE record SET id = {id} WHERE id = {id + 1};"
            + $"UPDATE record SET id = {id + 1} WHERE id = 0");
        yield return Case("row moved", $"UPDATE record SET id = {Base + 500} WHERE id = {id}");
        yield return Case("row added", $"{Insert}{Base + 500}{Rest} = {id}");
        yield return Case("row put before the first", $"{Insert}{Base}{Rest} = {id}");
        yield return Case("batch deleted", "DELETE FROM batch WHERE id = 3");
        yield return Case(
            "batch and its rows deleted",
            "DELETE FROM record WHERE id BETWEEN (SELECT first_id FROM batch WHERE id = 3) "
            + "AND (SELECT last_id FROM batch WHERE id = 3); DELETE FROM batch WHERE id = 3");
        yield return Case(
            "last batch and its rows deleted",
            "DELETE FROM record WHERE id >= (SELECT first_id FROM batch WHERE id = 6); "
            + "DELETE FROM batch WHERE id = 6");
        yield return Case(
            "first batch given up without retention",
            "DELETE FROM record WHERE id <= (SELECT last_id FROM batch WHERE id = 1); "
            + "DELETE FROM batch WHERE id = 1");
        yield return Case("hash changed", "UPDATE batch SET hash = zeroblob(32) WHERE id = 4");
        yield return Case("boot renamed", "UPDATE boot SET uuid = 'x' WHERE boot_no = 1");
        yield return Case("boot cut", "UPDATE boot SET last_seq = 5 WHERE boot_no = 1");
        yield return Case(
            "anchor forged",
            "INSERT INTO meta VALUES('anchor_batch', 1), ('anchor_id', 0), "
            + "('anchor_hash', zeroblob(32))");
    }

    private static TestCaseData Case(string name, string sql) =>
        new TestCaseData(sql).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Changes))]
    public void A_change_is_found(string sql)
    {
        using var archive = Filled();
        archive.Tamper(sql);
        Assert.That(archive.Verify().FirstWrong, Is.Not.Null);
    }

    [Test]
    public void What_retention_gave_up_is_no_tampering()
    {
        using var archive = Filled();
        archive.Limits = new(10, 0);
        archive.Reopen();
        int steps = 0;
        for (bool more = true; more; steps++)
            Assert.That(archive.Store.Tidy(long.MaxValue / 2, out more), Is.Zero);
        Assert.That(steps, Is.EqualTo(6), "all but the newest batch, one at a time");
        ArchiveVerdict verdict = archive.Verify();
        Assert.That(verdict.FirstWrong, Is.Null);
        Assert.That((verdict.Batches, verdict.Rows), Is.EqualTo((1, 10)));
        long kept = archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(50, 70));
        Assert.That(kept, Is.EqualTo(70));
        Assert.That(archive.Verify().FirstWrong, Is.Null);
    }

    [Test]
    public void A_limit_on_the_size_gives_up_the_oldest_first()
    {
        using var archive = new ArchiveFixture { Limits = new(0, 200_000) };
        for (int i = 0; i < 40; i++)
            archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows((i * 100) + 1, (i + 1) * 100));
        int steps = 0;
        for (bool more = true; more; steps++)
            Assert.That(archive.Store.Tidy(ArchiveFixture.Day0, out more), Is.Zero);
        IReadOnlyList<History.HistoryRow> rows = archive.All();
        Assert.That(rows[^1].Seq, Is.EqualTo(4_000));
        Assert.That(rows, Has.Count.InRange(100, 3_500).And.Count.EqualTo(4_001 - rows[0].Seq));
        Assert.That(archive.Verify().FirstWrong, Is.Null);
        archive.Reopen();
        Assert.That(new FileInfo(archive.StorePath).Length, Is.LessThan(2_000_000));
    }

    private static ArchiveFixture Filled()
    {
        var archive = new ArchiveFixture();
        for (int i = 0; i < 6; i++)
            archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows((i * 10) + 1, (i + 1) * 10));
        return archive;
    }
}
