using System.Text;

namespace InitTx.Units.Loading;

/// <summary>
/// Units that exist even when no file does, as a directory below all others: enough to reach a
/// rescue shell and to shut down on a root without /etc or without any unit file. A file of the
/// same name anywhere on the unit path replaces one.
/// </summary>
internal static class BuiltInUnits
{
    /// <summary>The path that messages show.</summary>
    public const string Path = "(built-in)";

    /// <summary>The root, which is mounted before anything can be asked for it.</summary>
    public const string RootMount = "-.mount";

    private const string Marker = "### ";

    private const string Texts = """
        ### sysinit.target
        [Unit]
        Description=System Initialization
        Conflicts=emergency.service emergency.target
        After=emergency.service emergency.target
        ### basic.target
        [Unit]
        Description=Basic System
        Requires=sysinit.target
        Wants=sockets.target timers.target paths.target slices.target
        After=sysinit.target sockets.target paths.target slices.target
        ### multi-user.target
        [Unit]
        Description=Multi-User System
        Requires=basic.target
        Conflicts=rescue.service rescue.target
        After=basic.target rescue.service rescue.target
        AllowIsolate=yes
        ### rescue.target
        [Unit]
        Description=Rescue Mode
        Requires=sysinit.target rescue.service
        Wants=initx-shell.service
        After=sysinit.target rescue.service
        AllowIsolate=yes
        ### emergency.target
        [Unit]
        Description=Emergency Mode
        Requires=emergency.service
        Wants=initx-shell.service
        After=emergency.service
        AllowIsolate=yes
        ### rescue.service
        [Unit]
        Description=Rescue Shell
        DefaultDependencies=no
        After=sysinit.target
        Conflicts=shutdown.target
        Before=shutdown.target
        ConditionKernelCommandLine=!initx.shell=1
        [Service]
        Type=idle
        ExecStart=-/sbin/sulogin
        StandardInput=tty-force
        TTYPath=/dev/console
        KillMode=mixed
        IgnoreSIGPIPE=no
        SendSIGHUP=yes
        Restart=always
        RestartSec=1
        ### emergency.service
        [Unit]
        Description=Emergency Shell
        DefaultDependencies=no
        Conflicts=shutdown.target rescue.service
        Before=shutdown.target rescue.service
        ConditionKernelCommandLine=!initx.shell=1
        [Service]
        Type=idle
        ExecStart=-/sbin/sulogin
        StandardInput=tty-force
        TTYPath=/dev/console
        KillMode=mixed
        IgnoreSIGPIPE=no
        SendSIGHUP=yes
        Restart=always
        RestartSec=1
        ### initx-shell.service
        [Unit]
        Description=Shell without a password (initx.shell=1)
        DefaultDependencies=no
        Conflicts=shutdown.target
        Before=shutdown.target
        ConditionKernelCommandLine=initx.shell=1
        [Service]
        Type=idle
        ExecStart=-sh
        StandardInput=tty-force
        TTYPath=/dev/console
        KillMode=mixed
        IgnoreSIGPIPE=no
        SendSIGHUP=yes
        Restart=always
        RestartSec=1
        ### sockets.target
        [Unit]
        Description=Socket Units
        ### timers.target
        [Unit]
        Description=Timer Units
        ### paths.target
        [Unit]
        Description=Path Units
        ### slices.target
        [Unit]
        Description=Slice Units
        Wants=-.slice system.slice
        After=-.slice system.slice
        ### local-fs.target
        [Unit]
        Description=Local File Systems
        DefaultDependencies=no
        Conflicts=shutdown.target
        After=local-fs-pre.target
        ### local-fs-pre.target
        [Unit]
        Description=Preparation for Local File Systems
        ### remote-fs.target
        [Unit]
        Description=Remote File Systems
        ### swap.target
        [Unit]
        Description=Swaps
        ### network.target
        [Unit]
        Description=Network
        ### network-online.target
        [Unit]
        Description=Network is Online
        ### shutdown.target
        [Unit]
        Description=System Shutdown
        DefaultDependencies=no
        RefuseManualStart=yes
        ### umount.target
        [Unit]
        Description=Unmount All Filesystems
        DefaultDependencies=no
        RefuseManualStart=yes
        ### final.target
        [Unit]
        Description=Late Shutdown Services
        DefaultDependencies=no
        RefuseManualStart=yes
        After=shutdown.target umount.target
        ### poweroff.target
        [Unit]
        Description=System Power Off
        DefaultDependencies=no
        Requires=shutdown.target umount.target final.target
        After=shutdown.target umount.target final.target
        AllowIsolate=yes
        ### reboot.target
        [Unit]
        Description=System Reboot
        DefaultDependencies=no
        Requires=shutdown.target umount.target final.target
        After=shutdown.target umount.target final.target
        AllowIsolate=yes
        ### halt.target
        [Unit]
        Description=System Halt
        DefaultDependencies=no
        Requires=shutdown.target umount.target final.target
        After=shutdown.target umount.target final.target
        AllowIsolate=yes
        ### kexec.target
        [Unit]
        Description=Reboot via kexec
        DefaultDependencies=no
        Requires=shutdown.target umount.target final.target
        After=shutdown.target umount.target final.target
        AllowIsolate=yes
        ### exit.target
        [Unit]
        Description=Exit the Manager
        DefaultDependencies=no
        Requires=shutdown.target
        After=shutdown.target
        AllowIsolate=yes
        ### init.scope
        [Unit]
        Description=System and Service Manager
        Documentation=man:systemd(1)
        DefaultDependencies=no
        [Scope]
        Slice=-.slice
        ### -.mount
        [Unit]
        Description=Root Mount
        DefaultDependencies=no
        [Mount]
        StandardOutput=null
        ### -.slice
        [Unit]
        Description=Root Slice
        Documentation=man:systemd.special(7)
        DefaultDependencies=no
        ### system.slice
        [Unit]
        Description=System Slice
        Documentation=man:systemd.special(7)
        DefaultDependencies=no

        """;

    private static readonly (string Name, string Target)[] Aliases =
    [
        ("default.target", "rescue.target"),
        ("ctrl-alt-del.target", "reboot.target"),
        ("runlevel0.target", "poweroff.target"),
        ("runlevel1.target", "rescue.target"),
        ("runlevel6.target", "reboot.target"),
    ];

    /// <summary>The directory with all of them.</summary>
    public static readonly UnitTreeDirectory Directory = Build();

    /// <summary>True for the units that always exist and cannot be masked.</summary>
    public static bool IsPerpetual(string name) =>
        name is "-.slice" or "system.slice" or "init.scope" or RootMount;

    private static UnitTreeDirectory Build()
    {
        List<UnitTreeEntry> entries = [];
        foreach (string part in Texts.Split(Marker, StringSplitOptions.RemoveEmptyEntries))
        {
            int end = part.IndexOf('\n', StringComparison.Ordinal);
            entries.Add(UnitTreeEntry.OfFile(part[..end],
                Encoding.UTF8.GetBytes(part[(end + 1)..])));
        }

        foreach ((string name, string target) in Aliases)
            entries.Add(UnitTreeEntry.OfLink(name, $"{Path}/{target}"));
        entries.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new UnitTreeDirectory(Path, entries, []);
    }
}
