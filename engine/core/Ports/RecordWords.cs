namespace InitTx.Core.Ports;

/// <summary>The stable words for the closed sets of the journal (CONTRACT "Words").</summary>
public static class RecordWords
{
    private static readonly string[] Kinds =
    [
        "transition", "process", "job", "transaction", "request", "config", "gap", "boot",
        "reexec", "crash", "hang", "signal", "rejected",
    ];

    private static readonly string[] Causes =
    [
        "request", "job", "dependency", "exit", "signal", "notify", "timer", "socket", "path",
        "watchdog", "limiter", "oom", "recovery", "boot", "shutdown",
    ];

    private static readonly string[] Exits = ["", "exited", "killed", "dumped"];

    public static string Of(RecordKind kind) => Kinds[(int)kind];

    public static string Of(CauseKind cause) => Causes[(int)cause];

    /// <summary>Empty for <see cref="ExitKind.None"/>.</summary>
    public static string Of(ExitKind exit) => Exits[(int)exit];
}
