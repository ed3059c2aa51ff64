using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// Time spans of systemd.time(7): <c>90</c>, <c>1.5</c>, <c>5min 20s</c>, <c>infinity</c>.
/// </summary>
public static class DurationParser
{
    private const long Microsecond = 1;
    private const long Second = 1_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    // Longer spellings stand before what they begin with; a month is 30.44, a year 365.25 days.
    private static readonly (string Name, long Factor)[] Units =
    [
        ("seconds", Second), ("second", Second), ("sec", Second), ("s", Second),
        ("minutes", Minute), ("minute", Minute), ("min", Minute),
        ("months", 2_629_800 * Second), ("month", 2_629_800 * Second), ("M", 2_629_800 * Second),
        ("msec", 1000), ("ms", 1000), ("m", Minute),
        ("hours", Hour), ("hour", Hour), ("hr", Hour), ("h", Hour),
        ("days", Day), ("day", Day), ("d", Day),
        ("weeks", 7 * Day), ("week", 7 * Day), ("w", 7 * Day),
        ("years", 31_557_600 * Second), ("year", 31_557_600 * Second), ("y", 31_557_600 * Second),
        ("usec", Microsecond), ("us", Microsecond), ("\u00B5s", Microsecond),
            ("\u03BCs", Microsecond),
    ];

    /// <summary>Reads a time span.</summary>
    /// <param name="text">The text; a number without a unit counts seconds.</param>
    /// <param name="microseconds">
    /// The span; <see cref="ServiceSettings.Infinity"/> for no limit.
    /// </param>
    /// <param name="defaultUnit">Microseconds of a number without a unit.</param>
    public static bool TryParse(
        ReadOnlySpan<char> text, out long microseconds, long defaultUnit = Second)
    {
        microseconds = 0;
        text = Trim(text);
        if (text.StartsWith("infinity", StringComparison.Ordinal))
        {
            microseconds = ServiceSettings.Infinity;
            return Trim(text["infinity".Length..]).IsEmpty;
        }

        if (text.IsEmpty)
            return false;
        while (!text.IsEmpty)
        {
            if (!TryTerm(ref text, defaultUnit, out long term)
                || term >= ServiceSettings.Infinity - microseconds)
                return false;
            microseconds += term;
        }

        return true;
    }

    /// <summary>
    /// As <see cref="TryParse"/>, with 0 meaning no limit, as the time-outs of services have it.
    /// </summary>
    public static bool TryParseTimeout(ReadOnlySpan<char> text, out long microseconds)
    {
        if (!TryParse(text, out microseconds))
            return false;
        if (microseconds == 0)
            microseconds = ServiceSettings.Infinity;
        return true;
    }

    private static bool TryTerm(ref ReadOnlySpan<char> text, long defaultUnit, out long term)
    {
        term = 0;
        if (text[0] == '+')
            text = text[1..];
        int digits = CountDigits(text);
        ReadOnlySpan<char> whole = text[..digits];
        text = text[digits..];
        ReadOnlySpan<char> fraction = default;
        if (!text.IsEmpty && text[0] == '.')
        {
            int count = CountDigits(text[1..]);
            if (count == 0)
                return false;
            fraction = text.Slice(1, count);
            text = text[(1 + count)..];
        }
        else if (digits == 0)
        {
            return false;
        }

        long factor = TakeUnit(ref text, defaultUnit);
        if (factor == 0)
            return false;
        if (!TryMultiply(whole, factor, out term))
            return false;
        long step = factor / 10;
        foreach (char c in fraction)
        {
            term += (c - '0') * step;
            step /= 10;
        }

        return true;
    }

    // "12.34.56" is no time, "12.34 .56" is one: a number needs a unit or a blank behind it.
    private static long TakeUnit(ref ReadOnlySpan<char> text, long defaultUnit)
    {
        ReadOnlySpan<char> trimmed = text.TrimStart(" \t\n\r");
        foreach ((string name, long factor) in Units)
        {
            if (trimmed.StartsWith(name, StringComparison.Ordinal))
            {
                text = trimmed[name.Length..].TrimStart(" \t\n\r");
                return factor;
            }
        }

        if (trimmed.Length == text.Length && !text.IsEmpty)
            return 0;
        text = trimmed;
        return defaultUnit;
    }

    private static bool TryMultiply(ReadOnlySpan<char> digits, long factor, out long result)
    {
        result = 0;
        foreach (char c in digits)
        {
            if (result > (long.MaxValue - 9) / 10)
                return false;
            result = (result * 10) + (c - '0');
        }

        // The fraction adds less than one more unit.
        if (result >= (long.MaxValue / factor) - 1)
            return false;
        result *= factor;
        return true;
    }

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text) => text.Trim(" \t\n\r");
}
