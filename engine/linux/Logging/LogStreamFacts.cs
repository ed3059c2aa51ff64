namespace InitTx.Linux.Logging;

/// <summary>
/// Whose output a pipe carries and how it is to be treated: what PID 1 tells the logger with each
/// pipe (systemd.exec(5), "Logging and Standard Input/Output").
/// </summary>
public sealed record LogStreamFacts
{
    /// <summary>The spawn that it is; PID 1's own number.</summary>
    public required ulong Token { get; init; }

    /// <summary>The process that was given the pipe.</summary>
    public required int Pid { get; init; }

    /// <summary>Its unit; also the name of the directory its lines are kept in.</summary>
    public required string Unit { get; init; }

    /// <summary>main, start-pre, stop-post and so on; never empty, no blanks.</summary>
    public required string Role { get; init; }

    /// <summary><c>SyslogIdentifier=</c>, or the program's name.</summary>
    public string Identifier { get; init; } = "";

    /// <summary><c>SyslogLevel=</c>: the level of a line that names none, 0 to 7.</summary>
    public byte Level { get; init; } = 6;

    /// <summary><c>SyslogFacility=</c>: 0 to 23; 3 is daemon.</summary>
    public byte Facility { get; init; } = 3;

    /// <summary><c>SyslogLevelPrefix=</c>: a line may begin with its level, as &lt;4&gt;.</summary>
    public bool LevelPrefix { get; init; } = true;

    /// <summary><c>LogLevelMax=</c>: lines of a higher level are left out.</summary>
    public byte LevelMax { get; init; } = 7;

    /// <summary>
    /// <c>LogRateLimitIntervalSec=</c> in microseconds; 0 for no limit, -1 for the logger's own.
    /// </summary>
    public long RateIntervalUs { get; init; } = -1;

    /// <summary><c>LogRateLimitBurst=</c>; 0 for no limit, -1 for the logger's own.</summary>
    public int RateBurst { get; init; } = -1;
}
