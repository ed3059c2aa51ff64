namespace InitTx.Units.Model;

/// <summary>
/// When a calendar event elapses next. Pure arithmetic on the proleptic calendar: the caller turns
/// local time into and out of this one.
/// </summary>
public static class CalendarClock
{
    // 29 February on a Monday comes within 28 years, 40 at a turn of a century.
    private const int MaxSteps = 1000;

    /// <summary>
    /// The first event after a time, both in microseconds since 1970; null when there is none up
    /// to the year 2199.
    /// </summary>
    public static long? Next(CalendarExpression calendar, long afterUs)
    {
        if (afterUs < 0 || afterUs >= DateTime.MaxValue.Ticks / 20)
            return null;
        DateTime start = DateTime.UnixEpoch.AddTicks((afterUs + 1) * 10);
        var at = new CalendarMoment(start);
        for (int step = 0; step < MaxSteps && at.Year <= CalendarMoment.LastYear; step++)
        {
            if (at.Settle(calendar))
                return (at.ToDateTime() - DateTime.UnixEpoch).Ticks / 10;
        }

        return null;
    }
}
