using System.Globalization;

namespace InitTx.Cli.Hosting;

/// <summary>
/// Points in time as people write them: RFC 3339, <c>today</c>, <c>yesterday</c>, <c>now</c>,
/// <c>HH:MM</c>, also after <c>today</c> or <c>yesterday</c>, <c>YYYY-MM-DD [HH:MM[:SS]]</c>,
/// <c>-2h</c>, <c>2 days ago</c>. Without a zone, the reader's own.
/// </summary>
internal static class TimeWords
{
    private static readonly string[] LocalFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm",
        "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF",
    ];

    private static readonly string[] ZonedFormats =
    [
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK",
        "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFK",
    ];

    public static bool TryParse(
        string text, DateTimeOffset now, TimeZoneInfo zone, out DateTimeOffset time)
    {
        text = text.Trim();
        time = now;
        DateTimeOffset local = TimeZoneInfo.ConvertTime(now, zone);
        switch (text)
        {
            case "now":
                return true;
            case "today":
                time = At(local.Date, zone);
                return true;
            case "yesterday":
                time = At(local.Date.AddDays(-1), zone);
                return true;
        }

        return TryAgo(text, now, ref time)
            || TryDayAndClock(text, local, zone, ref time)
            || TryDate(text, zone, ref time);
    }

    private static bool TryAgo(string text, DateTimeOffset now, ref DateTimeOffset time)
    {
        const string Ago = " ago";
        string? span = text switch
        {
            ['-', .. var rest] => rest,
            _ when text.EndsWith(Ago, StringComparison.Ordinal) => text[..^Ago.Length],
            _ => null,
        };
        if (span is null || !Durations.TryParse(span, out long us))
            return false;
        if (us > (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
            return false;
        time = now.AddTicks(-us * TimeSpan.TicksPerMicrosecond);
        return true;
    }

    // A clock's time alone is today's.
    private static bool TryDayAndClock(
        string text, DateTimeOffset local, TimeZoneInfo zone, ref DateTimeOffset time) =>
        text.Split(' ', 2, StringSplitOptions.TrimEntries) switch
        {
            ["today", var clock] => TryClock(clock, local, zone, ref time),
            ["yesterday", var clock] => TryClock(clock, local.AddDays(-1), zone, ref time),
            _ => TryClock(text, local, zone, ref time),
        };

    private static bool TryClock(
        string text, DateTimeOffset local, TimeZoneInfo zone, ref DateTimeOffset time)
    {
        if (!TimeOnly.TryParseExact(
            text,
            ["HH:mm", "HH:mm:ss"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out TimeOnly clock))
        {
            return false;
        }

        time = At(local.Date + clock.ToTimeSpan(), zone);
        return true;
    }

    private static bool TryDate(string text, TimeZoneInfo zone, ref DateTimeOffset time)
    {
        if (DateTime.TryParseExact(
            text,
            LocalFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out DateTime date))
        {
            time = At(date, zone);
            return true;
        }

        return DateTimeOffset.TryParseExact(
            text, ZonedFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    private static DateTimeOffset At(DateTime local, TimeZoneInfo zone)
    {
        DateTime unspecified = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        return new DateTimeOffset(unspecified, zone.GetUtcOffset(unspecified));
    }
}
