using InitTx.Core.Ports;
using InitTx.Journal.Reading;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

/// <summary>What readers get of the live store, page by page.</summary>
public sealed class JournalReaderTests
{
    private StoreFixture _fixture = null!;
    private JournalReader _reader = null!;

    [SetUp]
    public void SetUp()
    {
        _fixture = new StoreFixture();
        _fixture.Open();
        _reader = new JournalReader(_fixture.Journal);
    }

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public void A_units_rows_behind_thousands_of_others_come_with_one_call()
    {
        _fixture.CommitRows(1, "b.service");
        _fixture.CommitRows(8_000);
        RowPage before = _reader.RowsBefore(long.MaxValue, 10, Of("b.service"));
        RowPage since = _reader.RowsSince(1, 10, Of("b.service"));
        Assert.That(Seqs(before), Is.EqualTo(new long[] { 1 }));
        Assert.That((before.More, before.Cursor), Is.EqualTo((false, 1L)));
        Assert.That(Seqs(since), Is.Empty);
        Assert.That((since.More, since.Cursor), Is.EqualTo((false, 8_001L)));
    }

    [Test]
    public void A_call_looks_at_a_bounded_number_of_rows_and_its_cursor_moves_on()
    {
        const int Rows = JournalReader.MaxSifted + 100;
        _fixture.CommitRows(Rows);
        RowPage page = _reader.RowsBefore(long.MaxValue, 10, Of("b.service"));
        Assert.That((page.Rows.Count, page.More, page.Cursor), Is.EqualTo((0, true, 101L)));
        page = _reader.RowsBefore(page.Cursor, 10, Of("b.service"));
        Assert.That((page.Rows.Count, page.More, page.Cursor), Is.EqualTo((0, false, 1L)));
        page = _reader.RowsSince(0, 10, Of("b.service", "c.service"));
        Assert.That(
            (page.Rows.Count, page.More, page.Cursor),
            Is.EqualTo((0, true, (long)JournalReader.MaxScanned)));
    }

    [Test]
    public void Nothing_is_paged_through_below_the_oldest_row()
    {
        _fixture.NextSeq = 10_000_000;
        _fixture.CommitRows(3);
        RowPage since = _reader.RowsSince(0, 10, RowFilter.All);
        RowPage before = _reader.RowsBefore(long.MaxValue, 10, Of("b.service"));
        Assert.That(since.Rows[^1].Record.Seq, Is.EqualTo(10_000_002));
        Assert.That((since.More, before.More), Is.EqualTo((false, false)));
    }

    [TestCase(0, long.MaxValue)]
    [TestCase(long.MinValue, long.MaxValue)]
    public void Beyond_either_end_there_is_nothing_and_no_more(long lowest, long highest)
    {
        _fixture.CommitRows(3);
        RowPage before = _reader.RowsBefore(lowest, 10, Of("a.service"));
        RowPage since = _reader.RowsSince(highest, 10, Of("a.service"));
        Assert.That((before.Rows.Count, before.More), Is.EqualTo((0, false)));
        Assert.That((since.Rows.Count, since.More), Is.EqualTo((0, false)));
    }

    [Test]
    public void Pages_of_any_filter_are_the_rows_that_match_it()
    {
        string[] units = ["a.service", "b.service", "c.target"];
        var all = new List<JournalRecord>();
        for (int i = 1; i <= 500; i++)
        {
            all.Add(StoreFixture.Row(i, units[i * i % 3]) with { Transaction = i % 7 });
            _fixture.Commit(all[^1]);
        }

        foreach (RowFilter filter in (RowFilter[])
        [
            RowFilter.All, Of("a.service"), Of("c.target", "b.service"), Of("d.service"),
            new() { Transaction = 3 }, new() { Transaction = 6, Units = ["b.service"] },
            new() { Transaction = 1, Units = ["a.service", "c.target"] },
        ])
        {
            long[] expected =
            [
                .. all.Where(r => (filter.Transaction == 0 || r.Transaction == filter.Transaction)
                        && (filter.Units.Count == 0 || filter.Units.Contains(r.Unit)))
                    .Select(r => r.Seq),
            ];
            string what = $"{string.Join(' ', filter.Units)} of {filter.Transaction}";
            Assert.That(Pages(filter, 0, _reader.RowsSince), Is.EqualTo(expected), what);
            Assert.That(
                Pages(filter, long.MaxValue, _reader.RowsBefore),
                Is.EqualTo(expected.Reverse()),
                what);
        }
    }

    private static List<long> Pages(
        RowFilter filter, long cursor, Func<long, int, RowFilter, RowPage> read)
    {
        var found = new List<long>();
        for (int i = 0; i < 1_000; i++)
        {
            RowPage page = read(cursor, 7, filter);
            found.AddRange(Seqs(page));
            cursor = page.Cursor;
            if (!page.More)
                return found;
        }

        throw new InvalidOperationException("the pages do not end");
    }

    private static RowFilter Of(params string[] units) => new() { Units = units };

    private static IEnumerable<long> Seqs(RowPage page) => page.Rows.Select(r => r.Record.Seq);
}
