namespace InitTx.Units.Model;

/// <summary>What a monotonic or calendar setting of a timer counts from.</summary>
public enum TimerBase : byte
{
    Calendar,
    Active,
    Boot,
    Startup,
    UnitActive,
    UnitInactive,
}

/// <summary>One <c>OnX=</c> of a timer.</summary>
/// <param name="Base">What it counts from.</param>
/// <param name="SpanUs">The span in microseconds; 0 for a calendar event.</param>
/// <param name="Calendar">The event; null for a span.</param>
/// <param name="Source">Where it was written.</param>
public sealed record TimerTrigger(
    TimerBase Base, long SpanUs, CalendarExpression? Calendar, SourceLocation Source);

/// <summary>[Timer] of systemd.timer(5); times in microseconds.</summary>
public sealed record TimerSettings
{
    public IReadOnlyList<TimerTrigger> Triggers { get; init; } = [];

    /// <summary>What is started, <c>Unit=</c> or the service of the same name.</summary>
    public UnitName Unit { get; init; }
    public long AccuracyUs { get; init; } = 60_000_000;
    public long RandomizedDelayUs { get; init; }
    public bool FixedRandomDelay { get; init; }
    public bool OnClockChange { get; init; }
    public bool OnTimezoneChange { get; init; }
    public bool Persistent { get; init; }
    public bool WakeSystem { get; init; }
    public bool RemainAfterElapse { get; init; } = true;
}

/// <summary>What a path unit watches for.</summary>
public enum PathWatchKind : byte
{
    Exists,
    ExistsGlob,
    DirectoryNotEmpty,
    Changed,
    Modified,
}

/// <summary>One watch of a path unit: an absolute path or a glob.</summary>
public sealed record PathWatch(PathWatchKind Kind, string Path, SourceLocation Source);

/// <summary>[Path] of systemd.path(5).</summary>
public sealed record PathSettings
{
    public IReadOnlyList<PathWatch> Watches { get; init; } = [];

    /// <summary>What is started, <c>Unit=</c> or the service of the same name.</summary>
    public UnitName Unit { get; init; }
    public bool MakeDirectory { get; init; }
    public int DirectoryMode { get; init; } = 0b111_101_101;
    public long TriggerLimitIntervalUs { get; init; } = 2_000_000;
    public int TriggerLimitBurst { get; init; } = 200;
}

/// <summary>[Scope] of systemd.scope(5); times in microseconds.</summary>
public sealed record ScopeSettings
{
    public long RuntimeMaxUs { get; init; } = ServiceSettings.Infinity;
    public long RuntimeRandomizedExtraUs { get; init; }
    public long TimeoutStopUs { get; init; } = 90_000_000;
}
