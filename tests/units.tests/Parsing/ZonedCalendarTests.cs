using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>Local time: in 2026 Berlin changes on 29 March and on 25 October.</summary>
internal sealed class ZonedCalendarTests
{
    private const long Hour = 3_600_000_000;

    private static readonly TimeZoneTable Berlin = new()
    {
        FirstOffsetUs = Hour,
        Changes =
        [
            new TimeZoneChange(At("2026-03-29T01:00:00Z"), 2 * Hour),
            new TimeZoneChange(At("2026-10-25T01:00:00Z"), Hour),
        ],
    };

    [TestCase("*-*-* 06:00:00", "2026-01-10T12:00:00Z", "2026-01-11T05:00:00Z")]
    [TestCase("*-*-* 06:00:00", "2026-07-10T12:00:00Z", "2026-07-11T04:00:00Z")]
    [TestCase("*-*-* 02:30:00", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z",
        TestName = "an hour that does not come that day")]
    [TestCase("*-*-* *:00/15:00", "2026-03-29T00:50:00Z", "2026-03-29T01:00:00Z",
        TestName = "the first quarter after it")]
    [TestCase("*-*-* 02:30:00", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z",
        TestName = "an hour that comes twice")]
    [TestCase("*-*-* 02:30:00", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z",
        TestName = "and counts once")]
    [TestCase("*-*-* 02:30:00", "2026-10-25T00:45:00Z", "2026-10-26T01:30:00Z")]
    public void The_next_local_time(string calendar, string after, string next) =>
        Assert.That(
            ZonedCalendar.Next(CalendarParser.Parse(calendar)!, At(after), Berlin),
            Is.EqualTo(At(next)));

    [Test]
    public void Without_changes_it_is_the_plain_clock_moved()
    {
        CalendarExpression daily = CalendarParser.Parse("daily")!;
        long after = At("2026-06-01T10:00:00Z");
        Assert.That(
            ZonedCalendar.Next(daily, after, TimeZoneTable.Utc),
            Is.EqualTo(CalendarClock.Next(daily, after)));
        Assert.That(
            ZonedCalendar.Next(CalendarParser.Parse("2020-01-01")!, after, Berlin), Is.Null);
    }

    private static long At(string time) =>
        (DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture).UtcTicks
            - DateTime.UnixEpoch.Ticks) / 10;
}
