using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Core.Resources;

/// <summary>What the limits of a unit depend on beside what its files say.</summary>
public sealed record ResourceFacts
{
    /// <summary>What percentages are of, in whole pages as the kernel counts.</summary>
    public const ulong PageBytes = 4096;

    /// <summary>Installed memory, or what the whole machine or container may use of it.</summary>
    public ulong MemoryBytes { get; init; }

    /// <summary>Tasks that the kernel allows at all.</summary>
    public ulong Tasks { get; init; }

    /// <summary>The Default*= keys of initx.conf.</summary>
    public ManagerDefaults Defaults { get; init; } = ManagerDefaults.Standard;

    /// <summary>The units of the boot are not up yet: Startup*= counts.</summary>
    public bool IsStarting { get; init; }

    /// <summary>A device node or a file, as "8:0"; null where no device is known.</summary>
    public Func<string, string?> Device { get; init; } = static _ => null;

    /// <summary>
    /// An amount of memory; what would not fit counts as no limit, as in systemd.
    /// </summary>
    public ulong Memory(ResourceAmount amount)
    {
        if (!amount.IsShare)
            return amount.Value;
        UInt128 bytes = MemoryBytes / PageBytes * (UInt128)amount.Value / ResourceAmount.Whole
            * PageBytes;
        return bytes > ulong.MaxValue ? ulong.MaxValue : (ulong)bytes;
    }

    /// <summary>A number of tasks, likewise.</summary>
    public ulong TasksOf(ResourceAmount amount)
    {
        if (!amount.IsShare)
            return amount.Value;
        UInt128 tasks = (UInt128)Tasks * amount.Value / ResourceAmount.Whole;
        return tasks > ulong.MaxValue ? ulong.MaxValue : (ulong)tasks;
    }
}
