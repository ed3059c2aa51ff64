using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// Calendar events of systemd.time(7): <c>Mon..Fri *-*-* 06:30:00 UTC</c>, <c>*:0/15</c>,
/// <c>*-*~03</c>, <c>@1700000000</c>, <c>daily</c>. Pure and linear; whether a time zone exists is
/// for whoever has the database to say.
/// </summary>
public static class CalendarParser
{
    private const int EveryDay = 0x7f;
    private const int MaxSeconds = (60 * CalendarReader.Second) - 1;

    private static readonly (string Word, string Meaning)[] Words =
    [
        ("minutely", "*:*:00"), ("hourly", "*:00:00"), ("daily", "00:00:00"),
        ("monthly", "*-01 00:00:00"), ("weekly", "Mon 00:00:00"), ("yearly", "01-01 00:00:00"),
        ("annually", "01-01 00:00:00"), ("anually", "01-01 00:00:00"),
        ("quarterly", "01,04,07,10-01 00:00:00"), ("semiannually", "01,07-01 00:00:00"),
        ("semi-annually", "01,07-01 00:00:00"), ("biannually", "01,07-01 00:00:00"),
        ("bi-annually", "01,07-01 00:00:00"),
    ];

    /// <summary>The event, or null when the text is none.</summary>
    public static CalendarExpression? Parse(string text)
    {
        if (text.Length == 0)
            return null;
        var result = new CalendarExpression();
        if (text.EndsWith(" UTC", StringComparison.OrdinalIgnoreCase))
        {
            text = text[..^4];
            result = result with { IsUtc = true };
        }
        else if (text.LastIndexOf(' ') is var blank and > 0 && IsTimeZone(text[(blank + 1)..]))
        {
            result = result with { TimeZone = text[(blank + 1)..] };
            text = text[..blank];
        }

        if (text.Length == 0)
            return null;
        foreach ((string word, string meaning) in Words)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
                text = meaning;
        }

        var reader = new CalendarReader(text);
        return reader.TryWeekdays(ref result) && reader.TryDateAndTime(ref result)
            ? Checked(result) : null;
    }

    // A name as Europe/Berlin has it; what has no slash is left to the date and time.
    private static bool IsTimeZone(string word)
    {
        bool slash = false;
        if (word.Length == 0 || !char.IsAsciiLetter(word[0]) || word[^1] == '/')
            return false;
        for (int i = 0; i < word.Length; i++)
        {
            char c = word[i];
            slash |= c == '/';
            if (c == '/' && word[i - 1] == '/')
                return false;
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('/' or '_' or '-' or '+'))
                return false;
        }

        return slash;
    }

    private static CalendarExpression? Checked(CalendarExpression c)
    {
        bool fromEnd = c.FromEndOfMonth && c.MonthDays.Count > 0;
        c = c with
        {
            Weekdays = c.Weekdays == 0 ? EveryDay : c.Weekdays,
            FromEndOfMonth = fromEnd,
            Years = Normal(c.Years, years: true),
            Months = Normal(c.Months),
            MonthDays = Normal(c.MonthDays),
            Hours = Normal(c.Hours),
            Minutes = Normal(c.Minutes),
            Seconds = Normal(c.Seconds),
        };
        return IsValid(c.Years, 1970, 2199) && IsValid(c.Months, 1, 12)
            && IsValid(c.MonthDays, 1, 31, fromEnd) && IsValid(c.Hours, 0, 23)
            && IsValid(c.Minutes, 0, 59) && IsValid(c.Seconds, 0, MaxSeconds) ? c : null;
    }

    // Ranges end at a value that the step reaches; two-digit years are of our time.
    private static List<CalendarItem> Normal(
        IReadOnlyList<CalendarItem> items, bool years = false)
    {
        var sorted = new SortedSet<CalendarItem>(Comparer<CalendarItem>.Create(static (a, b) =>
            (a.Start, a.Stop, a.Step).CompareTo((b.Start, b.Stop, b.Step))));
        foreach (CalendarItem item in items)
        {
            (int start, int stop, int step) = item;
            if (years)
                (start, stop) = (Year(start), Year(stop));
            if (stop > start && step > 0)
                stop -= (stop - start) % step;
            if (start == stop)
                (stop, step) = (-1, 0);
            sorted.Add(new CalendarItem(start, stop, step));
        }

        return [.. sorted];
    }

    private static int Year(int year) => year switch
    {
        >= 0 and < 70 => year + 2000,
        >= 70 and < 100 => year + 1900,
        _ => year,
    };

    private static bool IsValid(
        IReadOnlyList<CalendarItem> items, int lowest, int highest, bool fromEnd = false)
    {
        foreach ((int start, int stop, int step) in items)
        {
            // Every month has 28 days. That each further item may reach three days less is an
            // oddity of systemd 252; what it refuses would not start there.
            if (fromEnd)
                highest -= 3;
            if (start < lowest || start > highest || step > highest - lowest)
                return false;
            if (stop >= 0 && (stop < lowest || stop > highest || start + step > stop))
                return false;
            if (stop < 0 && (fromEnd ? start - step < lowest : start + step > highest))
                return false;
        }

        return true;
    }
}
