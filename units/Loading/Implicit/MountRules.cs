using InitTx.Units.Model;

namespace InitTx.Units.Loading.Implicit;

/// <summary>What systemd.mount(5) says about places in the tree and about options.</summary>
internal static class MountRules
{
    private static readonly string[] Kernel = ["/proc", "/sys", "/dev", "/run/initramfs"];

    private static readonly string[] Api =
    [
        "/proc", "/proc/sys", "/proc/kmsg", "/sys", "/sys/kernel/security", "/sys/fs/smackfs",
        "/sys/fs/selinux", "/sys/fs/cgroup", "/sys/fs/pstore", "/sys/fs/bpf",
        "/sys/firmware/efi/efivars", "/dev", "/dev/shm", "/dev/pts", "/dev/console", "/run",
        "/run/lock",
    ];

    private static readonly string[] Network =
    [
        "afs", "ceph", "cifs", "smb3", "smbfs", "sshfs", "ncpfs", "ncp", "nfs", "nfs4", "gfs",
        "gfs2", "glusterfs", "gpfs", "pvfs2", "ocfs2", "lustre", "davfs",
    ];

    private static readonly string[] Quota =
        ["usrquota", "grpquota", "quota", "usrjquota", "grpjquota"];

    /// <summary>
    /// True for what stays mounted as long as the system runs: the root, /usr, the kernel's own.
    /// </summary>
    public static bool IsExtrinsic(string where)
    {
        if (where is "/" or "/usr")
            return true;
        foreach (string parent in Kernel)
        {
            if (where.StartsWith(parent, StringComparison.Ordinal)
                && (where.Length == parent.Length || where[parent.Length] == '/'))
                return true;
        }

        return false;
    }

    /// <summary>True for the file systems that are there before any unit is.</summary>
    public static bool IsApi(string where) => Array.IndexOf(Api, where) >= 0
        || where.StartsWith("/sys/fs/cgroup/", StringComparison.Ordinal);

    /// <summary>Another directory mounted a second time.</summary>
    public static bool IsBind(MountSettings m) =>
        m.FileSystemType is "bind" or "rbind" || HasOption(m.Options, ["bind", "rbind"]);

    /// <summary>A file mounted by way of a loop device.</summary>
    public static bool IsLoop(MountSettings m) => HasOption(m.Options, ["loop"]);

    public static bool IsNetwork(MountSettings m)
    {
        string type = m.FileSystemType ?? "";
        if (type.StartsWith("fuse.", StringComparison.Ordinal))
            type = type["fuse.".Length..];
        return Array.IndexOf(Network, type) >= 0 || HasOption(m.Options, ["_netdev"]);
    }

    /// <summary>The last of nofail and fail counts.</summary>
    public static bool IsNoFail(MountSettings m)
    {
        bool nofail = false;
        foreach (string option in (m.Options ?? "").Split(','))
            nofail = option == "nofail" || (nofail && option != "fail");
        return nofail;
    }

    public static bool NeedsQuota(MountSettings m) =>
        !IsNetwork(m) && !IsBind(m) && HasOption(m.Options, Quota);

    public static bool BindsToDevice(MountSettings m) =>
        HasOption(m.Options, ["x-systemd.device-bound"]);

    /// <summary>True for a path of /dev, which names a device.</summary>
    public static bool IsDevice(string what) => what.StartsWith("/dev/", StringComparison.Ordinal)
        || what.StartsWith("/sys/", StringComparison.Ordinal);

    // An option may carry a value: usrjquota=aquota.user
    private static bool HasOption(string? options, string[] names)
    {
        foreach (string option in (options ?? "").Split(','))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            if (Array.IndexOf(names, equals < 0 ? option : option[..equals]) >= 0)
                return true;
        }

        return false;
    }
}
