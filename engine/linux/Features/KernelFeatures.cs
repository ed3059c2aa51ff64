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
            "pidfd_send_signal(2)", "5.1",
            "signals that cannot meet another process",
            "kill(2) of our own unreaped children only; others are not signalled",
            [
                new("linux", "FallbackTests",
                    "Without_pidfd_send_signal_own_children_are_signalled_and_others_are_not"),
            ],
            FeatureProbes.PidfdSendSignal),
        new(
            "pidfd_open(2)", "5.3",
            "exits and identities of processes",
            "children are looked up by pid at each SIGCHLD; adopted processes are refused",
            [
                new("linux", "FallbackTests",
                    "Without_pidfd_open_an_exit_is_found_by_pid_and_reaped_when_told"),
                new("linux", "FallbackTests",
                    "Without_pidfd_open_own_children_are_signalled_and_others_are_not"),
                new("ns", "FallbackTests",
                    "Without_pidfds_a_crash_loses_no_service_and_no_exit_status"),
            ],
            FeatureProbes.PidfdOpen),
        new(
            "clone3(2)", "5.3",
            "making a process with its pidfd and cgroup in one step",
            "clone(2), then pidfd_open(2) and cgroup.procs; EPERM, for which glibc has no "
            + "fallback, is made ENOSYS",
            [
                new("linux", "SpawnTests",
                    "Without_clone3"),
                new("ns", "FallbackTests",
                    "Without_pidfds_clone3_openat2_and_close_range_services_are_supervised"),
                new("ns", "FallbackTests",
                    "Where_clone3_is_forbidden_programs_with_threads_start_all_the_same"),
            ],
            FeatureProbes.Clone3),
        new(
            "waitid(2) P_PIDFD", "5.4",
            "looking at an exit without reaping it, by pidfd",
            "by pid: an unreaped child keeps it",
            [
                new("linux", "FallbackTests",
                    "Without_waitid_by_pidfd_an_exit_is_peeked_by_pid"),
            ],
            FeatureProbes.WaitPidfd),
        new(
            "clone3 CLONE_CLEAR_SIGHAND", "5.5",
            "children without our signal handlers",
            "each handler is reset in the child",
            [
                new("linux", "SpawnTests",
                    "Without_clone3"),
                new("ns", "HostileStartTests",
                    "Boots_as_an_empty_environment_does"),
            ],
            FeatureProbes.Unasked),
        new(
            "openat2(2)", "5.6",
            "paths below a directory that cannot leave it",
            "component by component with O_NOFOLLOW",
            [
                new("linux", "FallbackTests",
                    "Without_openat2_a_path_below_is_opened_and_one_that_leaves_is_not"),
                new("linux", "BeneathPathTests",
                    "A_path_stays_below_and_meets_no_link_with_and_without_openat2"),
            ],
            FeatureProbes.Openat2),
        new(
            "clone3 CLONE_INTO_CGROUP", "5.7",
            "children that are born in their cgroup",
            "the child writes cgroup.procs before it executes",
            [
                new("ns", "FallbackTests",
                    "Without_pidfds_clone3_openat2_and_close_range_services_are_supervised"),
                new("linux", "SpawnTests",
                    "A_descriptor_that_is_no_cgroup_is_a_failed_step_and_not_a_process_elsewhere"),
            ],
            FeatureProbes.Unasked),
        new(
            "close_range(2)", "5.9",
            "children without our descriptors",
            "descriptor by descriptor",
            [
                new("linux", "SpawnTests",
                    "Without_close_range_the_listed_descriptors_still_do_not_reach_the_child"),
            ],
            FeatureProbes.CloseRange),
        new(
            "cgroup.kill", "5.14",
            "ending a service with everything it forked",
            "SIGKILL in rounds over cgroup.procs",
            [
                new("linux", "CgroupTreeTests",
                    "Kernels_without_cgroup_kill_are_killed_in_rounds"),
            ],
            FeatureProbes.CgroupKill),
        new(
            "memfd_create MFD_EXEC, MFD_NOEXEC_SEAL", "6.3",
            "saying which anonymous file may be executed",
            "the flag is left out",
            [
                new("linux", "FallbackTests",
                    "Without_the_exec_flags_of_memfd_create_sealed_content_is_the_same"),
                new("vm", "OldKernelTests",
                    "What_the_kernel_lacks_is_told_and_done_without"),
            ],
            FeatureProbes.MemfdExec),
        new(
            "executable memfds (vm.memfd_noexec)", "6.3",
            "our own image, independent of every disk",
            "a copy on an executable tmpfs of our own, else the file itself",
            [
                new("ns", "FallbackTests",
                    "Where_no_memfd_may_be_executed_a_crash_still_finds_an_image"),
            ],
            FeatureProbes.MemfdExecAllowed),
        new(
            "tmpfs noswap", "6.4",
            "a journal that no swap device can hang",
            "ramfs, else tmpfs with the risk shown",
            [
                new("vm", "OldKernelTests",
                    "What_the_kernel_lacks_is_told_and_done_without"),
                new("linux", "FallbackTests",
                    "A_ramfs_that_was_mounted_before_an_exec_is_kept_as_it_is"),
            ],
            FeatureProbes.TmpfsNoSwap),
        new(
            "SO_PEERPIDFD", "6.5",
            "which process is at the other end of a control connection",
            "pidfd_open(2), uid and start time compared; the row says unverified when that fails",
            [
                new("linux", "FallbackTests",
                    "Without_SO_PEERPIDFD_a_requester_is_verified_by_its_start_time"),
                new("linux", "FallbackTests",
                    "Without_SO_PEERPIDFD_and_pidfd_open_a_requester_is_its_uid_and_unverified"),
                new("vm", "OldKernelTests",
                    "What_the_kernel_lacks_is_told_and_done_without"),
            ],
            FeatureProbes.PeerPidfd),
        new(
            "SO_PASSRIGHTS", "6.16",
            "a control socket over which no descriptor can be passed",
            "passed descriptors are dropped unseen; one that takes long to close holds the manager "
                + "up until the watchdog ends that",
            [
                new("linux", "ControlListenerTests",
                    "Without_SO_PASSRIGHTS_descriptors_are_dropped_unseen"),
            ],
            FeatureProbes.PassRights),
        new(
            "/proc", "-",
            "start times, cgroups and names of processes",
            "identity by pidfd only; processes are not adopted; names are empty",
            [
                new("linux", "ProcFsTests",
                    "Without_proc_everything_is_unknown_and_nothing_is_guessed"),
                new("linux", "ControlListenerTests",
                    "Without_proc_a_requester_has_its_uid_and_no_more"),
            ],
            FeatureProbes.Proc),
        new(
            "/sys", "-",
            "loop devices and hardware facts",
            "loop devices are not detached at shutdown",
            [
                new("linux", "UnmounterTests",
                    "Without_sys_no_loop_device_is_touched_and_nothing_fails"),
            ],
            FeatureProbes.Sys),
        new(
            "cgroup v2, writable", "4.5",
            "which process belongs to which service",
            "sessions, parents and spawn slots; no resource limits; a daemon that left both is "
            + "known by its PID file only",
            [
                new("ns", "FallbackTests",
                    "Without_cgroups_services_are_supervised_and_stopped_by_process_group"),
                new("ns", "FallbackTests",
                    "Without_cgroups_what_a_service_has_made_ends_with_it"),
                new("linux", "CgroupTreeTests",
                    "Without_version_two_everything_says_so"),
            ],
            FeatureProbes.Cgroup2),
        new(
            "/dev/watchdog0", "-",
            "a reset of the machine when PID 1 does not run (RuntimeWatchdogSec=)",
            "told on the console at the boot",
            [
                new("ns", "FallbackTests",
                    "Without_a_watchdog_device_it_is_told_and_the_rest_boots"),
                new("vm", "WatchdogTests",
                    "It_resets_the_machine_when_PID_1_does_not_run"),
            ],
            FeatureProbes.Unasked),
        new(
            "reboot(2) RB_DISABLE_CAD", "-",
            "Ctrl-Alt-Del as an orderly reboot",
            "refused in a PID namespace, where no key arrives",
            [
                new("vm", "BootTests",
                    "Control_alt_delete_stops_the_services_and_reboots"),
                new("ns", "DebianServicesTests",
                    "The_system_is_running_without_a_failed_unit"),
            ],
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

            The tests of the last column run the fallback: `./test LAYER` runs them.

            | What | Since | Used for | Without it | Held by |
            |---|---|---|---|---|

            """);
        foreach (var (name, since, use, fallback, tests, _) in All)
        {
            string held = string.Join("<br>", tests.Select(test => test.ToString()));
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {name} | {since} | {use} | {fallback} | {held} |\n");
        }

        return text.ToString();
    }
}
