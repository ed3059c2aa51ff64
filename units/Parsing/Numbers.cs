namespace InitTx.Units.Parsing;

/// <summary>
/// Integers as systemd reads them: decimal, <c>0x</c>, <c>0b</c>, <c>0o</c> or a leading 0 for
/// octal.
/// </summary>
internal static class Numbers
{
    /// <summary>
    /// An unsigned number; blanks before it and a <c>+</c> are allowed, nothing after it.
    /// </summary>
    public static bool TryUnsigned(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        text = text.TrimStart(" \t\n\r");
        if (!text.IsEmpty && text[0] == '+')
            text = text[1..];
        return TryMagnitude(text, out value);
    }

    /// <summary>A signed number within bounds.</summary>
    public static bool TrySigned(ReadOnlySpan<char> text, long lowest, long highest, out long value)
    {
        value = 0;
        text = text.TrimStart(" \t\n\r");
        bool negative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && (text[0] is '-' or '+'))
            text = text[1..];
        if (!TryMagnitude(text, out ulong magnitude) || magnitude > long.MaxValue)
            return false;
        value = negative ? -(long)magnitude : (long)magnitude;
        return value >= lowest && value <= highest;
    }

    /// <summary>Octal permission bits, at most 07777; null when the text is none.</summary>
    public static int? Mode(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > 12)
            return null;
        int mode = 0;
        foreach (char c in text)
        {
            if (c is < '0' or > '7')
                return null;
            mode = (mode * 8) + (c - '0');
            if (mode > 0b111_111_111_111)
                return null;
        }

        return mode;
    }

    private static bool TryMagnitude(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        ulong radix = 10;
        if (text.Length > 1 && text[0] == '0')
        {
            radix = text[1] switch
            {
                'x' or 'X' => 16,
                'b' or 'B' => 2,
                _ => 8,
            };
            bool prefixed = radix != 8 || text[1] is 'o' or 'O';
            text = text[(prefixed ? 2 : 1)..];
        }

        if (text.IsEmpty)
            return false;
        foreach (char c in text)
        {
            ulong digit = char.IsAsciiDigit(c) ? (ulong)(c - '0')
                : char.IsAsciiHexDigit(c) ? (ulong)((c | 0x20) - 'a' + 10) : 99;
            if (digit >= radix || value > (ulong.MaxValue - digit) / radix)
                return false;
            value = (value * radix) + digit;
        }

        return true;
    }
}
