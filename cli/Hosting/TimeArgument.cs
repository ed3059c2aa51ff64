using InitTx.Cli.Rendering;

namespace InitTx.Cli.Hosting;

/// <summary>A point in time on the command line.</summary>
internal static class TimeArgument
{
    /// <summary>Microseconds since 1970, null for no text; an exit status when it is no
    /// time.</summary>
    public static int? Read(Session session, string? text, out long? us)
    {
        us = null;
        if (text is null)
            return null;
        if (!TimeWords.TryParse(
            text, session.Host.Now(), session.Host.TimeZone(), out DateTimeOffset time))
        {
            return session.Misuse(
                $"'{text}' is no time: 2026-05-01T12:00:00Z, today, \"yesterday 14:05\", 14:05, "
                + "-2h or \"2 days ago\"");
        }

        us = HistoryRows.Micros(time);
        return null;
    }
}
