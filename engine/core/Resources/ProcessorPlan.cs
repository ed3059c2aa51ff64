using InitTx.Units.Model;

namespace InitTx.Core.Resources;

/// <summary>CPU*= and Allowed*=: cpu.weight, cpu.idle, cpu.max, cpuset.*.</summary>
internal static class ProcessorPlan
{
    private const ulong Second = 1_000_000;
    private const ulong Millisecond = 1000;
    private const ulong DefaultPeriod = 100_000;

    public static void Add(ResourceDraft draft, ResourceSettings r)
    {
        AddWeight(draft, r);
        if (r.CpuQuotaUs is { } quota)
        {
            draft.Add(
                "CPUQuota", CgroupControllers.Cpu, "cpu.max", Quota(quota, r.CpuQuotaPeriodUs),
                "max 100000");
        }

        AddSet(draft, "AllowedCPUs", "cpuset.cpus", r.AllowedCpus, r.StartupAllowedCpus);
        AddSet(draft, "AllowedMemoryNodes", "cpuset.mems", r.AllowedMemoryNodes,
            r.StartupAllowedMemoryNodes);
    }

    /// <summary>
    /// "QUOTA PERIOD" in microseconds: the kernel wants a period of 1 ms to 1 s and a quota of 1 ms
    /// at least, so that a small part of a processor needs a longer period.
    /// </summary>
    internal static string Quota(ulong perSecondUs, long periodUs)
    {
        ulong period = periodUs == ServiceSettings.Infinity ? DefaultPeriod : (ulong)periodUs;
        period = Math.Max(Math.Max(period, Millisecond), Millisecond * Second / perSecondUs);
        period = Math.Min(period, Second);
        UInt128 quota = UInt128.Max((UInt128)perSecondUs * period / Second, Millisecond);
        return $"{ResourceDraft.Text((ulong)quota)} {ResourceDraft.Text(period)}";
    }

    private static void AddWeight(ResourceDraft draft, ResourceSettings r)
    {
        bool starting = draft.Facts.IsStarting;
        if (r.CpuWeight is null && r.StartupCpuWeight is null)
        {
            bool early = starting && r.StartupCpuShares is not null;
            if ((early ? r.StartupCpuShares : r.CpuShares) is { } shares)
            {
                ulong weight = Math.Clamp(shares * 100 / 1024, 1, 10_000);
                draft.Add(early ? "StartupCPUShares" : "CPUShares", CgroupControllers.Cpu,
                    "cpu.weight", ResourceDraft.Text(weight), "100");
            }

            if (r.StartupCpuShares is not null)
                draft.Need(CgroupControllers.Cpu);
            return;
        }

        draft.Need(CgroupControllers.Cpu);
        bool startup = starting && r.StartupCpuWeight is not null;
        string directive = startup ? "StartupCPUWeight" : "CPUWeight";
        ulong? asked = startup ? r.StartupCpuWeight : r.CpuWeight;
        if (asked == ResourceSettings.IdleWeight)
            draft.Add(directive, CgroupControllers.Cpu, "cpu.idle", "1", "0");
        else if (asked is { } number)
            draft.Add(
                directive, CgroupControllers.Cpu, "cpu.weight", ResourceDraft.Text(number), "100");
    }

    // An empty line, not nothing, makes the kernel forget a list.
    private static void AddSet(
        ResourceDraft draft, string directive, string name, string always, string startup)
    {
        if (always.Length + startup.Length > 0)
            draft.Need(CgroupControllers.Cpuset);
        bool early = draft.Facts.IsStarting && startup.Length > 0;
        string list = early ? startup : always;
        if (list.Length > 0)
        {
            draft.Add((early ? "Startup" : "") + directive, CgroupControllers.Cpuset, name, list,
                "\n");
        }
    }
}
