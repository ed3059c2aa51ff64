using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// systemd.resource-control(5): limits, weights and accounting of the unit's control group. A value
/// that cannot be read leaves what stood before; an empty one takes back.
/// </summary>
internal static class ResourceControl
{
    private const ulong MostWeight = 10_000;

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) =>
        Accounting(s) || Weights(s) || Processors(s) || Memory(s) || ResourceDevices.Apply(s)
            || ResourceFilters.Apply(s) || Rest(s);

    private static bool Accounting(in Setting s)
    {
        ResourceSettings r = s.Draft.Resources;
        if (s.Key is not ("CPUAccounting" or "MemoryAccounting" or "IOAccounting"
            or "BlockIOAccounting" or "TasksAccounting"))
            return false;
        if (!s.TryBoolean(out bool on))
            return true;
        s.Draft.Resources = s.Key switch
        {
            "CPUAccounting" => r with { CpuAccounting = on },
            "MemoryAccounting" => r with { MemoryAccounting = on },
            "IOAccounting" => r with { IoAccounting = on },
            "BlockIOAccounting" => r with { BlockIoAccounting = on },
            _ => r with { TasksAccounting = on },
        };
        return true;
    }

    private static bool Weights(in Setting s)
    {
        ResourceSettings r = s.Draft.Resources;
        switch (s.Key)
        {
            case "CPUWeight":
                r = r with { CpuWeight = CpuWeight(s, r.CpuWeight) };
                break;
            case "StartupCPUWeight":
                r = r with { StartupCpuWeight = CpuWeight(s, r.StartupCpuWeight) };
                break;
            case "CPUShares":
                r = r with { CpuShares = Shares(s, r.CpuShares) };
                break;
            case "StartupCPUShares":
                r = r with { StartupCpuShares = Shares(s, r.StartupCpuShares) };
                break;
            case "IOWeight":
                r = r with { IoWeight = Weight(s, r.IoWeight, 1, MostWeight) };
                break;
            case "StartupIOWeight":
                r = r with { StartupIoWeight = Weight(s, r.StartupIoWeight, 1, MostWeight) };
                break;
            case "BlockIOWeight":
                r = r with { BlockIoWeight = Weight(s, r.BlockIoWeight, 10, 1000) };
                break;
            case "StartupBlockIOWeight":
                r = r with { StartupBlockIoWeight = Weight(s, r.StartupBlockIoWeight, 10, 1000) };
                break;
            default:
                return false;
        }

        s.Draft.Resources = r;
        return true;
    }

    private static ulong? CpuWeight(in Setting s, ulong? current) =>
        s.Value == "idle" ? ResourceSettings.IdleWeight : Weight(s, current, 1, MostWeight);

    private static ulong? Shares(in Setting s, ulong? current)
    {
        s.Warn("is old and is turned into a weight; please use CPUWeight=");
        return Weight(s, current, 2, 262_144);
    }

    private static ulong? Weight(in Setting s, ulong? current, ulong lowest, ulong highest)
    {
        if (s.IsReset)
            return null;
        if (Numbers.TryUnsigned(s.Value, out ulong weight) && weight >= lowest && weight <= highest)
            return weight;
        s.Warn($"'{s.Shown}' is no number from {lowest} to {highest}, ignored");
        return current;
    }

    private static bool Processors(in Setting s)
    {
        ResourceSettings r = s.Draft.Resources;
        switch (s.Key)
        {
            case "AllowedCPUs":
                r = r with { AllowedCpus = List(s, r.AllowedCpus) };
                break;
            case "StartupAllowedCPUs":
                r = r with { StartupAllowedCpus = List(s, r.StartupAllowedCpus) };
                break;
            case "AllowedMemoryNodes":
                r = r with { AllowedMemoryNodes = List(s, r.AllowedMemoryNodes) };
                break;
            case "StartupAllowedMemoryNodes":
                r = r with { StartupAllowedMemoryNodes = List(s, r.StartupAllowedMemoryNodes) };
                break;
            case "CPUQuota":
                r = r with { CpuQuotaUs = Quota(s, r.CpuQuotaUs) };
                break;
            case "CPUQuotaPeriodSec":
                r = r with
                {
                    CpuQuotaPeriodUs = s.IsReset ? ServiceSettings.Infinity
                        : s.Duration(r.CpuQuotaPeriodUs),
                };
                break;
            default:
                return false;
        }

        s.Draft.Resources = r;
        return true;
    }

    private static string List(in Setting s, string current)
    {
        if (s.IsReset)
            return "";
        if (!ResourceAmountParser.TryProcessors(s.Value, ref current, out string? reversed))
            s.Warn($"'{s.Shown}' is no list of numbers and ranges below 8192, ignored");
        else if (reversed is not null)
            s.Warn($"'{reversed}' ends before it begins, ignored");
        return current;
    }

    private static ulong? Quota(in Setting s, ulong? current)
    {
        const ulong MicrosecondsPerPermyriad = 100;
        if (s.IsReset)
            return null;
        if (ResourceAmountParser.TryPermyriad(s.Value, out ulong share) && share > 0)
            return share * MicrosecondsPerPermyriad;
        s.Warn($"'{s.Shown}' is no part of a processor, ignored; write for example 20% or 150%");
        return current;
    }

    private static bool Memory(in Setting s)
    {
        ResourceSettings r = s.Draft.Resources;
        ResourceSettings? next = s.Key switch
        {
            "MemoryMin" => r with { MemoryMin = Guarantee(s, r.MemoryMin) },
            "MemoryLow" => r with { MemoryLow = Guarantee(s, r.MemoryLow) },
            "DefaultMemoryMin" => r with { DefaultMemoryMin = Guarantee(s, r.DefaultMemoryMin) },
            "DefaultMemoryLow" => r with { DefaultMemoryLow = Guarantee(s, r.DefaultMemoryLow) },
            "MemoryHigh" => r with { MemoryHigh = Limit(s, r.MemoryHigh, zero: false) },
            "MemoryMax" => r with { MemoryMax = Limit(s, r.MemoryMax, zero: false) },
            "MemoryLimit" => r with { MemoryLimit = OldLimit(s, r.MemoryLimit) },
            "MemorySwapMax" => r with { MemorySwapMax = Limit(s, r.MemorySwapMax, zero: true) },
            _ => null,
        };
        if (next is null)
            return false;
        s.Draft.Resources = next;
        return true;
    }

    // Nothing is a guarantee of its own: it hides the default of the slices above.
    private static ResourceAmount? Guarantee(in Setting s, ResourceAmount? current) =>
        s.IsReset ? new ResourceAmount(0, false) : Amount(s, current, zero: true);

    private static ResourceAmount? Limit(in Setting s, ResourceAmount? current, bool zero) =>
        !s.IsReset && Amount(s, current, zero) is { } amount && amount != ResourceAmount.Infinity
            ? amount : null;

    private static ResourceAmount? OldLimit(in Setting s, ResourceAmount? current)
    {
        s.Warn("is old and counts where no other limit of memory is set; please use MemoryMax=");
        return Limit(s, current, zero: false);
    }

    private static ResourceAmount? Amount(in Setting s, ResourceAmount? current, bool zero)
    {
        if (ResourceAmountParser.TryMemory(s.Value, out ResourceAmount amount)
            && (zero || amount.Value > 0))
            return amount;
        s.Warn($"'{s.Shown}' is no amount of memory, ignored; write for example 64M, 20% or "
            + "infinity");
        return current;
    }

    private static bool Rest(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "TasksMax":
                if (s.IsReset)
                    d.Resources = d.Resources with { TasksMax = null };
                else if (ResourceAmountParser.TryTasks(s.Value, out ResourceAmount tasks)
                    && tasks.Value > 0)
                    d.Resources = d.Resources with { TasksMax = tasks };
                else
                    s.Warn($"'{s.Shown}' is no number of tasks, ignored; write for example 512, "
                        + "15% or infinity");
                return true;
            case "DisableControllers":
                CgroupControllers named = s.IsReset ? CgroupControllers.None : Named(s);
                d.Resources = d.Resources with
                {
                    Disabled = s.IsReset ? CgroupControllers.None : d.Resources.Disabled | named,
                };
                return true;
            case "Delegate":
                Delegate(s);
                return true;
            default:
                return false;
        }
    }

    private static void Delegate(in Setting s)
    {
        UnitDraft d = s.Draft;
        if (d.Name.Kind is not (UnitKind.Service or UnitKind.Scope))
        {
            s.Warn("only services and scopes can have it, ignored");
            return;
        }

        CgroupControllers given = d.Resources.Delegated;
        bool on = true;
        if (s.IsReset)
            given = CgroupControllers.None;
        else if (!BooleanParser.TryParse(s.Value, out bool all))
            given |= Named(s);
        else
            (given, on) = (all ? CgroupControllers.Version2 : CgroupControllers.None, all);
        d.Unit = d.Unit with { Delegate = on };
        d.Resources = d.Resources with { Delegated = given };
    }

    private static CgroupControllers Named(in Setting s)
    {
        CgroupControllers named = CgroupControllers.None;
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            CgroupControllers one = ResourceAmountParser.Controller(word);
            if (one == CgroupControllers.None)
                s.Warn($"'{word}' is no controller, ignored", offset);
            named |= one;
        }

        return named;
    }
}
