namespace InitTx.Units.Parsing;

/// <summary>Names and numbers of signals on Linux x86-64 (signal(7)).</summary>
public static class SignalNames
{
    private const int RealtimeFirst = 34;
    private const int RealtimeLast = 64;

    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
        "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>
    /// The number of <c>SIGTERM</c>, <c>TERM</c>, <c>15</c>, <c>RTMIN+3</c> or <c>SIGRTMAX-1</c>;
    /// null when it is no signal. Case matters.
    /// </summary>
    public static int? Parse(ReadOnlySpan<char> text)
    {
        if (!text.IsEmpty && char.IsAsciiDigit(text[0]))
            return Numbers.TrySigned(text, 1, RealtimeLast, out long number) ? (int)number : null;
        if (text.StartsWith("SIG", StringComparison.Ordinal))
            text = text[3..];
        for (int i = 1; i < Names.Length; i++)
        {
            if (text.Equals(Names[i], StringComparison.Ordinal))
                return i;
        }

        if (text.StartsWith("RTMIN", StringComparison.Ordinal))
            return Offset(text[5..], '+', RealtimeFirst);
        return text.StartsWith("RTMAX", StringComparison.Ordinal)
            ? Offset(text[5..], '-', RealtimeLast)
            : null;
    }

    /// <summary>
    /// The name without <c>SIG</c>, as EXIT_STATUS has it; the number for what has none.
    /// </summary>
    public static string Name(int signal) => signal switch
    {
        > 0 and <= 31 => Names[signal],
        RealtimeFirst => "RTMIN",
        > RealtimeFirst and <= RealtimeLast => $"RTMIN+{signal - RealtimeFirst}",
        _ => signal.ToString(),
    };

    private static int? Offset(ReadOnlySpan<char> text, char sign, int from)
    {
        if (text.IsEmpty)
            return from;
        if (text[0] != sign
            || !Numbers.TrySigned(text[1..], 0, RealtimeLast - RealtimeFirst, out long offset))
            return null;
        return sign == '+' ? from + (int)offset : from - (int)offset;
    }
}
