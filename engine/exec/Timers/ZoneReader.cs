using InitTx.Units.Model;

namespace InitTx.Exec.Timers;

/// <summary>
/// Time zones as tables for PID 1, which reads no zone files itself: every change of the offset
/// from two years back to forty ahead.
/// </summary>
internal static class ZoneReader
{
    private const int YearsBack = 2;
    private const int YearsAhead = 40;

    /// <param name="name">A name of the zone database; "" for the machine's own zone.</param>
    /// <returns>Null when there is no such zone.</returns>
    public static TimeZoneTable? Read(string name)
    {
        // The helper lives long, and /etc/localtime may be another by now.
        TimeZoneInfo.ClearCachedData();
        if (name.Length == 0)
            return Table(TimeZoneInfo.Local);
        try
        {
            return Table(TimeZoneInfo.FindSystemTimeZoneById(name));
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException
            or System.Security.SecurityException)
        {
            return null;
        }
    }

    // Offsets change at most once a day.
    private static TimeZoneTable Table(TimeZoneInfo zone)
    {
        DateTime day = DateTime.UtcNow.Date.AddYears(-YearsBack);
        DateTime end = day.AddYears(YearsBack + YearsAhead);
        long first = OffsetUs(zone, day);
        long before = first;
        var changes = new List<TimeZoneChange>();
        for (DateTime next = day.AddDays(1); next < end; day = next, next = next.AddDays(1))
        {
            long offset = OffsetUs(zone, next);
            if (offset == before || changes.Count == TimeZoneTable.MaxChanges)
                continue;
            changes.Add(new TimeZoneChange(ChangeUs(zone, day, next, before), offset));
            before = offset;
        }

        return new TimeZoneTable { FirstOffsetUs = first, Changes = changes };
    }

    // The second at which the offset is no longer what it was.
    private static long ChangeUs(TimeZoneInfo zone, DateTime from, DateTime to, long before)
    {
        long low = 0;
        long high = (long)(to - from).TotalSeconds;
        while (high - low > 1)
        {
            long middle = (low + high) / 2;
            if (OffsetUs(zone, from.AddSeconds(middle)) == before)
                low = middle;
            else
                high = middle;
        }

        return (from.AddSeconds(high) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    private static long OffsetUs(TimeZoneInfo zone, DateTime utc) =>
        zone.GetUtcOffset(utc).Ticks / TimeSpan.TicksPerMicrosecond;
}
