namespace InitTx.Units.Parsing;

/// <summary>
/// Sizes with the suffixes B, K, M, G, T, P and E to the base 1024 (systemd.syntax(7)).
/// </summary>
public static class ByteSizeParser
{
    private const string Suffixes = "EPTGMKB";

    /// <summary>
    /// Reads a size such as <c>8M</c>, <c>1.5G</c> or <c>1G 500M</c>, suffixes descending.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong bytes) =>
        TryParse(text, 1024, out bytes);

    /// <summary>The same to the base 1000, as rates of devices are written.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<char> text, out ulong bytes) =>
        TryParse(text, 1000, out bytes);

    private static bool TryParse(ReadOnlySpan<char> text, ulong step, out ulong bytes)
    {
        bytes = 0;
        int next = 0;
        do
        {
            text = text.TrimStart(" \t\n\r");
            int digits = CountDigits(text);
            if (digits == 0 || !ulong.TryParse(text[..digits], out ulong whole))
                return false;
            text = text[digits..];
            double fraction = TakeFraction(ref text);
            text = text.TrimStart(" \t\n\r");
            if (!TakeSuffix(ref text, step, ref next, out ulong factor))
                return false;
            if (whole > (ulong.MaxValue / factor) - (fraction > 0 ? 1UL : 0UL))
                return false;
            ulong term = (whole * factor) + (ulong)(fraction * factor);
            if (term > ulong.MaxValue - bytes)
                return false;
            bytes += term;
        }
        while (!text.IsEmpty);
        return true;
    }

    private static double TakeFraction(ref ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] != '.')
            return 0;
        text = text[1..];
        int digits = CountDigits(text);
        double value = 0, scale = 0.1;
        foreach (char c in text[..digits])
        {
            value += (c - '0') * scale;
            scale /= 10;
        }

        text = text[digits..];
        return value;
    }

    // After the empty suffix nothing can follow: "1G 5" is fine, "5 1G" is not.
    private static bool TakeSuffix(
        ref ReadOnlySpan<char> text, ulong step, ref int next, out ulong factor)
    {
        factor = 1;
        int at = text.IsEmpty ? -1 : Suffixes.IndexOf(text[0], StringComparison.Ordinal);
        if (at >= 0 && at >= next)
        {
            for (int i = at; i < Suffixes.Length - 1; i++)
                factor *= step;
            text = text[1..];
            next = at + 1;
            return true;
        }

        bool allowed = next <= Suffixes.Length;
        next = Suffixes.Length + 1;
        return allowed && (text.IsEmpty || char.IsAsciiDigit(text[0]));
    }

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
