using System.Text;
using InitTx.Linux;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Handles;
using InitTx.Linux.Mounts;

namespace InitTx.Exec.Setup;

/// <summary>
/// The control group of the unit, for programs of the kernel that hold for all of its processes.
/// </summary>
internal static class OwnGroup
{
    public const string Missing = "the unit has no cgroup of its own in cgroup2";

    /// <summary>
    /// Its directory; null without. Only a group that bears the unit's name is its own: another's
    /// would be closed to others too.
    /// </summary>
    public static string? Find(string unit)
    {
        string? path = null;
        foreach (string line in Lines("/proc/self/cgroup"))
        {
            if (line.StartsWith("0::", StringComparison.Ordinal))
                path = line[3..];
        }

        if (path is null
            || !path.EndsWith("/" + CgroupName.Escape(unit), StringComparison.Ordinal))
            return null;
        foreach (MountEntry mount in MountTable.Read())
        {
            if (mount.Type != "cgroup2")
                continue;
            SysResult<FileDescriptor> found = Directories.Open(mount.Path + path);
            found.Value?.Dispose();
            if (found.IsOk)
                return mount.Path + path;
        }

        return null;
    }

    /// <summary>The lines of a file of /proc; none when it cannot be read.</summary>
    public static string[] Lines(string path)
    {
        byte[] room = new byte[64 * 1024];
        SysResult read = Files.ReadAll(Files.Cwd, path, room);
        return read.IsError ? [] : Encoding.UTF8.GetString(room, 0, read.Value).Split('\n');
    }
}
