using System.Diagnostics;
using System.Globalization;
using System.Text;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// INITX_TEST_CRASHES crashes of PID 1 (200 unless told), in equal shares of ten kinds, with children
/// that end during each and services that must not notice. Two systems share the work: the ladder
/// takes more than 60 crashes in 60 s for a storm, so each is given one a second.
/// </summary>
[TestFixture]
public sealed class CrashStormTests
{
    private const int Systems = 2;
    private const int LiveServices = 20;
    private const int MortalServices = 4;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1050);

    private static readonly string[] Kinds =
    [
        "failfast", "unhandled", "unhandled-thread", "stack-overflow", "wild-write",
        "null-deref-thread", "abort", "div0-native", "sigbus", "main-returns",
    ];

    private sealed class Tally
    {
        public int Crashes { get; set; }

        public List<double> RecoveryMs { get; } = [];
    }

    [Test]
    public void No_service_notices_and_no_exit_status_is_lost()
    {
        int wanted = int.Parse(
            Environment.GetEnvironmentVariable("INITX_TEST_CRASHES") ?? "200", CultureInfo.InvariantCulture);
        int each = Math.Max(1, wanted / (Systems * Kinds.Length));
        Dictionary<string, Tally> tallies = Kinds.ToDictionary(kind => kind, _ => new Tally());
        int killed = 0;
        int recorded = 0;
        Exception? failure = null;
        Thread[] workers = [.. Enumerable.Range(0, Systems).Select(_ => new Thread(() =>
        {
            try
            {
                (int ended, int found) = Storm(each, tallies);
                Interlocked.Add(ref killed, ended);
                Interlocked.Add(ref recorded, found);
            }
            catch (Exception exception)
            {
                failure ??= exception;
            }
        }))];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        Report(tallies, killed, recorded, failure);
        if (failure is not null)
            throw new InvalidOperationException(failure.Message, failure);
        Assert.That(recorded, Is.EqualTo(killed), "exit statuses recorded, of children that ended");
        Assert.That(killed, Is.GreaterThanOrEqualTo(each * Kinds.Length * Systems), "children ended during each");
    }

    /// <summary>One system's share; children ended and exits recorded.</summary>
    private static (int Ended, int Recorded) Storm(int each, Dictionary<string, Tally> tallies)
    {
        using CrashSystem system = new(LiveServices, MortalServices);
        int ended = 0;
        uint starts = 1;
        for (int round = 0; round < each; round++)
        {
            foreach (string kind in Kinds)
            {
                Stopwatch watch = Stopwatch.StartNew();
                ended += Round(system, kind, ++starts, tallies[kind], watch);
                if (Pace - watch.Elapsed is { Ticks: > 0 } rest)
                    Thread.Sleep(rest);
            }
        }

        system.AssertUnharmed();
        int recorded = 0;
        foreach (string unit in system.Mortals)
            recorded += system.RecordedExits(unit).Count;
        return (ended, recorded);
    }

    private static int Round(CrashSystem system, string kind, uint starts, Tally tally, Stopwatch watch)
    {
        // A thread of its own: HostCommand needs the pool's few to read what its program says.
        int ended = 0;
        Thread kill = new(() => ended = system.KillMortals());
        kill.Start();
        system.Crash(kind);
        double sent = watch.Elapsed.TotalMilliseconds;
        Eventually.True(
            () => system.StartsInBox() == starts, $"PID 1 comes back after {kind}, start {starts}",
            system.System.Evidence);
        lock (tally)
        {
            tally.Crashes++;
            tally.RecoveryMs.Add(watch.Elapsed.TotalMilliseconds - sent);
        }

        kill.Join();
        Eventually.True(
            () => system.CountMortals() == MortalServices, $"the children that ended are back after {kind}",
            system.Evidence);
        return ended;
    }

    private static void Report(
        Dictionary<string, Tally> tallies, int killed, int recorded, Exception? failure)
    {
        StringBuilder table = new("kind                  crashes  start again, median ms\n");
        foreach ((string kind, Tally tally) in tallies)
        {
            tally.RecoveryMs.Sort();
            double median = tally.RecoveryMs.Count > 0 ? tally.RecoveryMs[tally.RecoveryMs.Count / 2] : 0;
            table.AppendLine(CultureInfo.InvariantCulture, $"{kind,-22}{tally.Crashes,7}{median,10:F1}");
        }

        int crashes = tallies.Values.Sum(tally => tally.Crashes);
        table.AppendLine(
            CultureInfo.InvariantCulture,
            $"crashes {crashes}, exits of PID 1 {(failure is null ? 0 : "see failure")}, live services "
            + $"restarted {(failure is null ? 0 : "see failure")}, children ended {killed}, exit statuses "
            + $"lost {killed - recorded}");
        TestContext.Progress.WriteLine(table);

        // The report of a campaign takes lines of this form from the test's output.
        foreach (string line in table.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            TestContext.Out.WriteLine($"figure: {line}");
    }
}
