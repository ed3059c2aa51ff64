using System.Diagnostics;
using System.Globalization;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// INITX_TEST_CRASHES crashes of PID 1 (200 unless told) in equal shares of ten kinds, and
/// INITX_TEST_REEXECS re-execs (100) right behind some of them. A user's manager, a service of the
/// system, is struck in each round as well. Alive meanwhile: plain services, children that end
/// during each round, services behind sockets with connections open, stored descriptors, watchdogs,
/// timers. Two systems share the work: the ladder takes more than 60 crashes in 60 s for a storm,
/// so each is given one a second.
/// </summary>
[TestFixture]
public sealed class CrashStormTests
{
    private const int Systems = 2;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1050);

    private static readonly string[] Kinds =
    [
        "failfast", "unhandled", "unhandled-thread", "stack-overflow", "wild-write",
        "null-deref-thread", "abort", "div0-native", "sigbus", "main-returns",
    ];

    // Where Main of a user's manager returns, it has been told to end.
    private const string EndsUserManager = "main-returns";
    private const string Instead = "raise-segv";

    private readonly StormFigures _figures = new([.. Kinds, Instead, Blow.Reexec.Name]);

    [Test]
    public void No_service_notices_and_nothing_is_lost()
    {
        int each = Math.Max(1, Setting("INITX_TEST_CRASHES", 200) / (Systems * Kinds.Length));
        int reexecs = Math.Max(1, Setting("INITX_TEST_REEXECS", 100) / Systems);
        Exception? failure = null;
        Thread[] workers = [.. Enumerable.Range(0, Systems).Select(_ => new Thread(() =>
        {
            try
            {
                Storm(each * Kinds.Length, reexecs);
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
        _figures.Report(failure is null);
        if (failure is not null)
            throw new InvalidOperationException(failure.Message, failure);
        Assert.That(
            _figures.Recorded, Is.EqualTo(_figures.Ended),
            "exit statuses recorded, of children that ended");
        Assert.That(
            _figures.Ended, Is.GreaterThanOrEqualTo(Systems * ((each * Kinds.Length) + reexecs)),
            "children ended during each");
    }

    /// <summary>One system's share.</summary>
    private void Storm(int crashes, int reexecs)
    {
        // All that elapse once do so within the storm, spread over it or over its first minutes.
        int singleSeconds = Math.Clamp(crashes / ActivationUnits.Singles, 1, 10);
        using StormSystem system = new(singleSeconds);
        for (int round = 0; round < crashes; round++)
        {
            var watch = Stopwatch.StartNew();
            int share = (reexecs * (round + 1) / crashes) - (reexecs * round / crashes);

            // The user's manager meets what PID 1 does not, every third time.
            bool isCrossed = round % 3 == 2;
            string kind = Kinds[(round + 3) % Kinds.Length];
            Blow other = new(kind == EndsUserManager ? Instead : kind);
            Strike(
                system, new Blow(Kinds[round % Kinds.Length]), isCrossed ? Blow.Reexec : other,
                $"crash{round}");
            for (int i = 0; i < share; i++)
            {
                Strike(
                    system, Blow.Reexec, isCrossed && i == 0 ? other : Blow.Reexec,
                    $"reexec{round}.{i}");
            }

            if (Pace - watch.Elapsed is { Ticks: > 0 } rest)
                Thread.Sleep(rest);
        }

        Finish(system, crashes, reexecs);
    }

    private void Strike(StormSystem system, Blow first, Blow user, string word)
    {
        (double systemMs, double userMs) = system.Strike(first, user, word);
        _figures.Add(first, systemMs, isUser: false);
        _figures.Add(user, userMs, isUser: true);
    }

    /// <summary>After the storm: what was kept for it is there, the record is whole.</summary>
    private void Finish(StormSystem system, int crashes, int reexecs)
    {
        system.Crashes.AssertUnharmed();
        Dictionary<string, string> facts = system.Crashes.StartInfo();
        Assert.That(
            (facts["crashes"], facts["reexecs"], facts["rung"]),
            Is.EqualTo((
                crashes.ToString(CultureInfo.InvariantCulture),
                reexecs.ToString(CultureInfo.InvariantCulture), "SameImage")), system.Evidence);
        foreach (ActivationWatch watch in (ActivationWatch[])[system.System, system.User])
            _figures.Add(watch, StormEnd.Check(watch, system.Evidence));

        _figures.AddExits(
            system.Ended,
            system.Crashes.Mortals.Sum(unit => system.Crashes.RecordedExits(unit).Count));
    }

    private static int Setting(string name, int otherwise) => int.Parse(
        Environment.GetEnvironmentVariable(name)
            ?? otherwise.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
