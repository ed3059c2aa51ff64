namespace InitTx.Exec.Logging;

/// <summary>
/// The level at the beginning of a line, as sd-daemon(3) has it: <c>&lt;4&gt;text</c>. Pure.
/// </summary>
internal static class LevelPrefix
{
    // Facility and level of syslog(3) together.
    private const int Highest = 191;

    /// <summary>The text without its prefix; the level is changed only when there is one.</summary>
    public static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> text, scoped ref byte level)
    {
        int end = text.Length > 2 && text[0] == (byte)'<' ? text.IndexOf((byte)'>') : -1;
        if (end is < 2 or > 4)
            return text;
        int value = 0;
        foreach (byte digit in text[1..end])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return text;
            value = (value * 10) + digit - '0';
        }

        if (value > Highest)
            return text;
        level = (byte)(value & 7);
        return text[(end + 1)..];
    }
}
