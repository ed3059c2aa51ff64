using System.Globalization;
using System.Text;

namespace InitTx.Units.Model;

/// <summary>
/// One item of a calendar component: a value, a range, or either with a step. Seconds are counted
/// in microseconds.
/// </summary>
/// <param name="Start">The first value.</param>
/// <param name="Stop">The last value; -1 for none.</param>
/// <param name="Step">Distance of the values after the first; 0 for none.</param>
public readonly record struct CalendarItem(int Start, int Stop, int Step);

/// <summary>
/// A calendar event of systemd.time(7), normalised: items sorted and without doubles. Immutable.
/// An empty list of items means any value.
/// </summary>
public sealed record CalendarExpression
{
    private const int Second = 1_000_000;
    private const int EveryDay = 0x7f;

    private static readonly string[] Days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    /// <summary>A bit for each weekday, Monday the lowest; all when none was written.</summary>
    public int Weekdays { get; init; } = EveryDay;
    public IReadOnlyList<CalendarItem> Years { get; init; } = [];
    public IReadOnlyList<CalendarItem> Months { get; init; } = [];
    public IReadOnlyList<CalendarItem> MonthDays { get; init; } = [];

    /// <summary>Days are counted from the end of the month: 1 is the last one.</summary>
    public bool FromEndOfMonth { get; init; }
    public IReadOnlyList<CalendarItem> Hours { get; init; } = [];
    public IReadOnlyList<CalendarItem> Minutes { get; init; } = [];

    /// <summary>In microseconds, 0 to 59,999,999.</summary>
    public IReadOnlyList<CalendarItem> Seconds { get; init; } = [];
    public bool IsUtc { get; init; }

    /// <summary>A name of the time zone database; null for UTC and for local time.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The normalised form, as <c>systemd-analyze calendar</c> prints it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Weekdays is > 0 and < EveryDay)
            AppendWeekdays(text);
        Append(text, Years, 4, 1);
        text.Append('-');
        Append(text, Months, 2, 1);
        text.Append(FromEndOfMonth ? '~' : '-');
        Append(text, MonthDays, 2, 1);
        text.Append(' ');
        Append(text, Hours, 2, 1);
        text.Append(':');
        Append(text, Minutes, 2, 1);
        text.Append(':');
        Append(text, Seconds, 2, Second);
        if (IsUtc)
            text.Append(" UTC");
        else if (TimeZone is not null)
            text.Append(' ').Append(TimeZone);
        return text.ToString();
    }

    // Runs of three days and more as a range.
    private void AppendWeekdays(StringBuilder text)
    {
        bool any = false;
        for (int day = 0; day < Days.Length; day++)
        {
            if ((Weekdays & (1 << day)) == 0)
                continue;
            int last = day;
            while (last + 1 < Days.Length && (Weekdays & (1 << (last + 1))) != 0)
                last++;
            text.Append(any ? "," : "").Append(Days[day]);
            if (last > day)
                text.Append(last > day + 1 ? ".." : ",").Append(Days[last]);
            any = true;
            day = last;
        }

        text.Append(' ');
    }

    private static void Append(
        StringBuilder text, IReadOnlyList<CalendarItem> items, int width, int unit)
    {
        bool everySecond = unit == Second && items.Count == 1 && items[0] is (0, < 0, Second);
        if (items.Count == 0 || everySecond)
        {
            text.Append('*');
            return;
        }

        for (int i = 0; i < items.Count; i++)
        {
            (int start, int stop, int step) = items[i];
            if (i > 0)
                text.Append(',');
            AppendNumber(text, start, width, unit);
            if (stop > 0)
                AppendNumber(text.Append(".."), stop, width, unit);
            if (step > 0 && !(stop > 0 && step == unit))
                AppendNumber(text.Append('/'), step, 1, unit);
        }
    }

    private static void AppendNumber(StringBuilder text, int value, int width, int unit)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        text.Append((value / unit).ToString(plain).PadLeft(width, '0'));
        if (value % unit > 0)
            text.Append('.').Append((value % unit).ToString(plain).PadLeft(6, '0'));
    }
}
