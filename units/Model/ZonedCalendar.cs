namespace InitTx.Units.Model;

/// <summary>
/// When a calendar event that is written in a zone's local time elapses next. A local time that
/// clocks are put forward over does not come that day; one that comes twice counts once, the first
/// time (systemd.time(7) leaves both to mktime(3)).
/// </summary>
public static class ZonedCalendar
{
    // Every second of a change of two hours is looked at, then the next one has to be there.
    private const int MaxSteps = 20_000;

    /// <summary>
    /// The first event after an instant, both in microseconds since 1970; null when there is none.
    /// </summary>
    public static long? Next(CalendarExpression calendar, long afterUs, TimeZoneTable zone)
    {
        long local = afterUs + zone.OffsetAt(afterUs);
        for (int step = 0; step < MaxSteps; step++)
        {
            if (CalendarClock.Next(calendar, local) is not { } next)
                return null;
            if (zone.ToUtc(next, afterUs) is { } utc)
                return utc;
            local = next;
        }

        return null;
    }
}
