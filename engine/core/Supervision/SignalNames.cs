using System.Globalization;

namespace InitTx.Core.Supervision;

/// <summary>
/// Names of the Linux x86-64 signals without <c>SIG</c>, as EXIT_STATUS gives them.
/// </summary>
public static class SignalNames
{
    public const int Hup = 1;
    public const int Int = 2;
    public const int Quit = 3;
    public const int Abort = 6;
    public const int Kill = 9;
    public const int Usr1 = 10;
    public const int Usr2 = 12;
    public const int Term = 15;
    public const int Winch = 28;
    public const int Power = 30;

    /// <summary>The first real-time signal that applications may use.</summary>
    public const int RtMin = 34;

    private const int RtMax = 64;

    private static readonly string[] Names =
    [
        "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
        "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>The name, <c>RTMIN+n</c>, or the number where there is no name.</summary>
    public static string Of(int signal)
    {
        if (signal >= 0 && signal < Names.Length)
            return Names[signal];
        return signal is >= RtMin and <= RtMax
            ? string.Create(CultureInfo.InvariantCulture, $"RTMIN+{signal - RtMin}")
            : signal.ToString(CultureInfo.InvariantCulture);
    }
}
