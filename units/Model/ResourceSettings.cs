namespace InitTx.Units.Model;

/// <summary>Controllers of cgroups(7), in systemd's words and order.</summary>
[Flags]
public enum CgroupControllers : short
{
    None = 0,
    Cpu = 1,

    /// <summary>Version 1 only.</summary>
    CpuAcct = 2,
    Cpuset = 4,
    Io = 8,

    /// <summary>Version 1 only.</summary>
    BlkIo = 16,
    Memory = 32,

    /// <summary>Version 1 only.</summary>
    Devices = 64,
    Pids = 128,
    BpfFirewall = 256,
    BpfDevices = 512,
    BpfForeign = 1024,
    BpfSocketBind = 2048,
    BpfRestrictNetworkInterfaces = 4096,

    /// <summary>Those of version 2 that a unit can be given.</summary>
    Version2 = Cpu | Cpuset | Io | Memory | Pids,

    /// <summary>All.</summary>
    All = 8191,
}

/// <summary>
/// A number, or a part of what the machine has: so many ten-thousandths of its memory or of its
/// tasks. <see cref="ulong.MaxValue"/> is no limit.
/// </summary>
public readonly record struct ResourceAmount(ulong Value, bool IsShare)
{
    /// <summary>What <see cref="Value"/> counts in a share: 10000 is all.</summary>
    public const ulong Whole = 10_000;

    /// <summary>No limit.</summary>
    public static readonly ResourceAmount Infinity = new(ulong.MaxValue, false);
}

/// <summary>What a setting says about one device.</summary>
/// <param name="Path">A device node, or a file whose file system lies on the device.</param>
/// <param name="Value">A weight, or microseconds.</param>
public readonly record struct DeviceSetting(string Path, ulong Value);

/// <summary>Most that may be read from and written to a device each second.</summary>
/// <param name="Path">As <see cref="DeviceSetting.Path"/>.</param>
/// <param name="ReadBytes"><see cref="ulong.MaxValue"/> is no limit, here and in the rest.</param>
public readonly record struct DeviceLimit(
    string Path, ulong ReadBytes, ulong WriteBytes, ulong ReadOperations, ulong WriteOperations)
{
    /// <summary>A device without limits.</summary>
    public static DeviceLimit None(string path) =>
        new(path, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
}

/// <summary>
/// systemd.resource-control(5) as the files say it; null is "not said". What becomes of it in the
/// control group is ResourcePlan's.
/// </summary>
public sealed record ResourceSettings
{
    /// <summary>Nothing said.</summary>
    public static readonly ResourceSettings None = new();

    /// <summary><c>CPUWeight=idle</c>.</summary>
    public const ulong IdleWeight = 0;

    public bool? CpuAccounting { get; init; }
    public bool? MemoryAccounting { get; init; }
    public bool? IoAccounting { get; init; }
    public bool? BlockIoAccounting { get; init; }
    public bool? TasksAccounting { get; init; }

    /// <summary>1 to 10000, or <see cref="IdleWeight"/>.</summary>
    public ulong? CpuWeight { get; init; }
    public ulong? StartupCpuWeight { get; init; }

    /// <summary>2 to 262144.</summary>
    public ulong? CpuShares { get; init; }
    public ulong? StartupCpuShares { get; init; }

    /// <summary>Microseconds of processor time each second; above a million on several.</summary>
    public ulong? CpuQuotaUs { get; init; }
    public long CpuQuotaPeriodUs { get; init; } = ServiceSettings.Infinity;

    /// <summary>As the kernel writes them: <c>0-3,6</c>; empty for all, here and below.</summary>
    public string AllowedCpus { get; init; } = "";
    public string StartupAllowedCpus { get; init; } = "";
    public string AllowedMemoryNodes { get; init; } = "";
    public string StartupAllowedMemoryNodes { get; init; } = "";

    /// <summary>Bytes.</summary>
    public ResourceAmount? MemoryMin { get; init; }
    public ResourceAmount? MemoryLow { get; init; }
    public ResourceAmount? DefaultMemoryMin { get; init; }
    public ResourceAmount? DefaultMemoryLow { get; init; }
    public ResourceAmount? MemoryHigh { get; init; }
    public ResourceAmount? MemoryMax { get; init; }
    public ResourceAmount? MemorySwapMax { get; init; }
    public ResourceAmount? MemoryLimit { get; init; }

    /// <summary>1 to 10000.</summary>
    public ulong? IoWeight { get; init; }
    public ulong? StartupIoWeight { get; init; }

    /// <summary>10 to 1000.</summary>
    public ulong? BlockIoWeight { get; init; }
    public ulong? StartupBlockIoWeight { get; init; }

    /// <summary>In the order of writing; the last of a device counts.</summary>
    public IReadOnlyList<DeviceSetting> IoDeviceWeights { get; init; } = [];
    public IReadOnlyList<DeviceSetting> BlockIoDeviceWeights { get; init; } = [];

    /// <summary>Microseconds.</summary>
    public IReadOnlyList<DeviceSetting> IoLatencies { get; init; } = [];
    public IReadOnlyList<DeviceLimit> IoLimits { get; init; } = [];
    public IReadOnlyList<DeviceLimit> BlockIoLimits { get; init; } = [];

    /// <summary>Null for the manager's <c>DefaultTasksMax=</c>.</summary>
    public ResourceAmount? TasksMax { get; init; }

    /// <summary><c>DisableControllers=</c>: not below this unit.</summary>
    public CgroupControllers Disabled { get; init; }

    /// <summary><c>Delegate=</c>: which ones; the unit may have none.</summary>
    public CgroupControllers Delegated { get; init; }

    /// <summary>
    /// IPAddressAllow=, SocketBindAllow= and their kin, which initx-exec turns into programs of the
    /// kernel: names and values in one form, in the order of writing.
    /// </summary>
    public IReadOnlyList<SetupOption> Filters { get; init; } = [];
}
