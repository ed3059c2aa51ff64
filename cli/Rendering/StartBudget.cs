using System.Globalization;
using InitTx.Cli.Hosting;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>
/// How much of StartLimitBurst= is used up, and when it is back. The manager counts in a window
/// that slides: each start is forgotten an interval after it.
/// </summary>
internal static class StartBudget
{
    /// <summary>When all of it is there again; null when it is.</summary>
    public static DateTimeOffset? FullAt(StartLimitAnswer limit, DateTimeOffset now)
    {
        DateTimeOffset? at = limit.Newest?.AddSeconds(limit.Interval);
        return at > now ? at : null;
    }

    /// <summary>When the next start is allowed; null when one is now.</summary>
    public static DateTimeOffset? NextAt(StartLimitAnswer limit, DateTimeOffset now)
    {
        DateTimeOffset? at = limit.Starts >= limit.Burst
            ? limit.Oldest?.AddSeconds(limit.Interval)
            : null;
        return at > now ? at : null;
    }

    /// <summary>One line; null when nothing of it is used.</summary>
    public static string? Words(Session session, StartLimitAnswer limit)
    {
        DateTimeOffset now = session.Host.Now();
        if (FullAt(limit, now) is not { } full)
            return null;
        TimeZoneInfo zone = session.Host.TimeZone();
        string next = NextAt(limit, now) is { } at
            ? $"none is left before {Clock(at, zone)}, "
            : "";
        return $"up to {limit.Starts} of {limit.Burst} starts within "
            + $"{Durations.Format(TimeSpan.FromSeconds(limit.Interval))} are used, "
            + $"{next}all are back at {Clock(full, zone)}";
    }

    private static string Clock(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
