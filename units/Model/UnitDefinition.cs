namespace InitTx.Units.Model;

/// <summary>What happens to a directive (docs/generated/directives.md).</summary>
public enum DirectiveTreatment : byte
{
    Honoured,
    Approximated,
    Ignored,
    Refused,
}

/// <summary>A directive of this unit that is not fully honoured, and why.</summary>
/// <param name="IsSecurity">
/// Member of the sandbox class, on which <c>UnhonouredSecurity=</c> decides.
/// </param>
public sealed record UnhonouredDirective(
    string Section,
    string Key,
    DirectiveTreatment Treatment,
    string Reason,
    bool IsSecurity,
    SourceLocation Source);

/// <summary>One effective assignment with its provenance, in file order.</summary>
public sealed record EffectiveSetting(
    string Section,
    string Key,
    string Value,
    SourceLocation Source);

/// <summary>
/// One unit as its files say: checked, defaulted, immutable. It never changes; a reload makes a
/// new one. Pure data, safe to share between threads.
/// </summary>
public sealed record UnitDefinition
{
    /// <summary>The unit's own (not an alias') name.</summary>
    public required UnitName Name { get; init; }

    /// <summary>Other names that lead here.</summary>
    public IReadOnlyList<UnitName> Aliases { get; init; } = [];

    public required UnitLoadState LoadState { get; init; }

    /// <summary>
    /// Why <see cref="LoadState"/> is not Loaded, with file:line; null otherwise.
    /// </summary>
    public string? LoadError { get; init; }

    public string Description { get; init; } = "";
    public IReadOnlyList<string> Documentation { get; init; } = [];

    /// <summary>The main file; null when there is none.</summary>
    public string? FragmentPath { get; init; }

    /// <summary>
    /// No file declares it: the kernel has a mount or a swap of this name, or had.
    /// </summary>
    public bool IsFromKernel => Name.Kind is UnitKind.Mount or UnitKind.Swap
        && LoadState == UnitLoadState.Loaded && FragmentPath is null;

    public IReadOnlyList<string> DropInPaths { get; init; } = [];
    public string? SourcePath { get; init; }

    /// <summary>
    /// Forward edges, sorted by kind, then target; no duplicates of (kind, target).
    /// </summary>
    public IReadOnlyList<UnitDependency> Dependencies { get; init; } = [];

    public IReadOnlyList<UnitCondition> Conditions { get; init; } = [];
    public bool DefaultDependencies { get; init; } = true;
    public bool StopWhenUnneeded { get; init; }
    public bool RefuseManualStart { get; init; }
    public bool RefuseManualStop { get; init; }
    public bool AllowIsolate { get; init; }
    public bool IgnoreOnIsolate { get; init; }

    /// <summary>Microseconds; <see cref="ServiceSettings.Infinity"/> for none.</summary>
    public long JobTimeoutUs { get; init; } = ServiceSettings.Infinity;

    public long JobRunningTimeoutUs { get; init; } = ServiceSettings.Infinity;
    public string JobTimeoutAction { get; init; } = "none";
    public long StartLimitIntervalUs { get; init; } = 10_000_000;
    public int StartLimitBurst { get; init; } = 5;
    public string StartLimitAction { get; init; } = "none";
    public string FailureAction { get; init; } = "none";
    public string SuccessAction { get; init; } = "none";

    /// <summary>
    /// 0-255: what the manager ends with where <c>FailureAction=exit</c> or
    /// <c>SuccessAction=exit</c> makes it end; null for the status of the unit's main process.
    /// </summary>
    public int? FailureActionExitStatus { get; init; }

    public int? SuccessActionExitStatus { get; init; }
    public string OnFailureJobMode { get; init; } = "replace";

    /// <summary>The slice that the cgroup goes into, for example <c>system.slice</c>.</summary>
    public UnitName Slice { get; init; }

    public bool Delegate { get; init; }

    /// <summary>
    /// Up as long as the manager is: the root slice, the system slice, the root mount, the
    /// manager's own scope. Cannot be masked, started or stopped.
    /// </summary>
    public bool IsPerpetual { get; init; }

    /// <summary>
    /// <c>CollectMode=inactive-or-failed</c>: the unit is forgotten after a failure as well.
    /// </summary>
    public bool CollectsFailed { get; init; }

    /// <summary>
    /// The socket unit (Accept=yes) for a connection of which the manager made this instance; it
    /// is forgotten when it has ended. None for every unit that somebody named.
    /// </summary>
    public UnitName AcceptedBy { get; init; }

    /// <summary>The [Install] section.</summary>
    public InstallSettings Install { get; init; } = InstallSettings.None;

    /// <summary>
    /// Paths whose mounts the unit needs, absolute and plain: <c>RequiresMountsFor=</c> and what
    /// follows from other settings. The edges to mount units that exist are in
    /// <see cref="Dependencies"/>.
    /// </summary>
    public IReadOnlyList<string> RequiresMountsFor { get; init; } = [];

    /// <summary>Argument of reboot(2) for the actions that restart the machine, or null.</summary>
    public string? RebootArgument { get; init; }

    /// <summary>
    /// How jobs of <c>OnSuccess=</c> units are added; as <see cref="OnFailureJobMode"/>.
    /// </summary>
    public string OnSuccessJobMode { get; init; } = "fail";

    /// <summary>
    /// <c>Rollback=</c> of [X-InitTx]: false leaves the unit as a failed transaction left it.
    /// </summary>
    public bool Rollback { get; init; } = true;

    /// <summary>
    /// <c>UnhonouredSecurity=</c> of [X-InitTx]: whether the unit fails closed when a security
    /// directive of it is not applied; null for what initx.conf says.
    /// </summary>
    public bool? RefuseUnhonouredSecurity { get; init; }

    public ServiceSettings? Service { get; init; }
    public SocketSettings? Socket { get; init; }
    public MountSettings? Mount { get; init; }
    public AutomountSettings? Automount { get; init; }
    public SwapSettings? Swap { get; init; }
    public TimerSettings? Timer { get; init; }
    public PathSettings? Path { get; init; }
    public ScopeSettings? Scope { get; init; }
    public ExecSettings? Exec { get; init; }
    public KillSettings? Kill { get; init; }

    /// <summary>Limits, weights and accounting of the control group.</summary>
    public ResourceSettings Resources { get; init; } = ResourceSettings.None;

    /// <summary>Every assignment that took effect, for <c>initx show</c> and <c>cat</c>.</summary>
    public IReadOnlyList<EffectiveSetting> Settings { get; init; } = [];

    public IReadOnlyList<UnhonouredDirective> Unhonoured { get; init; } = [];
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>
    /// Lower-case SHA-256 over the main file and the drop-ins; empty without files.
    /// </summary>
    public string ContentDigest { get; init; } = "";
}
