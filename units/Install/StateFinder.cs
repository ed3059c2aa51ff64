using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Install;

/// <summary>
/// Finds the state of a unit by the links there are, as systemctl(1) is-enabled does: a link of
/// the unit's own names in a folder of dependencies or beside it, in /etc, in /run, elsewhere.
/// </summary>
internal sealed class StateFinder(InstallCatalog catalog, InstallDirectories directories)
{
    /// <summary>The state; null when there is no such unit.</summary>
    public UnitFileState? Of(UnitName name)
    {
        InstallInfo? info = catalog.Find(name, out _);
        if (info is null)
            return null;
        if (info.IsMasked)
            return info.Path.StartsWith("/run/", StringComparison.Ordinal)
                || directories.IsRuntime(info.Directory)
                ? UnitFileState.MaskedRuntime
                : UnitFileState.Masked;
        if (info.Name != name || IsAliasOfLinked(info))
            return UnitFileState.Alias;
        if (info.Directory.Contains("/generator", StringComparison.Ordinal))
            return UnitFileState.Generated;
        if (info.Directory.EndsWith("/transient", StringComparison.Ordinal))
            return UnitFileState.Transient;
        if (Search(info, byName: true) is { } state)
            return state;
        return Search(info, byName: false) is null ? Without(info) : UnitFileState.Indirect;
    }

    // A link to a file outside the unit path that is linked under its own name as well.
    private bool IsAliasOfLinked(InstallInfo info)
    {
        string own = info.Path[(info.Path.LastIndexOf('/') + 1)..];
        return info.IsLinked && own != info.Name.Template.Value
            && UnitName.TryParse(own, out UnitName other)
            && catalog.Find(other, out _) is { } found && found.Path == info.Path;
    }

    private static UnitFileState Without(InstallInfo info)
    {
        InstallSettings rules = info.Rules;
        if (rules.Alias.Count + rules.WantedBy.Count + rules.RequiredBy.Count
            + rules.UpheldBy.Count > 0)
            return UnitFileState.Disabled;
        return rules.Also.Count > 0 ? UnitFileState.Indirect : UnitFileState.Static;
    }

    private UnitFileState? Search(InstallInfo info, bool byName)
    {
        bool runtime = false;
        bool elsewhere = false;
        UnitFileState? linked = null;
        bool below = false;
        foreach (UnitTreeDirectory directory in catalog.Tree.Directories)
        {
            (bool found, bool same) = Look(directory, info, byName, below);
            if (found && directories.IsPersistent(directory.Path))
                return UnitFileState.Enabled;
            runtime |= found && directories.IsRuntime(directory.Path);
            elsewhere |= found;
            if (same && !found)
            {
                linked ??= directories.IsPersistent(directory.Path) ? UnitFileState.Linked
                    : directories.IsRuntime(directory.Path) ? UnitFileState.LinkedRuntime : null;
            }

            // Further down a link of the unit's own name is overridden by the unit's file.
            below |= !info.IsLinked && directory.Path == info.Directory;
        }

        if (runtime)
            return UnitFileState.EnabledRuntime;

        // The distribution's own link to an instance starts it wherever it is installed.
        if (elsewhere && info.Name.IsInstance)
            return UnitFileState.Static;
        return linked;
    }

    // Found: a link that starts the unit. Same: the link that puts its file onto the unit path.
    private static (bool Found, bool Same) Look(
        UnitTreeDirectory directory, InstallInfo info, bool byName, bool below)
    {
        foreach (UnitTreeFolder folder in directory.Folders)
        {
            if (!LinkTable.IsLinkFolder(folder.Name))
                continue;
            foreach (UnitTreeEntry entry in folder.Entries)
            {
                if (entry.Target.Length > 0
                    && (byName ? IsKnown(info, entry.Name) : LeadsTo(entry, info.Name)))
                    return (true, false);
            }
        }

        bool same = false;
        foreach (UnitTreeEntry entry in directory.Entries)
        {
            if (entry.Target.Length == 0)
                continue;
            bool named = !below && entry.Name == info.Name.Value;
            bool leads = LeadsTo(entry, info.Name);
            same |= named && leads;
            bool bound = named != leads;
            if (bound && (!byName || IsKnown(info, entry.Name)))
                return (true, same);
        }

        return (false, same);
    }

    private static bool LeadsTo(UnitTreeEntry entry, UnitName name) =>
        entry.Target.AsSpan(entry.Target.LastIndexOf('/') + 1).SequenceEqual(name.Value);

    private static bool IsKnown(InstallInfo info, string name) =>
        name == info.Name.Value || name == info.LinkName.Value || info.KnownAliases.Contains(name);
}
