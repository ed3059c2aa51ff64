using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Mounts;

/// <summary>What became of one of the first mounts.</summary>
/// <param name="Error">None: it is mounted now, or was before.</param>
public readonly record struct EarlyMount(string Path, string Type, bool WasThere, Errno Error);

/// <summary>
/// The file systems of the kernel that every program expects, mounted by PID 1 where they are
/// missing. Nothing that is there is mounted over. A failure is told and tolerated: the manager
/// runs without any of them.
/// </summary>
public static class EarlyMounts
{
    private const nuint Plain = Libc.MS_NOSUID | Libc.MS_NODEV | Libc.MS_NOEXEC;
    private const nuint Memory = Libc.MS_NOSUID | Libc.MS_NODEV | Libc.MS_STRICTATIME;

    // No size for devtmpfs: there is one for the whole machine, and a container would resize it.
    private static readonly Wanted[] Table =
    [
        new("/proc", "proc", Plain, ""),
        new("/sys", "sysfs", Plain, ""),
        new("/dev", "devtmpfs", Libc.MS_NOSUID | Libc.MS_STRICTATIME, "mode=755"),
        new("/dev/pts", "devpts", Libc.MS_NOSUID | Libc.MS_NOEXEC, "mode=620,gid=5,ptmxmode=000"),
        new("/dev/shm", "tmpfs", Memory, "mode=1777"),
        new("/run", "tmpfs", Memory, "mode=755,size=20%,nr_inodes=800k"),
        new("/sys/fs/cgroup", "cgroup2", Plain, "nsdelegate,memory_recursiveprot"),
        new("/sys/kernel/security", "securityfs", Plain, "", Optional: true),
        new("/sys/fs/pstore", "pstore", Plain, "", Optional: true),
        new("/sys/fs/bpf", "bpf", Plain, "mode=700", Optional: true),
    ];

    private static readonly (string Link, string Target)[] Links =
    [
        ("/dev/fd", "/proc/self/fd"),
        ("/dev/stdin", "/proc/self/fd/0"),
        ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"),
    ];

    private static readonly (string Path, uint Mode, uint Major, uint Minor)[] Nodes =
    [
        ("/dev/null", 0b110_110_110, 1, 3),
        ("/dev/zero", 0b110_110_110, 1, 5),
        ("/dev/full", 0b110_110_110, 1, 7),
        ("/dev/random", 0b110_110_110, 1, 8),
        ("/dev/urandom", 0b110_110_110, 1, 9),
        ("/dev/kmsg", 0b110_100_100, 1, 11),
        ("/dev/tty", 0b110_110_110, 5, 0),
        ("/dev/console", 0b110_000_000, 5, 1),
    ];

    /// <summary>
    /// Mounts what is missing, in order, and makes the names in /dev that belong to it.
    /// </summary>
    /// <param name="root">A prefix for all paths, for tests; empty for the machine's own.</param>
    /// <returns>One answer for each; optional ones that failed are left out.</returns>
    public static List<EarlyMount> MountAll(string root = "")
    {
        var outcomes = new List<EarlyMount>();
        foreach (var wanted in Table)
        {
            var outcome = MountOne(root, wanted);
            if (outcome.Error == Errno.None || !wanted.Optional)
                outcomes.Add(outcome);
            if (wanted.Path == "/dev")
                PopulateDev(root);
        }

        return outcomes;
    }

    private static EarlyMount MountOne(string root, Wanted wanted)
    {
        string path = root + wanted.Path;
        if (MountCalls.IsMountPoint(path) is { IsOk: true, Value: 1 })
            return new(path, wanted.Type, true, Errno.None);

        // A read-only root may lack the directory; then mount says ENOENT.
        Files.MakeDirectory(Files.Cwd, path, 0b111_101_101);
        var mounted = Try(path, wanted.Type, wanted);
        if (mounted.IsError && wanted.Path == "/dev")
            mounted = Try(path, "tmpfs", wanted);
        return new(path, wanted.Type, false, mounted.Error);
    }

    private static SysResult Try(string path, string type, Wanted wanted)
    {
        var mounted = MountCalls.Mount(type, path, type, wanted.Flags, wanted.Options);

        // An option that this kernel, or a user namespace, does not take.
        return mounted.Error is Errno.EINVAL or Errno.EPERM && wanted.Options.Length > 0
            ? MountCalls.Mount(type, path, type, wanted.Flags, "")
            : mounted;
    }

    private static unsafe void PopulateDev(string root)
    {
        // What exists stays; what cannot be made is missed by whoever needs it.
        byte* name = stackalloc byte[4096];
        foreach (var (path, mode, major, minor) in Nodes)
        {
            if (Files.Encode(root + path, name).IsError
                || Libc.mknodat(
                    Libc.AT_FDCWD, name, Libc.S_IFCHR | mode, Files.MakeDevice(major, minor)) != 0)
            {
                continue;
            }

            Libc.fchmodat(Libc.AT_FDCWD, name, mode, 0);
        }

        foreach (var (link, target) in Links)
            Files.MakeSymlink(target, Files.Cwd, root + link);
    }

    private sealed record Wanted(
        string Path, string Type, nuint Flags, string Options, bool Optional = false);
}
