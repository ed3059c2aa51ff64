using System.Globalization;
using InitTx.Units.Model;

namespace InitTx.Core.Resources;

/// <summary>One attribute of a control group and what is written to it.</summary>
/// <param name="Directive">
/// The setting that asks for it; empty for a default of the manager, of which nobody is told when
/// it cannot be had.
/// </param>
/// <param name="Controller">Without it there is no such file.</param>
/// <param name="Reset">
/// Takes it back; with the name it says which attribute this is, for of some there is one a device.
/// </param>
public readonly record struct ControlFile(
    string Directive, CgroupControllers Controller, string Name, string Text, string Reset);

/// <summary>
/// What the settings of systemd.resource-control(5) come to in the control group of a unit: which
/// controllers it needs, and which attributes are other than the kernel's defaults. Pure: the same
/// settings and facts give the same plan. Legacy settings count where no new one of their kind is
/// set, as in systemd 252 (cgroup_context_apply).
/// </summary>
public sealed record ResourcePlan
{
    /// <summary>Nothing to write and nothing needed.</summary>
    public static readonly ResourcePlan Empty = new();

    /// <summary>Controllers that have to be on in the group above.</summary>
    public CgroupControllers Needs { get; init; }

    /// <summary>In the order of writing.</summary>
    public IReadOnlyList<ControlFile> Files { get; init; } = [];

    /// <summary>What cannot be had whatever the kernel offers: directive and reason.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>
    /// A directive asks for something: it has to be there before the first process.
    /// </summary>
    public bool IsExplicit { get; init; }

    /// <summary>Makes the plan of a unit.</summary>
    /// <param name="slices">The slices it lies in, the nearest first.</param>
    public static ResourcePlan Make(
        UnitDefinition unit, IReadOnlyList<UnitDefinition> slices, ResourceFacts facts)
    {
        ResourceSettings r = unit.Resources;
        var draft = new ResourceDraft(facts);
        ProcessorPlan.Add(draft, r);
        MemoryPlan.Add(draft, unit, slices);
        DevicePlan.Add(draft, r);
        AddTasks(draft, unit);
        draft.Need(unit.Delegate ? r.Delegated & CgroupControllers.Version2 : default);
        CgroupControllers off = default;
        for (int i = 0; i < slices.Count; i++)
            off |= slices[i].Resources.Disabled;
        return draft.Finish(off);
    }

    /// <summary>Something holds only until the boot is over.</summary>
    public static bool HasStartup(ResourceSettings r) =>
        r.StartupCpuWeight is not null || r.StartupCpuShares is not null
        || r.StartupIoWeight is not null || r.StartupBlockIoWeight is not null
        || r.StartupAllowedCpus.Length + r.StartupAllowedMemoryNodes.Length > 0;

    /// <summary>
    /// What has to be written where <paramref name="before"/> was written: what is new or other,
    /// and the resets of what is no longer asked for.
    /// </summary>
    public IReadOnlyList<ControlFile> Since(ResourcePlan before)
    {
        if (ReferenceEquals(before, this))
            return [];
        var changes = new List<ControlFile>();
        foreach (ControlFile old in before.Files)
        {
            if (!Has(this, old, text: false))
                changes.Add(old with { Directive = "", Text = old.Reset });
        }

        foreach (ControlFile file in Files)
        {
            if (!Has(before, file, text: true))
                changes.Add(file);
        }

        return changes;
    }

    private static bool Has(ResourcePlan plan, in ControlFile file, bool text)
    {
        foreach (ControlFile other in plan.Files)
        {
            if (other.Name == file.Name && other.Reset == file.Reset
                && (!text || other.Text == file.Text))
                return true;
        }

        return false;
    }

    private static void AddTasks(ResourceDraft draft, UnitDefinition unit)
    {
        ResourceSettings r = unit.Resources;
        if (r.TasksAccounting ?? draft.Facts.Defaults.TasksAccounting)
            draft.Need(CgroupControllers.Pids);
        ResourceAmount most = r.TasksMax ?? (unit.Name.Kind == UnitKind.Slice
            ? ResourceAmount.Infinity : draft.Facts.Defaults.TasksMax);
        if (most == ResourceAmount.Infinity)
            return;
        draft.Add(
            r.TasksMax is null ? "" : "TasksMax", CgroupControllers.Pids, "pids.max",
            ResourceDraft.Text(draft.Facts.TasksOf(most)), "max");
    }
}

/// <summary>A plan while it is made.</summary>
internal sealed class ResourceDraft(ResourceFacts facts)
{
    private readonly List<ControlFile> _files = [];
    private readonly List<string> _lost = [];
    private CgroupControllers _needs;

    public ResourceFacts Facts => facts;

    public void Need(CgroupControllers controllers) => _needs |= controllers;

    public void Lose(string directive, string why) => _lost.Add($"{Shown(directive)}: {why}");

    public void Add(
        string directive, CgroupControllers controller, string name, string text, string reset)
    {
        _needs |= controller;
        _files.Add(new ControlFile(Shown(directive), controller, name, text, reset));
    }

    public ResourcePlan Finish(CgroupControllers off)
    {
        bool isExplicit = false;
        foreach (ControlFile file in _files)
        {
            isExplicit |= file.Directive.Length > 0;
            if ((file.Controller & off) != 0 && file.Directive.Length > 0)
                Lose(file.Directive, "a slice above has DisableControllers=");
        }

        _files.RemoveAll(f => (f.Controller & off) != 0);
        return new ResourcePlan
        {
            Needs = _needs & ~off,
            Files = _files.ToArray(),
            Lost = _lost.ToArray(),
            IsExplicit = isExplicit || _lost.Count > 0,
        };
    }

    // A device stands behind the sign already.
    private static string Shown(string directive) =>
        directive.Length == 0 || directive.AsSpan().ContainsAny("= ") ? directive : directive + "=";

    /// <summary>A number as the kernel wants it: the highest is "max".</summary>
    public static string Text(ulong value) =>
        value == ulong.MaxValue ? "max" : value.ToString(CultureInfo.InvariantCulture);
}
