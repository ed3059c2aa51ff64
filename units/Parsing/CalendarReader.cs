using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// Reads a calendar event from left to right: days of the week, date, time; each step says false at
/// what it cannot read. Which numbers make sense is <see cref="CalendarParser"/>'s affair.
/// </summary>
internal ref struct CalendarReader(string text)
{
    /// <summary>Microseconds, in which seconds are counted.</summary>
    public const int Second = 1_000_000;

    private const int MaxItems = 240;

    private static readonly string[] Days =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

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
