using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Journal.Reading;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests.Archive;

/// <summary>A full live store gives up first what the archive has, and that is no gap.</summary>
public sealed class TrimTests
{
    [Test]
    public void What_the_archive_has_is_given_up_without_a_gap()
    {
        using var live = Full(archived: seq => seq);
        List<JournalRow> rows = live.AllRows();
        Assert.That(rows[0].Record.Seq, Is.GreaterThan(1), "the store was never full");
        Assert.That(rows.Count(r => r.Record.Kind == RecordKind.Gap), Is.Zero);
    }

    [Test]
    public void A_gap_begins_after_what_the_archive_has()
    {
        using var live = Full(archived: _ => 700);
        JournalRecord gap = live.AllRows()[0].Record;
        Assert.That((gap.Kind, gap.From), Is.EqualTo((RecordKind.Gap, "701")));
    }

    [Test]
    public void Archive_and_live_rows_together_are_each_row_once()
    {
        using var live = Full(archived: _ => 700);
        using var archive = new ArchiveFixture();
        archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(1, 400));
        archive.Append(ArchiveFixture.BootA, ArchiveFixture.Rows(401, 700));
        using var reader = archive.Read();
        using var store = new HistoryStore(reader);
        List<JournalRow> rows = live.AllRows();
        store.Add(rows.Select(r => HistoryRow.Of(r)));
        store.Add(rows.Select(r => HistoryRow.Of(r)));
        IReadOnlyList<HistoryRow> all = store.Query(new HistoryQuery());
        long last = 0;
        foreach (HistoryRow row in all)
        {
            long first = row.Kind == "gap" ? long.Parse(row.From!) : row.Seq;
            Assert.That(first, Is.EqualTo(last + 1));
            last = row.Seq;
        }

        Assert.That(last, Is.EqualTo(live.NextSeq - 1));
        Assert.That(
            store.Sql("SELECT count(*), max(seq), sum(kind = 'gap') FROM v_history").Rows[0],
            Is.EqualTo(new object[] { (long)all.Count, last, 1L }));
        Assert.That(store.Sql("SELECT rows FROM v_boots").Rows.Single()[0], Is.EqualTo(all.Count));
        Assert.That(
            store.Query(new HistoryQuery { Limit = 50 }), Is.EqualTo(all.TakeLast(50).ToList()));
        Assert.That(
            store.Query(new HistoryQuery { Limit = 750, Oldest = true }),
            Is.EqualTo(all.Take(750).ToList()));
    }

    private static StoreFixture Full(Func<long, long> archived)
    {
        var live = new StoreFixture();
        live.Options = live.Options with { MaxPages = 120 };
        live.Open();
        for (int i = 0; i < 900; i++)
        {
            live.Journal.ArchivedSeq = archived(live.NextSeq - 1);
            Assert.That(live.CommitRows(10, text: "some reason or other"));
        }

        return live;
    }
}
