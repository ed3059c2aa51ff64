using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>Defaults that initx.conf sets for all units; times in microseconds.</summary>
public sealed record ManagerDefaults
{
    /// <summary>systemd's own defaults (systemd-system.conf(5)).</summary>
    public static readonly ManagerDefaults Standard = new();

    public long TimeoutStartUs { get; init; } = 90_000_000;
    public long TimeoutStopUs { get; init; } = 90_000_000;
    public long? TimeoutAbortUs { get; init; }
    public long RestartUs { get; init; } = 100_000;
    public long StartLimitIntervalUs { get; init; } = 10_000_000;
    public int StartLimitBurst { get; init; } = 5;
    public StreamTarget StandardOutput { get; init; } = new(StandardStream.Journal);
    public StreamTarget StandardError { get; init; } = new(StandardStream.Inherit);
    public IReadOnlyList<ResourceLimit> Limits { get; init; } = [];

    /// <summary>Of units that do not say; slices have none.</summary>
    public ResourceAmount TasksMax { get; init; } = new(1500, true);

    /// <summary>Of units that do not say, here and below.</summary>
    public bool CpuAccounting { get; init; } = true;
    public bool MemoryAccounting { get; init; } = true;
    public bool IoAccounting { get; init; }
    public bool TasksAccounting { get; init; } = true;
    public OomPolicy OomPolicy { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
}
