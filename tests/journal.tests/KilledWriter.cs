using System.Diagnostics;
using System.Globalization;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Journal.Live;
using InitTx.Journal.Tests.Support;

namespace InitTx.Journal.Tests;

/// <summary>
/// SIGKILL at any point of a stream of commits: nothing that was acknowledged is lost, and the
/// stored states belong to the last stored row.
/// </summary>
public sealed class KilledWriter
{
    private const int Kills = 12;

    /// <summary>The child: commits batches and prints each number after its commit.</summary>
    public static int Run(string directory)
    {
        using var fixture = new StoreFixture(directory);
        RecoveredJournal recovered = fixture.Open();
        fixture.NextSeq = recovered.HeadSeq + 1;
        UnitId unit = fixture.States.Add("a.service", "");
        var records = new List<JournalRecord>();
        for (int round = 0; ; round++)
        {
            records.Clear();
            for (int i = 0; i <= round % 10; i++)
                records.Add(StoreFixture.Row(fixture.NextSeq++, text: new string('x', 200)));
            long head = records[^1].Seq;
            fixture.States.Units[0] = ("a.service", BitConverter.GetBytes(head));
            fixture.States.Engine = BitConverter.GetBytes(head);
            if (!fixture.Journal.Commit(fixture.States, records, [unit], true))
                return 3;
            Console.Out.WriteLine(head.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Test]
    public void A_killed_writer_loses_nothing_that_it_acknowledged()
    {
        using var fixture = new StoreFixture();
        long last = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            long acknowledged = RunAndKill(fixture.Root, kill);
            RecoveredJournal recovered = fixture.Open();
            Assert.That(recovered.Problems, Is.Empty, $"kill {kill}");
            Assert.That(recovered.HeadSeq, Is.GreaterThanOrEqualTo(acknowledged), $"kill {kill}");
            Assert.That(recovered.HeadSeq, Is.GreaterThan(last), "the child wrote nothing");
            last = recovered.HeadSeq;
            Assert.That(BitConverter.ToInt64(recovered.Engine.Span), Is.EqualTo(last));
            Assert.That(BitConverter.ToInt64(recovered.Units[0].State.Span), Is.EqualTo(last));
            fixture.Journal.Store!.Database.ReadLong("SELECT count(*) FROM record", out long rows);
            Assert.That(rows, Is.EqualTo(last), "no row is missing");
            fixture.Journal.Store.Database.ReadText("PRAGMA integrity_check", out string? answer);
            Assert.That(answer, Is.EqualTo("ok"));
            fixture.Journal.Dispose();
        }
    }

    private static long RunAndKill(string directory, int kill)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList =
                { typeof(KilledWriter).Assembly.Location, "write-until-killed", directory },
        };
        using Process child = Process.Start(start)!;
        long acknowledged = 0;
        for (int lines = 0; lines < 40 + (kill * 17); lines++)
        {
            string? line = child.StandardOutput.ReadLine();
            Assert.That(line, Is.Not.Null, "the child ended by itself");
            acknowledged = long.Parse(line!, CultureInfo.InvariantCulture);
        }

        child.Kill();
        while (child.StandardOutput.ReadLine() is { Length: > 0 } line)
        {
            // The last line may be cut by the kill.
            if (long.TryParse(line, CultureInfo.InvariantCulture, out long seq)
                && seq > acknowledged
                && seq - acknowledged <= 10)
                acknowledged = seq;
        }

        child.WaitForExit();
        return acknowledged;
    }
}
