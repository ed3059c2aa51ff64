using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// Calendar events of systemd.time(7): <c>Mon..Fri *-*-* 06:30:00 UTC</c>, <c>*:0/15</c>,
/// <c>*-*~03</c>, <c>@1700000000</c>, <c>daily</c>. Pure and linear; whether a time zone exists is
/// for whoever has the database to say.
/// </summary>
public static class CalendarParser
{
    private const int Second = 1_000_000;
    private const int MaxItems = 240;
    private const int EveryDay = 0x7f;

    private static readonly string[] Days =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

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

        var reader = new Reader(text);
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
            && IsValid(c.Minutes, 0, 59) && IsValid(c.Seconds, 0, (60 * Second) - 1) ? c : null;
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
            if (start == stop || (stop > start && step > 0 && start + step > stop))
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

    private ref struct Reader(string text)
    {
        private int _at;

        private readonly char Here => _at < text.Length ? text[_at] : '\0';
        private readonly char Next => _at + 1 < text.Length ? text[_at + 1] : '\0';

        // Mon,Wed..Fri; "-" is the old spelling of "..".
        public bool TryWeekdays(ref CalendarExpression c)
        {
            int days = 0, from = -1;
            for (bool first = true; ; first = false)
            {
                int day = TakeDay();
                if (day < 0)
                    return first;
                if (Here is not ('\0' or '-' or '.' or ',' or ' '))
                    return false;
                if (from > day)
                    return false;
                for (int d = from < 0 ? day : from; d <= day; d++)
                    days |= 1 << d;
                c = c with { Weekdays = days };
                bool open = false;
                if (Here == '.' || Here == '-')
                {
                    if (from >= 0 || (Here == '.' && Next != '.'))
                        return false;
                    _at += Here == '.' ? 2 : 1;
                    (from, open) = (day, true);
                }
                else if (Here == ',')
                {
                    _at++;
                    from = -1;
                }

                if (Here is '\0' or ' ')
                {
                    SkipBlanks();
                    return !open;
                }
            }
        }

        public bool TryDateAndTime(ref CalendarExpression c)
        {
            if (Here == '@')
                return TryEpoch(ref c);
            int start = _at;
            if (Here != '\0')
            {
                if (!TryItems(1, out List<CalendarItem> first))
                    return false;
                if (Here is '\0' or ':')
                    _at = start;
                else if (!TryDate(first, ref c))
                    return false;
            }

            return TryTime(ref c);
        }

        private bool TryDate(List<CalendarItem> first, ref CalendarExpression c)
        {
            if (Here is not ('-' or '~'))
                return false;
            bool fromEnd = Here == '~';
            _at++;
            if (!TryItems(1, out List<CalendarItem> second))
                return false;
            if (Here is '\0' or ' ')
            {
                SkipBlanks();
                c = c with { Months = first, MonthDays = second, FromEndOfMonth = fromEnd };
                return true;
            }

            if (fromEnd || Here is not ('-' or '~'))
                return false;
            fromEnd = Here == '~';
            _at++;
            if (!TryItems(1, out List<CalendarItem> third) || Here is not ('\0' or ' '))
                return false;
            SkipBlanks();
            c = c with
            {
                Years = first,
                Months = second,
                MonthDays = third,
                FromEndOfMonth = fromEnd,
            };
            return true;
        }

        private bool TryTime(ref CalendarExpression c)
        {
            CalendarItem[] zero = [new(0, -1, 0)];
            if (Here == '\0')
            {
                c = c with { Hours = zero, Minutes = zero, Seconds = zero };
                return true;
            }

            if (!TryItems(1, out List<CalendarItem> hours) || Here != ':')
                return false;
            _at++;
            if (!TryItems(1, out List<CalendarItem> minutes))
                return false;
            c = c with { Hours = hours, Minutes = minutes, Seconds = zero };
            if (Here == '\0')
                return true;
            if (Here != ':')
                return false;
            _at++;
            if (!TryItems(Second, out List<CalendarItem> seconds) || Here != '\0')
                return false;
            c = c with { Seconds = seconds };
            return true;
        }

        // A moment counted from 1970: one event.
        private bool TryEpoch(ref CalendarExpression c)
        {
            _at++;
            if (!TryNumber(1, out int seconds, long.MaxValue, out long value) || Here != '\0')
                return false;
            _ = seconds;
            if (value > 253_402_300_799)
                return false;
            DateTimeOffset t = DateTimeOffset.FromUnixTimeSeconds(value);
            static CalendarItem[] One(int v) => [new(v, -1, 0)];
            c = c with
            {
                Years = One(t.Year),
                Months = One(t.Month),
                MonthDays = One(t.Day),
                Hours = One(t.Hour),
                Minutes = One(t.Minute),
                Seconds = One(t.Second * Second),
                IsUtc = true,
            };
            return true;
        }

        private bool TryItems(int unit, out List<CalendarItem> items)
        {
            items = [];
            if (Here == '*')
            {
                _at++;
                if (unit == Second)
                    items.Add(new CalendarItem(0, -1, Second));
                return true;
            }

            while (items.Count < MaxItems)
            {
                if (!TryItem(unit, out CalendarItem item))
                    return false;
                items.Add(item);
                if (Here != ',')
                    return Here is '\0' or ' ' or '-' or '~' or ':';
                _at++;
            }

            return false;
        }

        private bool TryItem(int unit, out CalendarItem item)
        {
            item = default;
            int stop = -1, step = 0;
            if (!TryNumber(unit, out int start))
                return false;
            if (Here == '.' && Next == '.')
            {
                _at += 2;
                if (!TryNumber(unit, out stop))
                    return false;
                step = unit;
            }

            if (Here == '/')
            {
                _at++;
                if (!TryNumber(unit, out step) || step == 0)
                    return false;
            }
            else if (unit == Second && stop >= 0 && start + step > stop)
            {
                return false;
            }

            item = new CalendarItem(start, stop, step);
            return true;
        }

        private bool TryNumber(int unit, out int value) =>
            TryNumber(unit, out value, int.MaxValue / 2, out _);

        private bool TryNumber(int unit, out int value, long limit, out long wide)
        {
            (value, wide) = (0, 0);
            if (!char.IsAsciiDigit(Here))
                return false;
            for (; char.IsAsciiDigit(Here); _at++)
            {
                if (wide > (long.MaxValue - 9) / 10 / unit)
                    return false;
                wide = (wide * 10) + (Here - '0');
            }

            wide *= unit;

            // A point begins a fraction, two a range.
            if (unit == Second && Here == '.' && Next != '.')
            {
                _at++;
                if (!char.IsAsciiDigit(Here))
                    return false;
                for (int place = Second / 10; char.IsAsciiDigit(Here); _at++, place /= 10)
                    wide += (Here - '0') * place;
            }

            if (wide > limit)
                return false;
            value = (int)Math.Min(wide, int.MaxValue);
            return true;
        }

        private int TakeDay()
        {
            for (int day = 0; day < Days.Length; day++)
            {
                foreach (int length in new[] { Days[day].Length, 3 })
                {
                    if (_at + length <= text.Length && text.AsSpan(_at, length).Equals(
                        Days[day].AsSpan(0, length), StringComparison.OrdinalIgnoreCase))
                    {
                        _at += length;
                        return day;
                    }
                }
            }

            return -1;
        }

        private void SkipBlanks()
        {
            while (Here == ' ')
                _at++;
        }
    }
}
