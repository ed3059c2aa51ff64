namespace InitTx.Units.Model;

/// <summary><c>Type=</c> of systemd.service(5).</summary>
public enum ServiceType : byte
{
    Simple,
    Exec,
    Forking,
    Oneshot,
    Dbus,
    Notify,
    NotifyReload,
    Idle,
}

/// <summary><c>Restart=</c> of systemd.service(5).</summary>
public enum RestartMode : byte
{
    No,
    OnSuccess,
    OnFailure,
    OnAbnormal,
    OnWatchdog,
    OnAbort,
    Always,
}

/// <summary><c>NotifyAccess=</c> of systemd.service(5).</summary>
public enum NotifyAccess : byte
{
    None,
    Main,
    Exec,
    All,
}

/// <summary>A set of exit codes and signals, as <c>SuccessExitStatus=</c> takes it.</summary>
public sealed record ExitStatusSet(IReadOnlyList<int> Codes, IReadOnlyList<int> Signals)
{
    /// <summary>The empty set.</summary>
    public static readonly ExitStatusSet Empty = new([], []);
}

/// <summary>
/// The [Service] settings that decide the life cycle. Times are microseconds;
/// <see cref="Infinity"/> means no limit.
/// </summary>
public sealed record ServiceSettings
{
    /// <summary>No limit.</summary>
    public const long Infinity = long.MaxValue;

    public ServiceType Type { get; init; }
    public bool RemainAfterExit { get; init; }
    public bool GuessMainPid { get; init; } = true;
    public string? PidFile { get; init; }
    public string? BusName { get; init; }
    public IReadOnlyList<ExecCommand> ExecCondition { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStartPre { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStart { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStartPost { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecReload { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStop { get; init; } = [];
    public IReadOnlyList<ExecCommand> ExecStopPost { get; init; } = [];
    public RestartMode Restart { get; init; }
    public long RestartUs { get; init; } = 100_000;
    public long TimeoutStartUs { get; init; } = 90_000_000;
    public long TimeoutStopUs { get; init; } = 90_000_000;
    public long TimeoutAbortUs { get; init; } = 90_000_000;
    public long RuntimeMaxUs { get; init; } = Infinity;
    public long WatchdogUs { get; init; }
    public NotifyAccess NotifyAccess { get; init; }
    public ExitStatusSet SuccessExitStatus { get; init; } = ExitStatusSet.Empty;
    public ExitStatusSet RestartPreventExitStatus { get; init; } = ExitStatusSet.Empty;
    public ExitStatusSet RestartForceExitStatus { get; init; } = ExitStatusSet.Empty;

    /// <summary>
    /// Names of the socket units whose descriptors are passed, <c>Sockets=</c> and implicit.
    /// </summary>
    public IReadOnlyList<UnitName> Sockets { get; init; } = [];
}
