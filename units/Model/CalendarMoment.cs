namespace InitTx.Units.Model;

/// <summary>
/// A moment on its way to the next event: each pass moves it forward to the first one at which the
/// greatest part that did not fit does. Never backwards.
/// </summary>
internal struct CalendarMoment(DateTime t)
{
    /// <summary>The last year in which events are looked for.</summary>
    public const int LastYear = 2199;

    private const int Second = 1_000_000;

    private int _month = t.Month;
    private int _day = t.Day;
    private int _hour = t.Hour;
    private int _minute = t.Minute;
    private int _us = (int)((t.Ticks % TimeSpan.TicksPerMinute) / 10);

    public int Year { get; private set; } = t.Year;

    public readonly DateTime ToDateTime() =>
        new DateTime(Year, _month, _day, _hour, _minute, 0, DateTimeKind.Utc)
            .AddTicks(_us * 10L);

    // One pass from the year down; true when nothing had to be carried over.
    public bool Settle(CalendarExpression c)
    {
        int? year = Find(c.Years, Year);
        if (year is null)
        {
            Year = LastYear + 1;
            return false;
        }

        if (year != Year)
            (Year, _month, _day, _hour, _minute, _us) = (year.Value, 1, 1, 0, 0, 0);
        if (Find(c.Months, _month) is not { } month || month > 12)
            return Carry(years: 1);
        if (month != _month)
            (_month, _day, _hour, _minute, _us) = (month, 1, 0, 0, 0);
        int length = DateTime.DaysInMonth(Year, _month);
        if (FindDay(c, length) is not { } day || day > length)
            return Carry(months: 1);
        if (day != _day)
            (_day, _hour, _minute, _us) = (day, 0, 0, 0);
        int weekday = ((int)new DateTime(Year, _month, _day).DayOfWeek + 6) % 7;
        if ((c.Weekdays & (1 << weekday)) == 0)
            return Carry(days: 1);
        if (Find(c.Hours, _hour) is not { } hour || hour > 23)
            return Carry(days: 1);
        if (hour != _hour)
            (_hour, _minute, _us) = (hour, 0, 0);
        if (Find(c.Minutes, _minute) is not { } minute || minute > 59)
            return Carry(hours: 1);
        if (minute != _minute)
            (_minute, _us) = (minute, 0);
        if (Find(c.Seconds, _us) is not { } us || us >= 60 * Second)
            return Carry(minutes: 1);
        _us = us;
        return true;
    }

    private readonly int? FindDay(CalendarExpression c, int length)
    {
        if (!c.FromEndOfMonth)
            return Find(c.MonthDays, _day);
        int? best = null;
        foreach ((int start, int stop, int step) in c.MonthDays)
        {
            int first = length + 1 - start;
            int last = stop < 0 ? -1 : length + 1 - stop;
            if (last > 0)
                (first, last) = (last, first);
            best = Least(best, new CalendarItem(first, last, step), _day);
        }

        return best;
    }

    private static int? Find(IReadOnlyList<CalendarItem> items, int value)
    {
        if (items.Count == 0)
            return value;
        int? best = null;
        foreach (CalendarItem item in items)
            best = Least(best, item, value);
        return best;
    }

    private static int? Least(int? best, CalendarItem item, int value)
    {
        (int start, int stop, int step) = item;
        int? found = null;
        if (start >= value)
            found = start;
        else if (step > 0 && start + ((value - start + step - 1) / step * step) is var next
            && (stop < 0 || next <= stop))
            found = next;
        return found is { } f && (best is null || f < best) ? f : best;
    }

    private bool Carry(int years = 0, int months = 0, int days = 0, int hours = 0,
        int minutes = 0)
    {
        DateTime t = years > 0 ? new DateTime(Year, 1, 1).AddYears(years)
            : months > 0 ? new DateTime(Year, _month, 1).AddMonths(months)
            : days > 0 ? new DateTime(Year, _month, _day).AddDays(days)
            : new DateTime(Year, _month, _day, _hour, hours > 0 ? 0 : _minute, 0)
                .AddHours(hours).AddMinutes(minutes);
        (Year, _month, _day, _hour, _minute, _us) =
            (t.Year, t.Month, t.Day, t.Hour, t.Minute, 0);
        return false;
    }
}
