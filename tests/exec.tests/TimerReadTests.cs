using InitTx.Exec.Tests.Support;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Exec.Tests;

/// <summary>Stamp files and time zones, read by the real helper.</summary>
[TestFixture]
public sealed class TimerReadTests
{
    private const long Second = 1_000_000;

    private static readonly UnitName Unit = UnitName.Parse("test.timer");

    private Sandbox _sandbox = null!;
    private Helper _helper = null!;

    [SetUp]
    public void SetUp()
    {
        _sandbox = new Sandbox();
        _helper = Helper.Start();
    }

    [TearDown]
    public void TearDown()
    {
        _helper.Dispose();
        _sandbox.Dispose();
    }

    [Test]
    public void A_stamp_is_made_when_it_is_missing_and_read_and_set_when_it_is_there()
    {
        string stamp = Path.Combine(_sandbox.Root, "a/b/stamp-test.timer");
        var first = _helper.Ask<PrepareAnswer.Timer>(
            new PrepareQuestion.ReadTimer(1, Unit, stamp, []));
        Assert.That(first.StampUs, Is.Zero, "it has never run");
        Assert.That(File.Exists(stamp), first.Error);
        const long at = 1_700_000_000 * Second;
        var written = _helper.Ask<PrepareAnswer.Stamped>(
            new PrepareQuestion.WriteStamp(2, Unit, stamp, at + 7));
        Assert.That(written.Error, Is.Null);
        var again = _helper.Ask<PrepareAnswer.Timer>(
            new PrepareQuestion.ReadTimer(3, Unit, stamp, []));
        Assert.That(again.StampUs, Is.EqualTo(at + 7));
    }

    [Test]
    public void A_stamp_that_is_a_link_is_not_followed_for_writing()
    {
        string target = Path.Combine(_sandbox.Root, "victim");
        File.WriteAllText(target, "");
        DateTime before = File.GetLastWriteTimeUtc(target);
        string stamp = Path.Combine(_sandbox.Root, "stamp");
        File.CreateSymbolicLink(stamp, target);
        var written = _helper.Ask<PrepareAnswer.Stamped>(
            new PrepareQuestion.WriteStamp(2, Unit, stamp, Second));
        Assert.That(written.Error, Is.Not.Null);
        Assert.That(File.GetLastWriteTimeUtc(target), Is.EqualTo(before));
    }

    [Test]
    public void Zones_are_as_the_zone_database_has_them_and_one_that_is_not_there_is_named()
    {
        var answer = _helper.Ask<PrepareAnswer.Timer>(new PrepareQuestion.ReadTimer(
            4, Unit, null, ["Europe/Berlin", "Asia/Tokyo", "No/Where", "../../etc/passwd"]));
        Assert.That(answer.Error, Does.Contain("No/Where").And.Contain("passwd"));
        var zones = answer.Zones.ToDictionary(z => z.Key, z => z.Value);
        Assert.That(zones.Keys, Is.EquivalentTo(new[] { "Europe/Berlin", "Asia/Tokyo" }));
        Assert.That(zones["Asia/Tokyo"].Changes, Is.Empty);
        Assert.That(zones["Asia/Tokyo"].FirstOffsetUs, Is.EqualTo(9 * 3_600 * Second));
        TimeZoneInfo berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        for (int day = 0; day < 365 * 30; day += 5)
        {
            DateTime utc = DateTime.UtcNow.Date.AddDays(day).AddHours(day % 24);
            long us = (utc - DateTime.UnixEpoch).Ticks / 10;
            Assert.That(
                zones["Europe/Berlin"].OffsetAt(us),
                Is.EqualTo(berlin.GetUtcOffset(utc).Ticks / 10), utc.ToString("O"));
        }
    }
}
