using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Machine;
using InitTx.Linux.Mounts;

namespace InitTx.Linux.Power;

/// <summary>A file system that could be neither unmounted nor made read-only.</summary>
public sealed record BusyMount(string Path, string Type, Errno Error);

/// <summary>
/// Swap off, file systems unmounted or read-only, loop devices detached: so that reboot(2) finds
/// everything on disk. Every call here can block for ever on a dead disk or server: this runs in a
/// child of its own that PID 1 can leave behind, never in PID 1. Bounded passes, no recursion;
/// each pass takes the mounts in reverse order, so that what lies upon another goes first.
/// <para>Outside of the machine's first PID namespace it only syncs: a container's mounts go with
/// it, but its swap devices and the file systems behind its bind mounts are the machine's.</para>
/// </summary>
public static class Unmounter
{
    /// <summary>Passes over the table at most; a pass that changes nothing is the last.</summary>
    public const int PassesMax = 16;

    private const int LoopDevicesMax = 1024;

    /// <summary>
    /// Hold nothing that a disk would miss, and the manager stands on some of them.
    /// </summary>
    private static readonly HashSet<string> Virtual = new(StringComparer.Ordinal)
    {
        "proc", "sysfs", "devtmpfs", "devpts", "tmpfs", "ramfs", "rootfs", "cgroup", "cgroup2",
        "securityfs", "pstore", "bpf", "debugfs", "tracefs", "configfs", "mqueue", "hugetlbfs",
        "autofs", "binfmt_misc", "efivarfs", "fusectl", "nsfs", "rpc_pipefs", "selinuxfs",
    };

    /// <summary>Does all of it; what is returned still holds unwritten data or is in use.</summary>
    public static List<BusyMount> Run()
    {
        List<BusyMount> busy = [];
        if (!InitialNamespace.IsOurs())
        {
            Libc.sync();
            return busy;
        }

        SwapOffAll();
        for (int pass = 0; pass < PassesMax; pass++)
        {
            bool changed = Pass(MountTable.Read(), busy);
            changed |= DetachLoopDevices();
            if (busy.Count == 0 || !changed)
                break;
        }

        Libc.sync();
        return busy;
    }

    /// <summary>One pass; true when something was unmounted or made read-only.</summary>
    internal static bool Pass(IReadOnlyList<MountEntry> entries, List<BusyMount> busy)
    {
        busy.Clear();
        bool changed = false;
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            var entry = entries[i];
            if (Virtual.Contains(entry.Type))
                continue;
            SysResult result;
            if (entry.Path != "/")
            {
                result = MountCalls.Unmount(entry.Path, Libc.UMOUNT_NOFOLLOW);
                if (result.IsOk)
                {
                    changed = true;
                    continue;
                }
            }

            if (entry.IsReadOnly)
                continue;
            result = MountCalls.RemountReadOnly(entry.Path);
            if (result.IsOk)
                changed = true;
            else
                busy.Add(new(entry.Path, entry.Type, result.Error));
        }

        return changed;
    }

    private static void SwapOffAll()
    {
        foreach (SwapEntry swap in SwapTable.Read())
            MountCalls.SwapOff(swap.Path);
    }

    internal static unsafe bool DetachLoopDevices()
    {
        var opened = Files.Open(Files.Cwd, "/sys/block", Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (opened.Value is not { } directory)
            return false;
        using (directory)
        {
            var names = new List<string>();
            DirectoryList.Names(directory, LoopDevicesMax, names);
            bool changed = false;
            foreach (string name in names)
            {
                if (!name.StartsWith("loop", StringComparison.Ordinal)
                    || Files.Status(
                        Files.Cwd, $"/sys/block/{name}/loop/backing_file", out _).IsError)
                {
                    continue;
                }

                using var device = Files.Open(Files.Cwd, "/dev/" + name, Libc.O_RDONLY).Value;
                changed |= device is not null
                    && Libc.ioctl(device.Number, Libc.LOOP_CLR_FD, null) == 0;
            }

            return changed;
        }
    }
}
