using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Implicit;

/// <summary>
/// The edges of mounts, automounts and swaps: what lies above, the device below, the targets that
/// gather them (systemd.mount(5), systemd.automount(5), systemd.swap(5)).
/// </summary>
internal static class FileSystemDependencies
{
    private static readonly UnitName Umount = UnitName.Parse("umount.target");
    private static readonly UnitName RemountFs = UnitName.Parse("systemd-remount-fs.service");

    /// <summary>Edges that follow from the mount's own settings.</summary>
    public static void Mount(UnitDraft draft)
    {
        MountSettings m = draft.Mount;
        SourceLocation source = ImplicitDependencies.SettingSource(draft, "Mount", "What");
        Parent(draft, m.Where, "Mount");
        if (m.What is not { Length: > 0 } what || m.Where == "/")
            return;
        if (what.StartsWith('/') && (MountRules.IsBind(m) || MountRules.IsLoop(m)
            || !MountRules.IsNetwork(m)))
            draft.NeedsPath(PathText.Collapse(what), source);
        if (!MountRules.IsBind(m) && what is not ("/dev/root" or "/dev/nfs"))
        {
            Device(draft, what, MountRules.BindsToDevice(m) ? DependencyKind.BindsTo
                : DependencyKind.Requires, source);
        }

        if (!MountRules.NeedsQuota(m))
            return;
        source = ImplicitDependencies.SettingSource(draft, "Mount", "Options");
        foreach (string service in new[] { "systemd-quotacheck.service", "quotaon.service" })
        {
            UnitName name = UnitName.Parse(service);
            Edge(draft, DependencyKind.Before, name, source);
            Edge(draft, DependencyKind.Wants, name, source);
        }
    }

    /// <summary>What is above the mount point, and the mount itself.</summary>
    public static void Automount(UnitDraft draft)
    {
        Parent(draft, draft.Automount.Where, "Automount");
        UnitName mount = draft.Name.WithKind(UnitKind.Mount);
        draft.Dependencies.Add(
            DependencyKind.Before, mount, DependencyOrigin.Implicit, SourceLocation.BuiltIn);
        draft.Dependencies.Add(
            DependencyKind.Triggers, mount, DependencyOrigin.Implicit, SourceLocation.BuiltIn);
    }

    /// <summary>
    /// A swap's device, or the file system that its file is on; what the name alone says is not
    /// looked into.
    /// </summary>
    public static void Swap(UnitDraft draft)
    {
        string what = draft.Swap.What;
        if (!draft.SwapWhatWritten)
        {
            draft.MountPaths.Add((what, SourceLocation.BuiltIn, DependencyOrigin.Implicit));
            return;
        }

        SourceLocation source = ImplicitDependencies.SettingSource(draft, "Swap", "What");
        draft.MountPaths.Add((what, source, DependencyOrigin.Implicit));
        if (MountRules.IsDevice(what))
            Device(draft, what, DependencyKind.Requires, source);
        else
            Edge(draft, DependencyKind.After, RemountFs, source);
    }

    /// <summary>Default edges of a mount; systemd's dump counts them as the file's.</summary>
    public static void MountDefaults(UnitDraft draft)
    {
        MountSettings m = draft.Mount;
        if (MountRules.IsExtrinsic(m.Where))
            return;
        bool network = MountRules.IsNetwork(m);
        string target = network ? "remote-fs" : "local-fs";
        SourceLocation source = SourceLocation.BuiltIn;
        if (!MountRules.IsNoFail(m))
            Edge(draft, DependencyKind.Before, UnitName.Parse($"{target}.target"), source);
        Edge(draft, DependencyKind.After, UnitName.Parse($"{target}-pre.target"), source);
        if (network)
        {
            UnitName online = UnitName.Parse("network-online.target");
            Edge(draft, DependencyKind.After, UnitName.Parse("network.target"), source);
            Edge(draft, DependencyKind.After, online, source);
            Edge(draft, DependencyKind.Wants, online, source);
        }

        Edge(draft, DependencyKind.Before, Umount, source);
        Edge(draft, DependencyKind.Conflicts, Umount, source);
        if (m.FileSystemType == "tmpfs")
            Edge(draft, DependencyKind.After, UnitName.Parse("swap.target"), source);
    }

    private static void Parent(UnitDraft draft, string where, string section)
    {
        if (where.Length > 1)
            draft.MountPaths.Add((where[..Math.Max(where.LastIndexOf('/'), 1)],
                ImplicitDependencies.SettingSource(draft, section, "Where"),
                DependencyOrigin.Implicit));
    }

    private static void Device(
        UnitDraft draft, string path, DependencyKind kind, SourceLocation source)
    {
        if (!MountRules.IsDevice(path)
            || UnitNameEscaper.EscapePath(path) is not { } escaped
            || !UnitName.TryParse($"{escaped}.device", out UnitName device))
            return;
        Edge(draft, kind, device, source);
        Edge(draft, DependencyKind.After, device, source);
        if (draft.Name.Kind == UnitKind.Mount && kind == DependencyKind.Requires)
            Edge(draft, DependencyKind.StopPropagatedFrom, device, source);
        if (path.StartsWith("/dev/", StringComparison.Ordinal)
            && UnitName.TryParse($"blockdev@{escaped}.target", out UnitName block))
            Edge(draft, DependencyKind.After, block, source);
    }

    private static void Edge(
        UnitDraft draft, DependencyKind kind, UnitName target, SourceLocation source)
    {
        if (target != draft.Name)
            draft.Dependencies.Add(kind, target, DependencyOrigin.Setting, source);
    }
}
