using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading;

/// <summary>What the kernel command line adds to the unit path.</summary>
public static class CommandLineUnits
{
    /// <summary>The path that messages show for it.</summary>
    public const string Path = "/proc/cmdline";

    /// <summary>
    /// The tree with a directory above all others that masks what <c>systemd.mask=</c> names and
    /// lets the boot goal want what <c>systemd.wants=</c> names; the tree itself when nothing is.
    /// </summary>
    public static UnitFileTree Apply(UnitFileTree tree, KernelCommandLine line, UnitName goal)
    {
        if (line.Masks.Count + line.Wants.Count == 0)
            return tree;
        var masks = new SortedSet<UnitName>(line.Masks);
        var wants = new SortedSet<UnitName>(line.Wants);
        List<UnitTreeEntry> links = [];
        foreach (UnitName name in wants)
            links.Add(UnitTreeEntry.OfLink(name.Value, $"/usr/lib/systemd/system/{name}"));
        List<UnitTreeFolder> folders = links.Count > 0
            ? [new UnitTreeFolder($"{goal}.wants", links)] : [];
        List<UnitTreeEntry> entries = [];
        foreach (UnitName name in masks)
            entries.Add(UnitTreeEntry.OfMask(name.Value));
        return tree.WithFirst(new UnitTreeDirectory(Path, entries, folders));
    }
}
