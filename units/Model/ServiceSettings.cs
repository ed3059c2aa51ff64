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

/// <summary><c>FileDescriptorStorePreserve=</c> of systemd.service(5) (v254).</summary>
public enum StorePreserve : byte
{
    /// <summary>Until the unit is down and nothing restarts it.</summary>
    Restart,

    /// <summary>Until the unit is down, restart or not.</summary>
    No,

    /// <summary>Until somebody removes them.</summary>
    Yes,
}

/// <summary>
/// <c>TimeoutStartFailureMode=</c> and <c>TimeoutStopFailureMode=</c> of systemd.service(5).
/// </summary>
public enum TimeoutFailureMode : byte
{
    /// <summary>KillSignal=, then FinalKillSignal=.</summary>
    Terminate,

    /// <summary>WatchdogSignal= first, for a core dump, and TimeoutAbortSec= for it.</summary>
    Abort,

    /// <summary>FinalKillSignal= at once.</summary>
    Kill,
}

/// <summary><c>ExitType=</c> of systemd.service(5).</summary>
public enum ServiceExitType : byte
{
    /// <summary>The service ends with its main process.</summary>
    Main,

    /// <summary>The service ends with the last process of its cgroup.</summary>
    Cgroup,
}

/// <summary><c>NotifyAccess=</c> of systemd.service(5).</summary>
public enum NotifyAccess : byte
{
    None,
    Main,
    Exec,
    All,
}

/// <summary><c>OOMPolicy=</c> of systemd.service(5).</summary>
public enum OomPolicy : byte
{
    /// <summary>The service is stopped when the kernel kills a process of it for memory.</summary>
    Stop,

    /// <summary>The kernel kills what it kills; the service goes on.</summary>
    Continue,

    /// <summary>The kernel kills all processes of the service together.</summary>
    Kill,
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

    /// <summary>
    /// <c>ExecCheck=</c> of [X-InitTx]: asked before an operator's stop, restart or reload of the
    /// running service; a failure refuses it.
    /// </summary>
    public IReadOnlyList<ExecCommand> ExecCheck { get; init; } = [];

    /// <summary><c>Verb=</c> of [X-InitTx], in the order of the file.</summary>
    public IReadOnlyList<ServiceVerb> Verbs { get; init; } = [];

    /// <summary><c>TimeoutVerbSec=</c> of [X-InitTx], for each command of a verb.</summary>
    public long TimeoutVerbUs { get; init; } = 90_000_000;
    public RestartMode Restart { get; init; }
    public long RestartUs { get; init; } = 100_000;

    /// <summary>
    /// Restarts over which the delay grows from <see cref="RestartUs"/> to
    /// <see cref="RestartMaxDelayUs"/>; 0 for a delay that stays.
    /// </summary>
    public int RestartSteps { get; init; }
    public long RestartMaxDelayUs { get; init; } = Infinity;
    public TimeoutFailureMode TimeoutStartFailureMode { get; init; }
    public TimeoutFailureMode TimeoutStopFailureMode { get; init; }
    /// <summary>Descriptors that the service may leave with the manager; 0 for none.</summary>
    public int FileDescriptorStoreMax { get; init; }
    public StorePreserve StorePreserve { get; init; }
    public ServiceExitType ExitType { get; init; }
    public OomPolicy OomPolicy { get; init; }
    public long TimeoutStartUs { get; init; } = 90_000_000;
    public long TimeoutStopUs { get; init; } = 90_000_000;
    public long TimeoutAbortUs { get; init; } = 90_000_000;
    public long RuntimeMaxUs { get; init; } = Infinity;

    /// <summary>Added to <see cref="RuntimeMaxUs"/>: another part of it in every run.</summary>
    public long RuntimeRandomizedExtraUs { get; init; }
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
