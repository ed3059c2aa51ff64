namespace InitTx.Units.Model;

/// <summary>
/// How a unit's output is labelled and limited (systemd.exec(5), "Logging and Standard
/// Input/Output").
/// </summary>
public sealed record LogSettings
{
    /// <summary>What holds when a unit says nothing.</summary>
    public static readonly LogSettings Standard = new();

    /// <summary><c>SyslogFacility=</c>: 0 (kern) to 23 (local7), as syslog(3).</summary>
    public int Facility { get; init; } = 3;

    /// <summary><c>SyslogLevel=</c>: of a line that names none; 0 (emerg) to 7 (debug).</summary>
    public int Level { get; init; } = 6;

    /// <summary><c>SyslogLevelPrefix=</c>: a line may begin with its level, as &lt;4&gt;.</summary>
    public bool LevelPrefix { get; init; } = true;

    /// <summary><c>LogLevelMax=</c>: lines beyond this level are left out.</summary>
    public int LevelMax { get; init; } = 7;

    /// <summary>
    /// <c>LogRateLimitIntervalSec=</c>, microseconds; 0 for no limit, -1 for the manager's.
    /// </summary>
    public long RateIntervalUs { get; init; } = -1;

    /// <summary><c>LogRateLimitBurst=</c>: lines; 0 for no limit, -1 for the manager's.</summary>
    public int RateBurst { get; init; } = -1;
}
