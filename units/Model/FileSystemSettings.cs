namespace InitTx.Units.Model;

/// <summary>[Mount] of systemd.mount(5); times in microseconds.</summary>
public sealed record MountSettings
{
    public string? What { get; init; }

    /// <summary>The mount point; what the unit's name says when it was not written.</summary>
    public string Where { get; init; } = "";
    public string? FileSystemType { get; init; }
    public string? Options { get; init; }
    public bool SloppyOptions { get; init; }
    public bool LazyUnmount { get; init; }
    public bool ForceUnmount { get; init; }
    public bool ReadWriteOnly { get; init; }
    public int DirectoryMode { get; init; } = 0b111_101_101;
    public long TimeoutUs { get; init; } = 90_000_000;
}

/// <summary>[Automount] of systemd.automount(5); times in microseconds.</summary>
public sealed record AutomountSettings
{
    /// <summary>The mount point; what the unit's name says when it was not written.</summary>
    public string Where { get; init; } = "";
    public string? ExtraOptions { get; init; }
    public int DirectoryMode { get; init; } = 0b111_101_101;

    /// <summary>0 for never.</summary>
    public long TimeoutIdleUs { get; init; }
}

/// <summary>[Swap] of systemd.swap(5); times in microseconds.</summary>
public sealed record SwapSettings
{
    /// <summary>Device or file; what the unit's name says when it was not written.</summary>
    public string What { get; init; } = "";

    /// <summary>-1 to 32767; null leaves it to the kernel.</summary>
    public int? Priority { get; init; }
    public string? Options { get; init; }
    public long TimeoutUs { get; init; } = 90_000_000;
}
