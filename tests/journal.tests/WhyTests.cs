using InitTx.Journal.History;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

public sealed class WhyTests
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

    [Test]
    public void A_failed_start_leads_back_to_who_asked_for_it()
    {
        WhyAnswer answer = _store.Why("db.service");
        Assert.That(answer.Summary, Is.EqualTo(
            "db.service is failed (exit-code) since 2023-11-14T23:13:35.500000Z"));
        Assert.That(answer.Chain.Select(s => s.Sentence), Is.EqualTo(new[]
        {
            "db.service went from start-pre to failed (exit-code)",
            "the start-pre process 701 of db.service exited with status 3",
            "the start-pre process 701 of db.service was made",
            "a start job for db.service was queued",
            "transaction 3 (start db.service) began",
            "root with initx (pid 700) asked for start db.service",
        }));
        Assert.That(answer.Incomplete, Is.Null);
    }

    [Test]
    public void A_restarted_service_tells_of_the_kill_and_what_it_dragged_along()
    {
        WhyAnswer answer = _store.Why("web.service");
        Assert.That(answer.Chain.Select(s => s.Row.Seq), Is.EqualTo(
            new long[] { 24, 23, 22, 21, 19, 18, 14, 12, 11, 10, 9, 8 }));
        Assert.That(answer.Chain[5].Sentence, Is.EqualTo(
            "the main process 500 of web.service was killed by SIGKILL"));
        Assert.That(answer.Followed.Select(s => s.Sentence), Is.EqualTo(new[]
        {
            "proxy.service went from running to stop-sigterm: BindsTo=web.service",
        }));
        Assert.That(answer.MoreFollowed, Is.False);
    }

    [Test]
    public void A_target_of_the_boot_leads_to_the_boot()
    {
        WhyAnswer answer = _store.Why("default.target");
        Assert.That(answer.Chain[^1].Sentence, Is.EqualTo(
            "the machine booted: 6.1.0-13, initx 0.1.0"));
        Assert.That(answer.Incomplete, Is.Null);
    }

    [Test]
    public void A_cause_that_was_trimmed_is_named_as_lost()
    {
        using var store = new HistoryStore();
        store.Add(Story.Rows.Where(r => r.Boot == Story.Earlier));
        WhyAnswer answer = store.Why("web.service");
        Assert.That(answer.Chain, Has.Count.EqualTo(1));
        Assert.That(answer.Incomplete, Is.EqualTo(
            "row 8, its cause, is lost: 9 row(s), 1 to 9, are missing: trimmed"));
    }

    [Test]
    public void A_cause_that_was_not_fetched_is_named_as_such()
    {
        using var store = new HistoryStore();
        store.Add(Story.Rows.Where(r => r.Boot == Story.Now && r.Seq >= 31));
        Assert.That(store.Why("db.service").Incomplete, Is.EqualTo(
            "row 30, its cause, is not in the history that was read"));
    }

    [Test]
    public void Causes_that_point_forward_or_at_themselves_end_the_walk()
    {
        using var store = new HistoryStore();
        store.Add(
        [
            Story.Row(
                1, "transition", "a.service") with { From = "dead", To = "start", CauseSeq = 2 },
            Story.Row(
                2, "transition", "a.service") with { From = "start", To = "dead", CauseSeq = 2 },
        ]);
        WhyAnswer answer = store.Why("a.service");
        Assert.That(answer.Chain, Has.Count.EqualTo(1));
        Assert.That(answer.Incomplete, Does.Contain("not older"));
    }

    [Test]
    public void A_chain_without_end_is_cut()
    {
        using var store = new HistoryStore();
        store.Add(Enumerable.Range(1, 1000).Select(n =>
            Story.Row(
                n, "transition", "a.service") with
            { From = "a", To = "b", CauseSeq = n - 1 }));
        WhyAnswer answer = store.Why("a.service");
        Assert.That(answer.Chain, Has.Count.EqualTo(256));
        Assert.That(answer.Incomplete, Does.Contain("longer"));
    }

    [Test]
    public void Many_consequences_are_cut_and_said_so()
    {
        using var store = new HistoryStore();
        store.Add(
            [Story.Row(
            1, "transition", "a.service") with { From = "running", To = "failed",
            CauseKind = "exit" }]);
        store.Add(Enumerable.Range(2, 30).Select(n =>
            Story.Row(
                n, "transition", $"u{n}.service") with
            {
                From = "running",
                To = "stop",
                CauseSeq = 1
            }));
        WhyAnswer answer = store.Why("a.service");
        Assert.That(answer.Followed, Has.Count.EqualTo(20));
        Assert.That(answer.MoreFollowed, Is.True);
    }

    [Test]
    public void A_unit_without_rows_is_said_to_have_none() =>
        Assert.That(_store.Why("x.service").Summary, Does.Contain("no row"));

    [Test]
    public void A_row_of_a_newer_kind_still_reads_as_a_sentence() =>
        Assert.That(
            Sentences.Of(
                Story.Row(1, "teleported", "a.service") with { From = "here", To = "there" }),
            Is.EqualTo("teleported a.service here there"));

    [TestCase(9, "SIGKILL")]
    [TestCase(11, "SIGSEGV")]
    [TestCase(31, "SIGSYS")]
    [TestCase(37, "SIGRTMIN+3")]
    [TestCase(99, "signal 99")]
    public void Signals_have_names(int number, string name) =>
        Assert.That(Sentences.SignalName(number), Is.EqualTo(name));
}
