using System.Globalization;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>
/// Calendar events of systemd.time(7); the oracle layer asks <c>systemd-analyze calendar</c>.
/// </summary>
public sealed class CalendarTests
{
    [TestCase("daily", "*-*-* 00:00:00")]
    [TestCase("WEEKLY", "Mon *-*-* 00:00:00")]
    [TestCase("minutely", "*-*-* *:*:00")]
    [TestCase("semi-annually", "*-01,07-01 00:00:00")]
    [TestCase("daily UTC", "*-*-* 00:00:00 UTC")]
    [TestCase("daily utc", "*-*-* 00:00:00 UTC")]
    [TestCase("daily Europe/Berlin", "*-*-* 00:00:00 Europe/Berlin")]
    [TestCase("Mon", "Mon *-*-* 00:00:00")]
    [TestCase("Mon,Tue", "Mon,Tue *-*-* 00:00:00")]
    [TestCase("tuesday,Sat,Sun", "Tue,Sat,Sun *-*-* 00:00:00")]
    [TestCase("Mon..Fri", "Mon..Fri *-*-* 00:00:00")]
    [TestCase("Mon-Wed", "Mon..Wed *-*-* 00:00:00")]
    [TestCase("Mon..Wed,Fri..Sun", "Mon..Wed,Fri..Sun *-*-* 00:00:00")]
    [TestCase("Mon..Sun", "*-*-* 00:00:00")]
    [TestCase("Mon,", "Mon *-*-* 00:00:00")]
    [TestCase("Mon, 10:00", "Mon *-*-* 10:00:00")]
    [TestCase("Mon   10:00", "Mon *-*-* 10:00:00")]
    [TestCase("10-05", "*-10-05 00:00:00")]
    [TestCase("*-02~01", "*-02~01 00:00:00")]
    [TestCase("02~03", "*-02~03 00:00:00")]
    [TestCase("2024-*-*", "2024-*-* 00:00:00")]
    [TestCase("24-1-1", "2024-01-01 00:00:00")]
    [TestCase("70-1-1", "1970-01-01 00:00:00")]
    [TestCase("99-1-1", "1999-01-01 00:00:00")]
    [TestCase("2000..2020/5-1-1", "2000..2020/5-01-01 00:00:00")]
    [TestCase("*-*-1..7", "*-*-01..07 00:00:00")]
    [TestCase("*-*-7..7", "*-*-07 00:00:00")]
    [TestCase("*-*-1..2/5", "*-*-01 00:00:00")]
    [TestCase("*-*-3,1,3", "*-*-01,03 00:00:00")]
    [TestCase("*-*~", null)]
    [TestCase("*-*~7/1", "*-*~07/1 00:00:00")]
    [TestCase("*-*~*", "*-*-* 00:00:00")]
    [TestCase("*-1-1  12:30", "*-01-01 12:30:00")]
    [TestCase("*:0/15", "*-*-* *:00/15:00")]
    [TestCase("8..18:0", "*-*-* 08..18:00:00")]
    [TestCase("12:30:*", "*-*-* 12:30:*")]
    [TestCase("12:30:1.5", "*-*-* 12:30:01.500000")]
    [TestCase("12:30:0/0.25", "*-*-* 12:30:00/0.250000")]
    [TestCase("12:30:1..3", "*-*-* 12:30:01..03")]
    [TestCase("12:30:0..10.5/2", "*-*-* 12:30:00..10/2")]
    [TestCase("00:00:0.0000001", "*-*-* 00:00:00")]
    [TestCase("@0", "1970-01-01 00:00:00 UTC")]
    [TestCase("@1700000000", "2023-11-14 22:13:20 UTC")]
    [TestCase("Mon @1700000000", "Mon 2023-11-14 22:13:20 UTC")]
    public void An_event_has_one_plain_form(string text, string? plain) =>
        Assert.That(CalendarParser.Parse(text)?.ToString(), Is.EqualTo(plain));

