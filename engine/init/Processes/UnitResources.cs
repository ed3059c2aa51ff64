using InitTx.Core;
using InitTx.Core.Resources;
using InitTx.Linux;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Machine;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>What is counted, by the *Accounting= settings.</summary>
internal readonly record struct AccountingSwitches(bool Cpu, bool Memory, bool Io, bool Tasks);

/// <summary>
/// Writes what <see cref="ResourcePlan"/> decides: controllers from the root downwards, then the
/// slices, then the unit, before a process is born in it. What cannot be had is told once and
/// keeps nobody from starting.
/// </summary>
internal sealed class UnitResources(
    CgroupTree tree, Engine engine, EventQueue queue, ManagerDefaults defaults)
{
    private const int SlicesMax = 32;

    // Of the slices, by name: they have no UnitCgroup that could keep it.
    private readonly Dictionary<string, ResourcePlan> _slices = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _lost = [];

    // Cgroups that came before controllers could be turned on, and ask for defaults only.
    private readonly List<(UnitRuntime Unit, UnitCgroup Cgroup)> _early = [];
    private ResourceFacts? _facts;
    private ResourcePlan? _standard;
    private int _remade;

    /// <summary>
    /// Limits that the unit asks for and does not have, with the reasons; null for none.
    /// </summary>
    public string? LostOf(UnitId unit) => _lost.GetValueOrDefault(unit.Value);

    /// <summary>The unit's number is not given out again.</summary>
    public void Forget(UnitId unit) => _lost.Remove(unit.Value);

    /// <summary>What is counted for a unit.</summary>
    public AccountingSwitches Accounting(UnitRuntime unit)
    {
        ResourceSettings r = unit.Definition.Resources;
        return new AccountingSwitches(
            r.CpuAccounting ?? defaults.CpuAccounting,
            r.MemoryAccounting ?? defaults.MemoryAccounting,
            r.IoAccounting ?? r.BlockIoAccounting ?? defaults.IoAccounting,
            r.TasksAccounting ?? defaults.TasksAccounting);
    }

    /// <summary>
    /// Filters of the unit, then those of each slice above it with the slice's name before them.
    /// </summary>
    public IReadOnlyList<SetupOption> FiltersOf(UnitDefinition unit)
    {
        IReadOnlyList<SetupOption> own = unit.Resources.Filters;
        List<SetupOption>? all = null;
        UnitName next = unit.Slice;
        for (int i = 0; i < SlicesMax && !next.IsNone && engine.Find(next) is { } slice; i++)
        {
            IReadOnlyList<SetupOption> filters = slice.Definition.Resources.Filters;
            if (filters.Count > 0)
            {
                all ??= [.. own];
                all.Add(new SetupOption("Slice", next.Value));
                all.AddRange(filters);
            }

            next = slice.Definition.Slice;
        }

        return all ?? own;
    }

    /// <summary>
    /// Before a process of the unit is made.
    /// </summary>
    /// <param name="cgroup">Null where there is none: what is lost is told all the same.</param>
    public void Apply(UnitRuntime unit, UnitCgroup? cgroup)
    {
        List<UnitDefinition> above = SlicesOf(unit.Definition);
        ResourcePlan plan = PlanOf(unit.Definition, above);
        if (cgroup is null)
        {
            TellAllLost(unit, plan, above);
            return;
        }

        if (cgroup.Applied is { } applied && ReferenceEquals(applied, plan))
            return;
        for (int i = above.Count - 1; i >= 0; i--)
            Apply(above[i], above.GetRange(i + 1, above.Count - i - 1));
        string slice = above.Count > 0 ? above[0].Name.Value : UnitCgroups.SliceOf(unit);
        tree.Enable(slice, plan.Needs);
        if (!tree.IsSettled)
        {
            // Waiting for the manager to move costs a boot 10 ms: only for what somebody asked for.
            if (!plan.IsExplicit)
            {
                _early.Add((unit, cgroup));
                return;
            }

            tree.Settle();
        }

        IReadOnlyList<ControlFile> changes = plan.Since(cgroup.Applied ?? ResourcePlan.Empty);
        cgroup.Applied = plan;
        if ((plan.Needs & CgroupControllers.Memory) != 0)
            tree.WatchMemory(cgroup);
        Tell(unit, plan, changes, file => cgroup.WriteAttribute(file.Name, file.Text));
    }

    /// <summary>
    /// Controllers can be turned on now: those that came before get their limits.
    /// </summary>
    public void ApplyEarly()
    {
        if (_early.Count == 0)
            return;
        (UnitRuntime Unit, UnitCgroup Cgroup)[] early = [.. _early];
        _early.Clear();
        foreach ((UnitRuntime unit, UnitCgroup cgroup) in early)
            Apply(unit, cgroup);
    }

    /// <summary>
    /// The definitions may be others: plans are made anew, and what differs is written.
    /// </summary>
    public void ApplyAll(IEnumerable<(UnitRuntime Unit, UnitCgroup Cgroup)> open)
    {
        (_facts, _standard) = (null, null);
        foreach (UnitRuntime unit in engine.Units)
        {
            if (unit.Name.Kind == UnitKind.Slice && unit.Definition.Resources.Disabled != 0)
                tree.TurnOff(unit.Name.Value, unit.Definition.Resources.Disabled);
        }

        foreach ((UnitRuntime unit, UnitCgroup cgroup) in open)
            Apply(unit, cgroup);
    }

    /// <summary>
    /// An image before this one has written what the definition in force asks for, and told what
    /// cannot be had.
    /// </summary>
    /// <param name="cgroup">Null where there is none.</param>
    public void TakeOver(UnitRuntime unit, UnitCgroup? cgroup)
    {
        List<UnitDefinition> above = SlicesOf(unit.Definition);
        ResourcePlan plan = PlanOf(unit.Definition, above);
        if (cgroup is not null)
            cgroup.Applied = plan;
        tree.Enable(above.Count > 0 ? above[0].Name.Value : UnitCgroups.SliceOf(unit), plan.Needs);
        KnowLost(unit, plan);
        for (int i = 0; i < above.Count - 1; i++)
        {
            string name = above[i].Name.Value;
            if (_slices.ContainsKey(name))
                continue;
            plan = PlanOf(above[i], above.GetRange(i + 1, above.Count - i - 1));
            _slices.Add(name, plan);
            if (engine.Find(above[i].Name) is { } slice)
                KnowLost(slice, plan);
        }
    }

    private void KnowLost(UnitRuntime unit, ResourcePlan plan)
    {
        if (LostBefore(plan) is { } lost)
            _lost[unit.Id.Value] = lost;
    }

    // The root slice is the machine or the container itself, whose limits are not ours to set.
    private void Apply(UnitDefinition slice, List<UnitDefinition> above)
    {
        if (_remade != tree.Remade)
        {
            _slices.Clear();
            _remade = tree.Remade;
        }

        string name = slice.Name.Value;
        ResourcePlan before = _slices.GetValueOrDefault(name, ResourcePlan.Empty);
        ResourcePlan plan = PlanOf(slice, above);
        if (ReferenceEquals(plan, before) || above.Count == 0)
            return;
        tree.Enable(above[0].Name.Value, plan.Needs);
        if (!tree.IsSettled && plan.IsExplicit)
            tree.Settle();
        _slices[name] = plan;
        if (engine.Find(slice.Name) is { } unit)
        {
            Tell(unit, plan, plan.Since(before),
                file => tree.WriteSlice(name, file.Name, file.Text));
        }
    }

    // Those of the slices hold for what lies in them, which is when they are missed.
    private void TellAllLost(UnitRuntime unit, ResourcePlan plan, List<UnitDefinition> above)
    {
        for (int i = above.Count - 2; i >= 0; i--)
        {
            if (engine.Find(above[i].Name) is { } slice)
                Lose(slice, PlanOf(above[i], above.GetRange(i + 1, above.Count - i - 1)));
        }

        Lose(unit, plan);

        void Lose(UnitRuntime which, ResourcePlan wanted) =>
            Tell(which, wanted, wanted.Files, static _ => SysResult.Fail(Errno.EOPNOTSUPP));
    }

    private void Tell(
        UnitRuntime unit,
        ResourcePlan plan,
        IReadOnlyList<ControlFile> changes,
        Func<ControlFile, SysResult> write)
    {
        // Nothing new: what was told of it holds.
        if (changes.Count == 0 && _lost.ContainsKey(unit.Id.Value))
            return;
        List<string>? lost = plan.Lost.Count > 0 ? [.. plan.Lost] : null;
        string had = "";
        for (int i = 0; i < changes.Count; i++)
        {
            ControlFile file = changes[i];
            SysResult written = write(file);
            if (written.IsOk)
                had = file.Directive;

            // One directive can have several files, of which one is enough.
            else if (file.Directive.Length > 0 && file.Directive != had
                && (i + 1 == changes.Count || changes[i + 1].Directive != file.Directive))
                (lost ??= []).Add($"{file.Directive}: {tree.Why(file.Controller, written)}");
        }

        string? text = lost is null ? null : string.Join("; ", lost);
        if (text == LostOf(unit.Id))
            return;
        if (text is null)
        {
            _lost.Remove(unit.Id.Value);
            return;
        }

        _lost[unit.Id.Value] = text;
        queue.Post(new EngineEvent.ResourcesLost(unit.Id, text));
    }

    // As it was told then.
    private string? LostBefore(ResourcePlan plan)
    {
        List<string>? lost = plan.Lost.Count > 0 ? [.. plan.Lost] : null;
        string last = "";
        foreach (ControlFile file in plan.Files)
        {
            if (file.Directive.Length > 0 && file.Directive != last
                && !tree.Offers(file.Controller))
                (lost ??= []).Add($"{file.Directive}: {tree.Why(file.Controller, default)}");
            last = file.Directive;
        }

        return lost is null ? null : string.Join("; ", lost);
    }

    private ResourcePlan PlanOf(UnitDefinition unit, List<UnitDefinition> above)
    {
        bool starting = engine.State is ManagerState.Initializing or ManagerState.Starting;
        if (_facts is null || _facts.IsStarting != starting)
        {
            _facts = (_facts ?? MakeFacts()) with { IsStarting = starting };
        }

        // A thousand units that say nothing share one plan.
        bool plain = unit.Name.Kind != UnitKind.Slice && SaysNothing(unit)
            && above.TrueForAll(SaysNothing);
        return plain
            ? _standard ??= ResourcePlan.Make(unit, above, _facts)
            : ResourcePlan.Make(unit, above, _facts);
    }

    private static bool SaysNothing(UnitDefinition unit) =>
        ReferenceEquals(unit.Resources, ResourceSettings.None) && !unit.Delegate
        && unit.Service is not { OomPolicy: OomPolicy.Kill };

    private ResourceFacts MakeFacts() => new()
    {
        MemoryBytes = Math.Min(MachineCapacity.MemoryBytes(), tree.RootLimit("memory.max")),
        Tasks = Math.Min(MachineCapacity.Tasks(), tree.RootLimit("pids.max")),
        Defaults = defaults,
        Device = static path => BlockDevices.Find(path),
    };

    // The nearest first, the root last.
    private List<UnitDefinition> SlicesOf(UnitDefinition unit)
    {
        var above = new List<UnitDefinition>(2);
        UnitName next = unit.Slice;
        while (!next.IsNone && above.Count < SlicesMax)
        {
            if (engine.Find(next) is not { } slice)
                break;
            above.Add(slice.Definition);
            next = slice.Definition.Slice;
        }

        return above;
    }
}
