using System.Globalization;
using System.Text;

namespace InitTx.Linux.Features;

/// <summary>
/// The table of what newer kernels have and older or restricted ones lack. One source for three
/// readers: `initx status` (missing[]), docs/generated/kernel.md, and the tests. No fallback asks
/// this table: each call finds out by itself, where it is made.
/// </summary>
public static class KernelFeatures
{
    /// <summary>All of it, oldest first.</summary>
    public static IReadOnlyList<KernelFeature> All { get; } =
    [
        new(
            "pidfd_send_signal(2)", "5.1", "signals that cannot meet another process",
            "kill(2) of our own unreaped children only; others are not signalled",
            "ChildReaperTests", FeatureProbes.PidfdSendSignal),
        new(
            "pidfd_open(2)", "5.3", "exits and identities of processes",
            "children are looked up by pid at each SIGCHLD; adopted processes are refused",
            "ChildReaperTests", FeatureProbes.PidfdOpen),
        new(
            "clone3(2)", "5.3", "making a process with its pidfd and cgroup in one step",
            "clone(2), then pidfd_open(2) and cgroup.procs (old container seccomp: ENOSYS, EPERM)",
            "shim tests", FeatureProbes.Clone3),
        new(
            "waitid(2) P_PIDFD", "5.4", "looking at an exit without reaping it, by pidfd",
            "by pid: an unreaped child keeps it", "ChildReaperTests", FeatureProbes.WaitPidfd),
        new(
            "clone3 CLONE_CLEAR_SIGHAND", "5.5", "children without our signal handlers",
            "each handler is reset in the child", "shim tests", FeatureProbes.Unasked),
        new(
            "openat2(2)", "5.6", "paths below a directory that cannot leave it",
            "component by component with O_NOFOLLOW", "BeneathPathTests", FeatureProbes.Openat2),
        new(
            "clone3 CLONE_INTO_CGROUP", "5.7", "children that are born in their cgroup",
            "the child writes cgroup.procs before it executes", "shim tests",
            FeatureProbes.Unasked),
        new(
            "close_range(2)", "5.9", "children without our descriptors",
            "descriptor by descriptor", "shim tests", FeatureProbes.CloseRange),
        new(
            "cgroup.kill", "5.14", "ending a service with everything it forked",
            "SIGKILL in rounds over cgroup.procs", "CgroupTreeTests", FeatureProbes.CgroupKill),
        new(
            "memfd_create MFD_EXEC, MFD_NOEXEC_SEAL", "6.3",
            "saying which anonymous file may be executed", "the flag is left out",
            "ChannelTests", FeatureProbes.MemfdExec),
        new(
            "executable memfds (vm.memfd_noexec)", "6.3",
            "our own image, independent of every disk",
            "a copy on an executable tmpfs of our own, else the file itself", "shim tests",
            FeatureProbes.MemfdExecAllowed),
        new(
            "tmpfs noswap", "6.4", "a journal that no swap device can hang",
            "ramfs, else tmpfs with the risk shown", "JournalMountTests",
            FeatureProbes.TmpfsNoSwap),
        new(
            "SO_PEERPIDFD", "6.5", "which process is at the other end of a control connection",
            "pidfd_open(2), uid and start time compared; the row says unverified when that fails",
            "ControlListenerTests", FeatureProbes.PeerPidfd),
        new(
            "/proc", "-", "start times, cgroups and names of processes",
            "identity by pidfd only; processes are not adopted; names are empty",
            "ProcFsTests", FeatureProbes.Proc),
        new(
            "/sys", "-", "loop devices and hardware facts",
            "loop devices are not detached at shutdown", "EarlyMountsTests", FeatureProbes.Sys),
        new(
            "cgroup v2, writable", "4.5", "which process belongs to which service",
            "parentage, process group and spawn slots; no resource limits", "CgroupTreeTests",
            FeatureProbes.Cgroup2),
        new(
            "reboot(2) RB_DISABLE_CAD", "-", "Ctrl-Alt-Del as an orderly reboot",
            "refused in a PID namespace, where no key arrives", "tests/vm",
            FeatureProbes.Unasked),
    ];

    /// <summary>What the running kernel lacks: "NAME (since X): what happens instead".</summary>
    public static List<string> Missing()
    {
        var missing = new List<string>();
        foreach (var feature in All)
        {
            if (feature.Probe() == FeatureState.Missing)
                missing.Add(feature.Since == "-"
                    ? $"{feature.Name}: {feature.Fallback}"
                    : $"{feature.Name} (Linux {feature.Since}): {feature.Fallback}");
        }

        return missing;
    }

    /// <summary>docs/generated/kernel.md.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder(
            """
            # Kernel table

            Floor: Linux 5.14. What is newer, or may be missing all the same, is found out where
            it is used; `initx status --json` lists in `missing[]` what the running kernel lacks.
            Generated from engine/linux/Features/KernelFeatures.cs.

            | What | Since | Used for | Without it | Held by |
            |---|---|---|---|---|

            """);
        foreach (var (name, since, use, fallback, test, _) in All)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {name} | {since} | {use} | {fallback} | {test} |\n");
        return text.ToString();
    }
}
