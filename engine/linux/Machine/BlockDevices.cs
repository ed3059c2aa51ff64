using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Mounts;

namespace InitTx.Linux.Machine;

/// <summary>
/// The whole block device behind a path, as the io controller counts: a device node's own, and for
/// any other file that of the file system which the mount table has at its path. Nothing is looked
/// up on a disk: that could hang. So links in the path of a file are not followed; what lies on a
/// device without a number of its own (btrfs, overlay, a network) has none.
/// </summary>
public static class BlockDevices
{
    private const int NestedMax = 4;
    private const string Nodes = "/dev/";

    /// <summary>"major:minor", or null.</summary>
    /// <param name="blocks">Where sysfs has its list of block devices.</param>
    public static string? Find(string path, string blocks = "/sys/dev/block") =>
        OfNode(path) is { } node ? Whole(node, blocks)
            : OfMount(path, MountTable.Read()) is { } mounted ? Whole(mounted, blocks) : null;

    /// <summary>The device that the mount table has at a path; null for none.</summary>
    public static string? OfMount(string path, IReadOnlyList<MountEntry> mounts)
    {
        MountEntry? nearest = null;
        foreach (MountEntry mount in mounts)
        {
            // Of two at one place the later one is on top.
            if (IsBelow(path, mount.Path)
                && (nearest is null || mount.Path.Length >= nearest.Path.Length))
                nearest = mount;
        }

        return nearest is { Device.Length: > 0 }
            && !nearest.Device.StartsWith("0:", StringComparison.Ordinal) ? nearest.Device : null;
    }

    // All of /dev is in memory.
    private static string? OfNode(string path) =>
        path.StartsWith(Nodes, StringComparison.Ordinal)
            && !path.Contains("/../", StringComparison.Ordinal)
            && PathFacts.Device(path, out bool block, out uint major, out uint minor).IsOk && block
                ? FormattableString.Invariant($"{major}:{minor}") : null;

    private static bool IsBelow(string path, string mount) =>
        mount == "/" || (path.StartsWith(mount, StringComparison.Ordinal)
            && (path.Length == mount.Length || path[mount.Length] == '/'));

    // The controller knows disks, not their partitions.
    private static string Whole(string device, string blocks)
    {
        Span<byte> text = stackalloc byte[32];
        for (int i = 0; i < NestedMax; i++)
        {
            if (Files.ReadAll(Files.Cwd, $"{blocks}/{device}/partition", text).IsError)
                break;
            SysResult read = Files.ReadAll(Files.Cwd, $"{blocks}/{device}/../dev", text);
            if (read.IsError)
                break;
            device = Encoding.ASCII.GetString(text[..read.Value]).Trim();
        }

        return device;
    }
}
