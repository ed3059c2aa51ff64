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

    private const string Plain = "[Unit]\nDescription={0}\n";
    private const string Early = "[Unit]\nDescription={0}\nDefaultDependencies=no\n";
    private const string End = "[Unit]\nDescription={0}\nDefaultDependencies=no\nAllowIsolate=yes\n"
        + "Requires=shutdown.target umount.target final.target\n"
        + "After=shutdown.target umount.target final.target\n";

    private const string Shell = "[Unit]\nDescription={0}\nDefaultDependencies=no\n"
        + "Conflicts=shutdown.target\nBefore=shutdown.target\n{1}"
        + "[Service]\nType=idle\nExecStart=-{2}\nStandardInput=tty-force\nStandardOutput=inherit\n"
        + "StandardError=inherit\nTTYPath=/dev/console\nKillMode=process\nIgnoreSIGPIPE=no\n"
        + "SendSIGHUP=yes\nRestart=always\nRestartSec=1\n";

    private static readonly (string Name, string Text)[] Texts =
    [
        ("sysinit.target", "[Unit]\nDescription=System Initialization\nConflicts=emergency.target\nAfter=emergency.target\n"),
        ("basic.target", "[Unit]\nDescription=Basic System\nRequires=sysinit.target\nWants=sockets.target timers.target paths.target slices.target\nAfter=sysinit.target sockets.target paths.target slices.target\n"),
        ("multi-user.target", "[Unit]\nDescription=Multi-User System\nRequires=basic.target\nConflicts=rescue.service rescue.target\nAfter=basic.target rescue.service rescue.target\nAllowIsolate=yes\n"),
        ("rescue.target", "[Unit]\nDescription=Rescue Mode\nRequires=sysinit.target rescue.service\nAfter=sysinit.target rescue.service\nAllowIsolate=yes\n"),
        ("emergency.target", "[Unit]\nDescription=Emergency Mode\nRequires=emergency.service\nAfter=emergency.service\nAllowIsolate=yes\n"),
        ("rescue.service", Format(Shell, "Rescue Shell", "After=sysinit.target\n", "/sbin/sulogin")),
        ("emergency.service", Format(Shell, "Emergency Shell", "", "/sbin/sulogin")),
        ("sockets.target", Format(Plain, "Socket Units")),
        ("timers.target", Format(Plain, "Timer Units")),
        ("paths.target", Format(Plain, "Path Units")),
        ("slices.target", "[Unit]\nDescription=Slice Units\nWants=-.slice system.slice\nAfter=-.slice system.slice\n"),
        ("local-fs.target", Format(Early, "Local File Systems")),
        ("local-fs-pre.target", Format(Plain, "Preparation for Local File Systems")),
        ("remote-fs.target", Format(Plain, "Remote File Systems")),
        ("swap.target", Format(Plain, "Swaps")),
        ("network.target", Format(Plain, "Network")),
        ("network-online.target", Format(Plain, "Network is Online")),
        ("shutdown.target", Format(Early, "System Shutdown") + "RefuseManualStart=yes\n"),
        ("umount.target", Format(Early, "Unmount All Filesystems") + "RefuseManualStart=yes\n"),
        ("final.target", Format(Early, "Late Shutdown Services") + "RefuseManualStart=yes\nAfter=shutdown.target umount.target\n"),
        ("poweroff.target", Format(End, "System Power Off")),
        ("reboot.target", Format(End, "System Reboot")),
        ("halt.target", Format(End, "System Halt")),
        ("kexec.target", Format(End, "Reboot via kexec")),
        ("exit.target", Format(End, "Exit the Manager")),
        ("init.scope", "[Unit]\nDescription=System and Service Manager\nDefaultDependencies=no\nRefuseManualStart=yes\nRefuseManualStop=yes\nIgnoreOnIsolate=yes\n[Scope]\nSlice=-.slice\n"),
        ("-.slice", "[Unit]\nDescription=Root Slice\nDefaultDependencies=no\nIgnoreOnIsolate=yes\nRefuseManualStart=yes\nRefuseManualStop=yes\n"),
        ("system.slice", "[Unit]\nDescription=System Slice\nDefaultDependencies=no\nIgnoreOnIsolate=yes\n"),
    ];

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

    /// <summary>True for units that cannot be masked and whose absence would stop everything.</summary>
    public static bool IsPerpetual(string name) => name is "-.slice" or "system.slice" or "init.scope";

    private static UnitTreeDirectory Build()
    {
        List<UnitTreeEntry> entries = [];
        foreach ((string name, string text) in Texts)
            entries.Add(UnitTreeEntry.OfFile(name, Encoding.UTF8.GetBytes(text)));
        foreach ((string name, string target) in Aliases)
            entries.Add(UnitTreeEntry.OfLink(name, $"{Path}/{target}"));
        entries.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new UnitTreeDirectory(Path, entries, []);
    }

    private static string Format(string text, string first, string second = "", string third = "") =>
        text.Replace("{0}", first, StringComparison.Ordinal)
            .Replace("{1}", second, StringComparison.Ordinal)
            .Replace("{2}", third, StringComparison.Ordinal);
}
