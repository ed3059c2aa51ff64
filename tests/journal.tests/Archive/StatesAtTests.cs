using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;

namespace InitTx.Journal.Tests.Archive;

/// <summary>What was running at a time, and who had a pid: against a plain walk over all
/// rows.</summary>
public sealed class StatesAtTests
{
    private const int Seconds = 1_200;

    private static readonly string[] States = ["dead", "start", "running", "failed", "reload"];

    private ArchiveFixture _archive = null!;
    private List<JournalRecord> _rows = null!;

    [SetUp]
    public void SetUp()
    {
        _archive = new ArchiveFixture();
        _rows = [];
        var random = new Random(11);
        for (int i = 1; i <= Seconds; i++)
        {
            JournalRecord row = ArchiveFixture.Row(i, $"u{random.Next(30)}.service");
            int pid = 100 + random.Next(50);
            _rows.Add(random.Next(5) switch
            {
                4 => row with { Kind = RecordKind.Process, From = "main",
                    To = random.Next(2) == 0 ? "frozen" : "thawed", Pid = pid },
                0 => row with { Kind = RecordKind.Process, From = "main", To = "started",
                    Pid = pid },
                1 => row with { Kind = RecordKind.Process, From = "main", To = "exited",
                    Pid = pid, ExitKind = ExitKind.Exited },
                _ => row with { To = States[random.Next(States.Length)] },
            });
        }

        for (int i = 0; i < Seconds; i += 100)
            _archive.Append(ArchiveFixture.BootA, _rows.GetRange(i, 100));
        _archive.Append(ArchiveFixture.BootB, [.. ArchiveFixture.Rows(1, 5, "b.service")
            .Select(r => r with { Time = new Instant(
                r.Time.MonotonicUs, r.Time.RealtimeUs + 10_000_000_000) })]);
        _archive.Reopen();
    }

    [TearDown]
    public void TearDown() => _archive.Dispose();

    [TestCase(false)]
    [TestCase(true)]
    public void They_are_those_of_the_rows_up_to_then(bool earlierVersion)
    {
        if (earlierVersion)
            MakeEarlier();
        using ArchiveReader reader = _archive.Read();
        for (int second = 1; second <= Seconds; second += 37)
        {
            long at = ArchiveFixture.Day0 + (second * 1_000_000L) + 5;
            StatesThen then = reader.StatesAt(at)!;
            Assert.That(
                then.Units.Select(u => (u.Unit, u.State, u.SinceUs, u.MainPid)),
                Is.EqualTo(Walked(at)), $"second {second}");
            Assert.That(then.Ended, Is.False);
        }

        Assert.That(reader.Problem, Is.Null);
    }

    [Test]
    public void Before_the_first_row_nothing_is_known_and_after_the_last_of_a_boot_it_had_ended()
    {
        using ArchiveReader reader = _archive.Read();
        Assert.That(reader.StatesAt(ArchiveFixture.Day0 - 1), Is.Null);
        StatesThen down = reader.StatesAt(ArchiveFixture.Day0 + 5_000_000_000)!;
        Assert.That(down.Ended);
        Assert.That(down.Boot, Is.EqualTo(ArchiveFixture.BootA));
        StatesThen next = reader.StatesAt(ArchiveFixture.Day0 + 90_000_000_000)!;
        Assert.That(next.Ended, Is.False);
        Assert.That(next.Units.Select(u => u.Unit), Is.EqualTo(new[] { "b.service" }));
    }

    [Test]
    public void Rows_of_the_manager_go_on_where_the_archive_ends()
    {
        using ArchiveReader reader = _archive.Read();
        using var store = new HistoryStore(reader);
        JournalRecord row = ArchiveFixture.Row(6, "b.service");
        store.Add([HistoryRow.Of(new Reading.JournalRow(
            row with
            {
                To = "failed",
                Time = new Instant(row.Time.MonotonicUs, row.Time.RealtimeUs + 10_000_000_000),
            },
            ArchiveFixture.BootB,
            Reading.RowDurability.Tmpfs))]);
        StatesThen then = store.StatesAt(ArchiveFixture.Day0 + 90_000_000_000)!;
        Assert.That(then.Units.Single().State, Is.EqualTo("failed"));
        then = store.StatesAt(ArchiveFixture.Day0 + 10_005_500_000)!;
        Assert.That(then.Units.Single().State, Is.EqualTo("running"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void The_ends_of_a_pid_are_found(bool earlierVersion)
    {
        if (earlierVersion)
            MakeEarlier();
        for (int pid = 100; pid < 150; pid += 7)
        {
            Assert.That(
                _archive.All(new() { Pid = pid }).Select(r => r.Seq),
                Is.EqualTo(_rows.Where(r => r.Pid == pid && r.ExitKind != ExitKind.None)
                    .Select(r => r.Seq)));
        }
    }

    [Test]
    public void An_archive_of_an_earlier_minor_version_is_renewed_when_it_is_opened_to_write()
    {
        MakeEarlier();
        IReadOnlyList<HistoryRow> before = _archive.All();
        bool told = false;
        using (Opened(() => told = true))
            Assert.That(told);
        Assert.That(_archive.All(), Is.EqualTo(before));
        Assert.That(_archive.Verify().FirstWrong, Is.Null);
        told = false;
        using (Opened(() => told = true))
            Assert.That(told, Is.False, "it was not renewed");
    }

    private InitTx.Archive.ArchiveStore Opened(Action before) =>
        InitTx.Archive.ArchiveStore.Open(
            _archive.StorePath, new(0, 0), out _, out _, before)!;

    private void MakeEarlier() => _archive.Tamper(
        "DROP INDEX record_enter; DROP INDEX record_pid; DROP INDEX record_kind; "
        + "PRAGMA user_version=1000");

    private IEnumerable<(string, string, long, int)> Walked(long atUs)
    {
        var units = new SortedDictionary<string, (string, long, int)>(StringComparer.Ordinal);
        foreach (JournalRecord row in _rows.Where(r => r.Time.RealtimeUs <= atUs))
        {
            (string State, long Since, int Pid) known = units.GetValueOrDefault(row.Unit!);
            if (row.Kind == RecordKind.Transition)
                units[row.Unit!] = (row.To!, row.Time.RealtimeUs, known.Pid);
            else if (row.To is not ("frozen" or "thawed"))
                units[row.Unit!] = (known.State, known.Since, row.To == "started" ? row.Pid : 0);
        }

        return units.Where(u => u.Value.Item1 is not null)
            .Select(u => (u.Key, u.Value.Item1, u.Value.Item2, u.Value.Item3));
    }
}
