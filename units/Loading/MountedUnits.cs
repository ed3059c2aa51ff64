using InitTx.Units.Loading.Implicit;
using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>
/// Units of mounts and swaps that the kernel has and no file declares, and what is known of places
/// in the tree. Pure.
/// </summary>
public static class MountedUnits
{
    private static readonly UnitName Umount = UnitName.Parse("umount.target");

    /// <summary>A mount that somebody else made.</summary>
    /// <param name="name">The unit's name, which says where.</param>
    /// <param name="mount">As the kernel's table has it.</param>
    /// <param name="above">The nearest mount that it lies on; null for the root.</param>
    public static UnitDefinition Mount(UnitName name, MountSettings mount, UnitName? above)
    {
        var edges = new List<UnitDependency>();
        if (above is { } parent && parent != name)
        {
            edges.Add(Edge(DependencyKind.Requires, parent));
            edges.Add(Edge(DependencyKind.After, parent));
        }

        AgainstUmount(edges, MountRules.IsExtrinsic(mount.Where));
        return Make(name, mount.Where, edges) with { Mount = mount };
    }

    /// <summary>A swap that somebody else took into use.</summary>
    public static UnitDefinition Swap(UnitName name, SwapSettings swap)
    {
        var edges = new List<UnitDependency>();
        AgainstUmount(edges, isExtrinsic: false);
        return Make(name, swap.What, edges) with { Swap = swap };
    }

    /// <summary>True for a mount whose source is a part of the tree.</summary>
    public static bool IsBind(MountSettings mount) => MountRules.IsBind(mount);

    /// <summary>
    /// True for what the system stands on: the root and the file systems of the kernel that are
    /// there before any unit. They have no units of their own (but the root) and are never
    /// unmounted.
    /// </summary>
    public static bool StaysMounted(string where) => where == "/" || MountRules.IsApi(where);

    private static void AgainstUmount(List<UnitDependency> edges, bool isExtrinsic)
    {
        if (isExtrinsic)
            return;
        edges.Add(Edge(DependencyKind.Before, Umount));
        edges.Add(Edge(DependencyKind.Conflicts, Umount));
    }

    private static UnitDependency Edge(DependencyKind kind, UnitName target) =>
        new(kind, target, DependencyOrigin.Implicit, SourceLocation.BuiltIn);

    private static UnitDefinition Make(UnitName name, string path, List<UnitDependency> edges)
    {
        edges.Sort(static (a, b) => a.Kind != b.Kind
            ? a.Kind.CompareTo(b.Kind)
            : a.Target.CompareTo(b.Target));
        return new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = path,
            Dependencies = edges,
            Exec = new ExecSettings(),
            Kill = new KillSettings(),
        };
    }
}
