using InitTx.Units.Model;

namespace InitTx.Core.Resources;

/// <summary>Memory*= and OOMPolicy=kill: memory.*.</summary>
internal static class MemoryPlan
{
    private const CgroupControllers Memory = CgroupControllers.Memory;

    public static void Add(
        ResourceDraft draft, UnitDefinition unit, IReadOnlyList<UnitDefinition> slices)
    {
        ResourceSettings r = unit.Resources;
        if (r.MemoryAccounting ?? draft.Facts.Defaults.MemoryAccounting)
            draft.Need(Memory);
        ResourceAmount? min = r.MemoryMin;
        ResourceAmount? low = r.MemoryLow;
        for (int i = 0; i < slices.Count; i++)
        {
            min ??= slices[i].Resources.DefaultMemoryMin;
            low ??= slices[i].Resources.DefaultMemoryLow;
        }

        bool unified = AddGuarantee(draft, r.MemoryMin is null, "MemoryMin", "memory.min", min);
        unified |= AddGuarantee(draft, r.MemoryLow is null, "MemoryLow", "memory.low", low);
        unified |= AddLimit(draft, "MemoryHigh", "memory.high", r.MemoryHigh);
        unified |= AddLimit(draft, "MemoryMax", "memory.max", r.MemoryMax);
        unified |= AddLimit(draft, "MemorySwapMax", "memory.swap.max", r.MemorySwapMax);
        if (!unified)
            AddLimit(draft, "MemoryLimit", "memory.max", r.MemoryLimit);
        if (unit.Service is { OomPolicy: OomPolicy.Kill })
            draft.Add("OOMPolicy", Memory, "memory.oom.group", "1", "0");
    }

    private static bool AddGuarantee(
        ResourceDraft draft, bool inherited, string directive, string name, ResourceAmount? amount)
    {
        if (amount is not { Value: > 0 } some)
            return false;
        draft.Add(inherited ? "Default" + directive : directive, Memory, name,
            ResourceDraft.Text(draft.Facts.Memory(some)), "0");
        return true;
    }

    private static bool AddLimit(
        ResourceDraft draft, string directive, string name, ResourceAmount? amount)
    {
        if (amount is not { } some)
            return false;
        draft.Add(directive, Memory, name, ResourceDraft.Text(draft.Facts.Memory(some)), "max");
        return true;
    }
}