    [TestCase("")]
    [TestCase(" UTC")]
    [TestCase(" Europe/Berlin")]
    [TestCase("daily Europe//Berlin")]
    [TestCase("daily Europe/")]
    [TestCase("daily 1/Berlin")]
    [TestCase("daily Europe/Ber=lin")]
    [TestCase("daily Berlin")]
    [TestCase("Mon..")]
    [TestCase("Mon.Tue")]
    [TestCase("Mon..Tue..Wed")]
    [TestCase("Wed..Mon")]
    [TestCase("Monx")]
    [TestCase("Mon;Tue")]
    [TestCase("Mon,x")]
    [TestCase("x")]
    [TestCase("2024")]
    [TestCase("2024-")]
    [TestCase("2024-x")]
    [TestCase("2024-1-")]
    [TestCase("2024-1-1x")]
    [TestCase("2024-1-1-1")]
    [TestCase("2024~1-1")]
    [TestCase("*~1:00")]
    [TestCase("2024-1x")]
    [TestCase("2024-1-1:00")]
    [TestCase("12:")]
    [TestCase("12:x")]
    [TestCase("12:30:")]
    [TestCase("12:30:00:00")]
    [TestCase("12:30-1")]
    [TestCase("12:30:00 x")]
    [TestCase("12")]
    [TestCase("12:30:1.")]
    [TestCase("1.5:00")]
    [TestCase("12:30:1..")]
    [TestCase("12:30:3..3")]
    [TestCase("12:30:3..1")]
    [TestCase("12:0/")]
    [TestCase("12:0/0")]
    [TestCase("12:0/x")]
    [TestCase("12:0..")]
    [TestCase("12:5..1")]
    [TestCase("24:00")]
    [TestCase("12:60")]
    [TestCase("12:30:60")]
    [TestCase("0:0..70")]
    [TestCase("0:50/20")]
    [TestCase("0:0/61")]
    [TestCase("1969-1-1")]
    [TestCase("2200-1-1")]
    [TestCase("*-0-1")]
    [TestCase("*-13-1")]
    [TestCase("*-1-32")]
    [TestCase("*-1~29")]
    [TestCase("*-1~1,2,3,4,5,6,7,8,9,26")]
    [TestCase("*-1~2/5")]
    [TestCase("99999999999:00")]
    [TestCase("99999999999999999999:00")]
    [TestCase("@")]
    [TestCase("@x")]
    [TestCase("@1x")]
    [TestCase("@253402300800")]
    [TestCase("@99999999999999999999")]
    public void What_is_no_event_is_refused(string text) =>
        Assert.That(CalendarParser.Parse(text)?.ToString(), Is.Null);

    [Test]
    public void A_component_has_a_limited_number_of_items()
    {
        static string Items(int count) =>
            $"0:{string.Join(',', Enumerable.Range(0, count).Select(i => $"{i % 60}"))}";
        Assert.That(CalendarParser.Parse(Items(240)), Is.Not.Null);
        Assert.That(CalendarParser.Parse(Items(241)), Is.Null);
    }

    [TestCase("daily", "2023-11-14 22:13:20", "2023-11-15 00:00:00")]
    [TestCase("*:*:*", "2023-11-14 22:13:20", "2023-11-14 22:13:21")]
    [TestCase("*-02-29", "2023-11-14 22:13:20", "2024-02-29 00:00:00")]
    [TestCase("Mon *-02-29", "2023-11-14 22:13:20", "2044-02-29 00:00:00")]
    [TestCase("*-*~1", "2023-02-14 00:00:00", "2023-02-28 00:00:00")]
    [TestCase("*-*~1", "2024-02-14 00:00:00", "2024-02-29 00:00:00")]
    [TestCase("*-*~1..3", "2023-02-27 00:00:00", "2023-02-28 00:00:00")]
    [TestCase("*-*~7/1", "2023-02-01 00:00:00", "2023-02-22 00:00:00")]
    [TestCase("Fri *-*-13", "2023-11-14 00:00:00", "2024-09-13 00:00:00")]
    [TestCase("Sat,Sun 10:00", "2023-11-14 00:00:00", "2023-11-18 10:00:00")]
    [TestCase("8..18/5:30", "2023-11-14 13:30:00", "2023-11-14 18:30:00")]
    [TestCase("8..18/5:30", "2023-11-14 18:30:00", "2023-11-15 08:30:00")]
    [TestCase("*:10,50", "2023-11-14 22:50:00", "2023-11-14 23:10:00")]
    [TestCase("*:*:10", "2023-12-31 23:59:10", "2024-01-01 00:00:10")]
    [TestCase("12:30:0/0.25", "2023-11-14 12:30:00", "2023-11-14 12:30:00.25")]
    [TestCase("2030-1-1", "2023-11-14 00:00:00", "2030-01-01 00:00:00")]
    [TestCase("2020..2030/5-6-1", "2023-11-14 00:00:00", "2025-06-01 00:00:00")]
    [TestCase("*-6-1", "2023-06-01 00:00:00", "2024-06-01 00:00:00")]
    [TestCase("2023-11-14 22:13:20", "2023-11-14 22:13:20", null)]
    [TestCase("*-02-30", "2023-11-14 22:13:20", null)]
    [TestCase("2000..2010-1-1", "2023-11-14 22:13:20", null)]
    public void An_event_comes_next_after_a_time(string text, string after, string? next)
    {
        long? found = CalendarClock.Next(CalendarParser.Parse(text)!, Microseconds(after));
        Assert.That(found, Is.EqualTo(next is null ? null : Microseconds(next)));
    }

    [Test]
    public void There_is_no_event_before_1970_or_after_the_end_of_time()
    {
        CalendarExpression daily = CalendarParser.Parse("daily")!;
        Assert.That(CalendarClock.Next(daily, -1), Is.Null);
        Assert.That(CalendarClock.Next(daily, long.MaxValue), Is.Null);
        Assert.That(CalendarClock.Next(daily, Microseconds("2199-12-31 00:00:00")), Is.Null);
    }

    private static long Microseconds(string time) =>
        (DateTime.Parse(time, CultureInfo.InvariantCulture) - DateTime.UnixEpoch).Ticks / 10;
}
