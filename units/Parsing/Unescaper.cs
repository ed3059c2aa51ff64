namespace InitTx.Units.Parsing;

/// <summary>The C escapes of systemd.syntax(7), "Quoting".</summary>
internal static class Unescaper
{
    /// <summary>
    /// Reads what follows a backslash. NUL is refused in every spelling, since no argument can
    /// hold it.
    /// </summary>
    /// <param name="text">The characters after the backslash.</param>
    /// <param name="value">The byte or the code point.</param>
    /// <param name="isByte">
    /// True for <c>\xHH</c> and octal, which name a byte and no character.
    /// </param>
    /// <returns>The number of characters used, 0 when this is no escape.</returns>
    public static int Read(ReadOnlySpan<char> text, out int value, out bool isByte)
    {
        value = 0;
        isByte = false;
        if (text.IsEmpty)
            return 0;
        value = text[0] switch
        {
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            's' => ' ',
            '\\' or '"' or '\'' => text[0],
            _ => 0,
        };
        if (value != 0)
            return 1;
        switch (text[0])
        {
            case 'x':
                isByte = true;
                return Digits(text[1..], 2, 16, 255, ref value) ? 3 : 0;
            case 'u':
                return Digits(text[1..], 4, 16, 0x10FFFF, ref value) ? 5 : 0;
            case 'U':
                return Digits(text[1..], 8, 16, 0x10FFFF, ref value) ? 9 : 0;
            case >= '0' and <= '7':
                isByte = true;
                return Digits(text, 3, 8, 255, ref value) ? 3 : 0;
            default:
                return 0;
        }
    }

    private static bool Digits(
        ReadOnlySpan<char> text, int count, int radix, int highest, ref int value)
    {
        if (text.Length < count)
            return false;
        long sum = 0;
        foreach (char c in text[..count])
        {
            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix)
                return false;
            sum = (sum * radix) + digit;
        }

        value = (int)Math.Min(sum, int.MaxValue);
        return sum > 0 && sum <= highest && (sum < 0xD800 || sum > 0xDFFF);
    }
}
