using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>The end of a storm under one manager.</summary>
internal static class StormEnd
{
    private static readonly string[] Beating = ["beat", "clock"];

    /// <summary>
    /// Each elapse of each timer has had its one run, what was stored is handed back to the next
    /// run, and the watchdog still bites. The elapses that were looked at.
    /// </summary>
    internal static int Check(ActivationWatch watch, Func<string> evidence)
    {
        Eventually.True(
            () => watch.Lines("single").Length >= ActivationUnits.Singles,
            "the timers that elapse once have elapsed", evidence);
        Assert.That(
            watch.Initx("stop", "beat.timer", "clock.timer").Status, Is.Zero, evidence);
        Eventually.True(
            () => watch.Initx("is-active", "-q", "beat", "clock").Status != 0
                && watch.Initx("jobs").Out.Split('\n').All(line => !line.Contains("beat")),
            "their last runs have ended", evidence);
        TimerLedger ledger = new(watch);
        string[] problems =
        [
            .. ledger.Check("beat", ActivationUnits.BeatSeconds * 1_000_000L, isCalendar: false),
            .. ledger.Check("clock", ActivationUnits.ClockSeconds * 1_000_000L, isCalendar: true),
            .. ledger.CheckSingles(ActivationUnits.Singles),
            .. watch.WhatIsNotHandedBack(),
        ];
        Assert.That(problems, Is.Empty, () => string.Join('\n', Beating.SelectMany(name =>
            (string[])[.. watch.Rows(name + ".timer").TakeLast(20).Select(row => row.GetRawText())])
            .Append(evidence())));
        watch.WatchdogBites(evidence);
        return ledger.Elapses;
    }
}
