using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;

namespace InitTx.Linux.Cgroups;

/// <summary>Which control groups the machine has (cgroups(7)).</summary>
public enum CgroupMode : byte
{
    /// <summary>None is mounted: services are tracked by parentage and process group.</summary>
    None,

    /// <summary>Version 1 only: left alone, as if there were none.</summary>
    Legacy,

    /// <summary>
    /// Version 1 with a version 2 hierarchy beside it, which tracks; v1 is left alone.
    /// </summary>
    Hybrid,

    /// <summary>Version 2.</summary>
    Unified,
}

/// <summary>
/// Where the version 2 hierarchy is mounted, and where the manager stood at its start.
/// </summary>
/// <param name="MountPoint">Empty without version 2.</param>
/// <param name="OwnPath">The manager's cgroup, "/" or "/a/b".</param>
/// <param name="Problem">What is lost and why; empty when all is well.</param>
public sealed record CgroupLayout(
    CgroupMode Mode, string MountPoint, string OwnPath, string Problem)
{
    /// <summary>Looks at the mounts below <paramref name="mount"/> and at our own cgroup.</summary>
    public static CgroupLayout Detect(ProcFs proc, string mount = "/sys/fs/cgroup")
    {
        var (mode, point) = FindMount(mount);
        if (point.Length == 0)
            return new(mode, "", "", mode == CgroupMode.None ? "no cgroups" : "cgroup v1 only");
        string own = ReadOwn(proc);

        // Through a bind mount or in a foreign namespace the path says nothing about the mount.
        return own.Length == 0 || own.Contains("/..", StringComparison.Ordinal)
            ? new(CgroupMode.None, "", "", "own cgroup is not below " + point)
            : new(mode, point, own, "");
    }

    private static (CgroupMode Mode, string Point) FindMount(string mount)
    {
        switch (TypeOf(mount))
        {
            case Libc.CGROUP2_SUPER_MAGIC:
                return (CgroupMode.Unified, mount);
            case Libc.TMPFS_MAGIC:
                string unified = mount + "/unified";
                if (TypeOf(unified) == Libc.CGROUP2_SUPER_MAGIC)
                    return (CgroupMode.Hybrid, unified);
                return TypeOf(mount + "/systemd") == Libc.CGROUP_SUPER_MAGIC
                    || TypeOf(mount + "/memory") == Libc.CGROUP_SUPER_MAGIC
                    ? (CgroupMode.Legacy, "")
                    : (CgroupMode.None, "");
            default:
                return (CgroupMode.None, "");
        }
    }

    private static long TypeOf(string path)
    {
        var opened = Files.Open(Files.Cwd, path, Libc.O_PATH | Libc.O_DIRECTORY);
        if (opened.IsError)
            return 0;
        using var fd = opened.Require();
        var type = Files.FileSystemType(fd.Number);
        return type.IsError ? 0 : type.Raw;
    }

    private static string ReadOwn(ProcFs proc) =>
        ProcessFacts.ReadCgroup(proc, Libc.getpid()) is { Length: > 0 } path ? path : "";
}
