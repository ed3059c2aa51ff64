using System.Globalization;
using InitTx.Units.Model;
using static InitTx.Oracle.Tests.Compare.UnitField;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>systemd.resource-control(5).</summary>
internal static class ResourceFields
{
    private const string Unset = "18446744073709551615";

    public static readonly UnitField[] All =
    [
        // What is not said is the manager's default, which depends on the kernel for CPU.
        .. Switch("CPUAccounting", r => r.CpuAccounting),
        .. Switch("IOAccounting", r => r.IoAccounting ?? false),
        .. Switch("BlockIOAccounting", r => r.BlockIoAccounting ?? false),
        .. Switch("MemoryAccounting", r => r.MemoryAccounting ?? true),
        .. Switch("TasksAccounting", r => r.TasksAccounting ?? true),
        Number("CPUWeight", r => r.CpuWeight),
        Number("StartupCPUWeight", r => r.StartupCpuWeight),
        Number("CPUShares", r => r.CpuShares),
        Number("StartupCPUShares", r => r.StartupCpuShares),
        Number("IOWeight", r => r.IoWeight),
        Number("StartupIOWeight", r => r.StartupIoWeight),
        Number("BlockIOWeight", r => r.BlockIoWeight),
        Number("StartupBlockIOWeight", r => r.StartupBlockIoWeight),
        Quota(),
        Time("CPUQuotaPeriodSec", u => Said(u)?.CpuQuotaPeriodUs),
        Processors("AllowedCPUs", r => r.AllowedCpus),
        Processors("StartupAllowedCPUs", r => r.StartupAllowedCpus),
        Processors("AllowedMemoryNodes", r => r.AllowedMemoryNodes),
        Processors("StartupAllowedMemoryNodes", r => r.StartupAllowedMemoryNodes),
        Memory("MemoryMin", "0", r => r.MemoryMin),
        Memory("MemoryLow", "0", r => r.MemoryLow),
        Memory("DefaultMemoryMin", "0", r => r.DefaultMemoryMin),
        Memory("DefaultMemoryLow", "0", r => r.DefaultMemoryLow),
        Memory("MemoryHigh", Unset, r => r.MemoryHigh),
        Memory("MemoryMax", Unset, r => r.MemoryMax),
        Memory("MemorySwapMax", Unset, r => r.MemorySwapMax),
        Memory("MemoryLimit", Unset, r => r.MemoryLimit),

        // A part is of what the kernel of the other side's PID namespace allows.
        Plain("TasksMax", u => Said(u)?.TasksMax is { IsShare: false } tasks
            ? Whole(tasks, 0) : null),
        new("DisableControllers", u => Said(u) is { } r ? Names(r.Disabled) : null,
            u => u.One("DisableControllers") ?? ""),
        YesNo("Delegate", u => Said(u) is null ? null : u.Delegate),
        new("DelegateControllers", u => Said(u) is { } r && u.Delegate ? Names(r.Delegated) : null,
            u => u.One("DelegateControllers") ?? ""),
        new("OOMPolicy", u => u.Service?.OomPolicy.ToString().ToLowerInvariant(),
            u => u.One("OOM Policy") ?? u.One("OOMPolicy") ?? ""),
        Devices("IODeviceWeight", r => r.IoDeviceWeights.Select(w => $"{w.Path} {w.Value}")),
        Limits("IOReadBandwidthMax", l => l.ReadBytes),
        Limits("IOWriteBandwidthMax", l => l.WriteBytes),
        Limits("IOReadIOPSMax", l => l.ReadOperations),
        Limits("IOWriteIOPSMax", l => l.WriteOperations),
    ];

    private static ResourceSettings? Said(UnitDefinition u) =>
        u.Name.Kind is UnitKind.Service or UnitKind.Slice or UnitKind.Socket or UnitKind.Mount
            or UnitKind.Swap ? u.Resources : null;

    private static UnitField[] Switch(string name, Func<ResourceSettings, bool?> ours) =>
        [YesNo(name, u => Said(u) is { } r ? ours(r) : null)];

    private static UnitField Number(string name, Func<ResourceSettings, ulong?> ours) =>
        Plain(name, u => Said(u) is { } r
            ? ours(r)?.ToString(CultureInfo.InvariantCulture) ?? Unset : null);

    private static UnitField Memory(
        string name, string unset, Func<ResourceSettings, ResourceAmount?> ours) =>
        Plain(name, u => Said(u) is { } r
            ? ours(r) is { } amount ? InPages(amount) : unset : null);

    private static UnitField Quota() => new(
        "CPUQuota",
        u => Said(u) is { } r ? r.CpuQuotaUs is { } us ? Span((long)us) : "infinity" : null,
        u => u.One("CPUQuotaPerSecSec") is { } text
            ? Units.Parsing.DurationParser.TryParse(text, out long us) ? Span(us) : text : "");

    private static UnitField Processors(string name, Func<ResourceSettings, string> ours) =>
        Plain(name, u => Said(u) is { } r ? ours(r).Replace(',', ' ') : null);

    private static UnitField Devices(
        string name, Func<ResourceSettings, IEnumerable<string>> ours) =>
        Set(name, u => Said(u) is { } r ? ours(r) : null);

    // Bytes are shown rounded; that a device has a limit at all is what can be compared.
    private static UnitField Limits(string name, Func<DeviceLimit, ulong> ours) => new(
        name,
        u => Said(u) is { } r ? Sorted(r.IoLimits.Where(l => ours(l) != ulong.MaxValue)
            .Select(l => l.Path)) : null,
        u => Sorted(u.All(name).Select(l => l[..l.LastIndexOf(' ')])));

    private static string Names(CgroupControllers mask)
    {
        string[] all =
        [
            "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids", "bpf-firewall",
            "bpf-devices", "bpf-foreign", "bpf-socket-bind", "bpf-restrict-network-interfaces",
        ];
        return string.Join(' ', all.Where((_, i) => ((int)mask & (1 << i)) != 0));
    }

    // Parts of memory are whole pages.
    private static string InPages(ResourceAmount amount) => amount.IsShare
        ? (UInt128.Parse(Whole(amount, MemoryOfMachine() / 4096), CultureInfo.InvariantCulture)
            * 4096).ToString(CultureInfo.InvariantCulture)
        : Whole(amount, 0);

    private static string Whole(ResourceAmount amount, UInt128 all)
    {
        UInt128 value = amount.Value;
        if (amount.IsShare)
            value = all * amount.Value / ResourceAmount.Whole;
        return value.ToString(CultureInfo.InvariantCulture);
    }

    private static UInt128 MemoryOfMachine()
    {
        string line = File.ReadLines("/proc/meminfo").First();
        return UInt128.Parse(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024;
    }
}
