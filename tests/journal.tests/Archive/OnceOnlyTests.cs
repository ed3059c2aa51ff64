using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Tests;

namespace InitTx.Journal.Tests.Archive;

/// <summary>
/// Exactly once: whatever is sent again, left out, interrupted or killed, each number is in the
/// archive once or covered by a gap, and the chain holds.
/// </summary>
public sealed class OnceOnlyTests
{
    private const int Kills = 12;

    /// <summary>
    /// The child: from where the archive is on, page after page; prints what is kept.
    /// </summary>
    public static int Run(string directory)
    {
        using var archive = new ArchiveFixture(directory);
        if (archive.Store.KeptOf(ArchiveFixture.BootA, out long kept, out _) != 0)
            return 3;
        var random = new Random((int)kept);
        while (true)
        {
            int first = (int)Math.Max(1, kept - random.Next(5));
            int last = first + random.Next(60);
            if (archive.Store.Append(
                ArchiveFixture.BootA, ArchiveFixture.Rows(first, last), false, out long now) != 0)
                return 4;
            kept = Math.Max(kept, now);
            archive.Store.Tidy(0, out _);
            Console.Out.WriteLine(kept.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Test]
    public void A_killed_archive_has_every_row_once_that_it_acknowledged()
    {
        using var archive = new ArchiveFixture();
        long before = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            long acknowledged = RunAndKill(archive.Root, kill);
            IReadOnlyList<HistoryRow> rows = archive.All();
            Assert.That(rows[^1].Seq, Is.GreaterThanOrEqualTo(acknowledged), $"kill {kill}");
            Assert.That(rows[^1].Seq, Is.GreaterThan(before), "the child stored nothing");
            Assert.That(rows.Select(r => r.Seq), Is.EqualTo(
                Enumerable.Range(1, rows.Count).Select(i => (long)i)), $"kill {kill}");
            Assert.That(archive.Verify().FirstWrong, Is.Null, $"kill {kill}");
            before = rows[^1].Seq;
        }
    }

    [Test]
    public void Any_order_of_pages_overlaps_holes_restarts_and_retention_keeps_the_promises() =>
        Prop.ForAll(
            Gen.Choose(0, 9_999).ArrayOf(25).ToArbitrary(),
            steps =>
            {
                using var archive = new ArchiveFixture();
                var model = new Model(archive);
                foreach (int step in steps)
                    model.Take(step);
                model.Check();
            }).Check(Properties.Of(60));

    private static long RunAndKill(string directory, int kill)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList =
                { typeof(OnceOnlyTests).Assembly.Location, "archive-until-killed", directory },
        };
        using Process child = Process.Start(start)!;
        long acknowledged = 0;
        for (int lines = 0; lines < 5 + (kill * 7); lines++)
        {
            string? line = child.StandardOutput.ReadLine();
            Assert.That(line, Is.Not.Null, "the child ended by itself");
            acknowledged = long.Parse(line!, CultureInfo.InvariantCulture);
        }

        Thread.SpinWait(kill * 20_000);
        child.Kill();
        child.WaitForExit();
        return acknowledged;
    }

    /// <summary>What must be kept, in a dictionary.</summary>
    private sealed class Model(ArchiveFixture archive)
    {
        private readonly HashSet<long> _rows = [];
        private readonly HashSet<long> _lost = [];
        private long _last;
        private long _givenUp;

        public void Take(int step)
        {
            switch (step % 10)
            {
                case < 6:
                    Page(overlap: step % 4, hole: 0, length: 1 + (step / 10 % 40));
                    break;
                case 6:
                    Page(overlap: 0, hole: 1 + (step % 5), length: 3);
                    break;
                case 7:
                    archive.Reopen();
                    break;
                case 8:
                    GiveUpOne();
                    break;
                default:
                    Page(overlap: 200, hole: 0, length: 150);
                    break;
            }
        }

        public void Check()
        {
            IReadOnlyList<HistoryRow> kept = archive.All();
            Assert.That(kept.Where(r => r.Kind != "gap").Select(r => r.Seq),
                Is.EqualTo(_rows.Where(s => s > _givenUp).Order()));
            var covered = new HashSet<long>();
            foreach (HistoryRow gap in kept.Where(r => r.Kind == "gap"))
            {
                long first = long.Parse(gap.From!, CultureInfo.InvariantCulture);
                for (long s = first; s <= gap.Seq; s++)
                    Assert.That(covered.Add(s));
            }

            Assert.That(covered.Order(), Is.EqualTo(_lost.Where(s => s > _givenUp).Order()));
            Assert.That(archive.Verify().FirstWrong, Is.Null);
        }

        private void Page(int overlap, int hole, int length)
        {
            if (_last == 0)
                hole = 0;
            long first = Math.Max(1, _last + 1 + hole - overlap);
            IReadOnlyList<JournalRecord> rows =
                ArchiveFixture.Rows((int)first, (int)(first + length - 1));
            for (long s = _last + 1; s < first; s++)
                _lost.Add(s);
            foreach (JournalRecord row in rows.Where(r => r.Seq > _last))
                _rows.Add(row.Seq);
            _last = Math.Max(_last, rows[^1].Seq);
            Assert.That(archive.Append(ArchiveFixture.BootA, rows), Is.EqualTo(_last));
        }

        private void GiveUpOne()
        {
            if (_last == 0)
                return;
            archive.Limits = new(1, 0);
            archive.Reopen();
            Assert.That(archive.Store.Tidy(long.MaxValue / 2, out _), Is.Zero);
            using Journal.OnDisk.ArchiveReader reader = archive.Read();
            _givenUp = reader.Boots[0].FirstSeq - 1;
        }
    }
}
