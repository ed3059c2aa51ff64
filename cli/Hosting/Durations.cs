using System.Globalization;

namespace InitTx.Cli.Hosting;

/// <summary>
/// Spans of time as people write them (systemd.time(7)): <c>30</c>, <c>1min 20s</c>, <c>500ms</c>.
/// </summary>
internal static class Durations
{
    private static readonly (string Name, double Us)[] Units =
    [
        ("us", 1), ("usec", 1), ("ms", 1e3), ("msec", 1e3), ("s", 1e6), ("sec", 1e6),
        ("second", 1e6), ("seconds", 1e6), ("m", 60e6), ("min", 60e6), ("minute", 60e6),
        ("minutes", 60e6), ("h", 3600e6), ("hr", 3600e6), ("hour", 3600e6), ("hours", 3600e6),
        ("d", 86_400e6), ("day", 86_400e6), ("days", 86_400e6), ("w", 604_800e6),
        ("week", 604_800e6), ("weeks", 604_800e6), ("month", 2_629_800e6),
        ("months", 2_629_800e6), ("y", 31_557_600e6), ("year", 31_557_600e6),
        ("years", 31_557_600e6),
    ];

    /// <summary>
    /// Microseconds of a span; a bare number is seconds. False for anything else.
    /// </summary>
    public static bool TryParse(string text, out long us)
    {
        us = 0;
        double sum = 0;
        int at = 0;
        bool any = false;
        while (true)
        {
            Skip(text, ref at, char.IsWhiteSpace);
            if (at == text.Length)
                break;
            int start = at;
            Skip(text, ref at, c => char.IsAsciiDigit(c) || c == '.');
            if (!double.TryParse(
                text.AsSpan(start, at - start),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out double number))
            {
                return false;
            }

            Skip(text, ref at, char.IsWhiteSpace);
            start = at;
            Skip(text, ref at, char.IsAsciiLetter);
            double? unit = UnitOf(text.AsSpan(start, at - start));
            if (unit is null)
                return false;
            sum += number * unit.Value;
            any = true;
        }

        if (!any || sum > 3.15e14)
            return false;
        us = (long)sum;
        return true;
    }

    /// <summary>
    /// A span in at most two units, as `systemctl status` shows it: <c>2 days 3h</c>.
    /// </summary>
    public static string Format(TimeSpan span)
    {
        if (span < TimeSpan.Zero)
            span = TimeSpan.Zero;
        FormattableString text = span switch
        {
            { TotalMilliseconds: < 1 } => $"{span.TotalMicroseconds:F0}us",
            { TotalSeconds: < 1 } => $"{span.TotalMilliseconds:F0}ms",
            { TotalSeconds: < 10 } => $"{span.TotalSeconds:F1}s",
            { TotalMinutes: < 1 } => $"{span.TotalSeconds:F0}s",
            { TotalHours: < 1 } => $"{span.Minutes}min {span.Seconds}s",
            { TotalDays: < 1 } => $"{span.Hours}h {span.Minutes}min",
            { TotalDays: < 30 } => $"{span.Days} day{(span.Days == 1 ? "" : "s")} {span.Hours}h",
            _ => $"{span.Days} days",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }

    private static void Skip(string text, ref int at, Func<char, bool> take)
    {
        while (at < text.Length && take(text[at]))
            at++;
    }

    private static double? UnitOf(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty)
            return 1e6;
        foreach ((string known, double us) in Units)
        {
            if (name.SequenceEqual(known))
                return us;
        }

        return null;
    }
}
