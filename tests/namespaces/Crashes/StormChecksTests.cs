using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// What the storm looks for, it finds: each loss is made on purpose in a system where all is well,
/// and named. A crash is no loss; a client that is served twice, a restart, a descriptor that is
/// gone and an elapse that was missed are.
/// </summary>
[TestFixture]
public sealed class StormChecksTests
{
    private StormSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        _system = new StormSystem(singleSeconds: 1);
        _system.Strike(new Blow("abort"), Blow.Reexec, "first");
        _system.Strike(Blow.Reexec, new Blow("failfast"), "second");
    }

    [OneTimeTearDown]
    public void TakeDown() => _system?.Dispose();

    [Test]
    public void A_service_that_was_restarted_by_hand_is_another()
    {
        Assert.That(_system.System.Initx("restart", "letters.service").Status, Is.Zero);
        Assert.That(
            _system.System.WhoIsAnother(), Has.One.Match("letters.service is process .*, was "));
    }

    [Test]
    public void A_service_that_died_and_was_restarted_is_another()
    {
        Assert.That(_system.User.Initx("kill", "-s", "KILL", "guarded.service").Status, Is.Zero);
        Eventually.True(
            () => _system.User.WhoIsAnother().Contains("guarded.service was restarted"),
            "the restart is seen", _system.Evidence);
    }

    [Test]
    public void A_stored_descriptor_that_is_gone_is_missed()
    {
        Assert.That(_system.System.WhatIsNotStored(), Is.Empty);
        Assert.That(
            _system.System.Initx("kill", "-s", "USR1", "keeper.service").Status, Is.Zero);
        Eventually.True(
            () => _system.System.WhatIsNotStored().Any(), "the loss is seen", _system.Evidence);
        Assert.That(
            _system.System.WhatIsNotHandedBack(), Has.One.Contains("run with 4"));
    }

    [Test]
    public void A_run_without_an_elapse_and_an_elapse_without_a_run_are_seen()
    {
        TimerLedger ledger = new(_system.User);
        Assert.That(_system.User.Initx("stop", "beat.timer", "clock.timer").Status, Is.Zero);
        Assert.That(_system.User.Initx("start", "beat.service").Status, Is.Zero);
        Assert.That(
            ledger.Check("beat", ActivationUnits.BeatSeconds * 1_000_000L, isCalendar: false),
            Has.Some.Match("beat: ([0-9]+) elapses, (?!\\1 )[0-9]+ runs"));

        // By a shorter period than its own some elapses are missing, by a longer one doubled.
        Eventually.True(
            () => _system.System.Lines("clock").Length > 3, "the clock ticks", _system.Evidence);
        TimerLedger other = new(_system.System);
        Assert.That(
            other.Check("clock", 1_000_000, isCalendar: true), Has.Some.Contains("are missing"));
        Assert.That(
            other.Check("clock", 10_000_000, isCalendar: true),
            Has.Some.Contains("a second elapse of one time"));
    }
}
