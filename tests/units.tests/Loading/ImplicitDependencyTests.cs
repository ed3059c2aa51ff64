using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// Edges and paths that follow from a unit's type and settings, type by type ("Implicit
/// Dependencies" and "Default Dependencies" of the man pages).
/// </summary>
public sealed class ImplicitDependencyTests
{
    private const string Disk = "[Mount]\nWhat=/dev/x\n";
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    // Words: Kind:unit is there, -Kind:unit is not, /path is a path whose mounts are needed.
    [TestCase("a.timer", "[Timer]\nOnCalendar=daily\n", "Before:timers.target "
        + "Requires:sysinit.target After:time-sync.target After:time-set.target "
        + "Conflicts:shutdown.target Triggers:a.service Before:a.service")]
    [TestCase("a.timer", "[Timer]\nOnBootSec=1\n",
        "Requires:sysinit.target -After:time-sync.target")]
    [TestCase("a.timer", "[Timer]\nOnBootSec=1\nPersistent=yes\n", "/var/lib/systemd/timers")]
    [TestCase("a.timer", "[Unit]\nDefaultDependencies=no\n[Timer]\nOnCalendar=daily\n",
        "Triggers:a.service -Before:timers.target -After:time-sync.target")]
    [TestCase("a.path", "[Path]\nPathExists=/srv/x\n",
        "Before:paths.target Requires:sysinit.target Triggers:a.service /srv/x")]
    [TestCase("a.socket", "[Socket]\nListenStream=/run//x\n", "Before:sockets.target "
        + "Requires:sysinit.target Triggers:a.service Requires:system.slice /run/x")]
    [TestCase("a.socket", "[Socket]\nListenMessageQueue=/x\n", "Triggers:a.service -/x")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nService=b.service\n",
        "Triggers:b.service Before:b.service -Triggers:a.service")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nAccept=yes\n", "-Triggers:a.service")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nBindToDevice=eth0\n",
        "BindsTo:sys-subsystem-net-devices-eth0.device "
            + "After:sys-subsystem-net-devices-eth0.device")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nBindToDevice=lo\n",
        "-BindsTo:sys-subsystem-net-devices-lo.device")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nBindToDevice=eth0\nBindToDevice=\n",
        "-BindsTo:sys-subsystem-net-devices-eth0.device")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nExecStartPre=/bin/x\nWorkingDirectory=/w\n",
        "/w")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nWorkingDirectory=/w\n", "-/w")]
    [TestCase("a.target", "[Unit]\n", "Conflicts:shutdown.target Before:shutdown.target")]
    [TestCase("shutdown.target", "[Unit]\n", "-Conflicts:shutdown.target -Before:shutdown.target")]
    [TestCase("a.slice", "[Unit]\n", "Conflicts:shutdown.target Requires:-.slice")]
    [TestCase("a-b.slice", "[Unit]\n", "Requires:a.slice After:a.slice Slice:a.slice")]
    [TestCase("system.slice", "[Unit]\n", "-Conflicts:shutdown.target Requires:-.slice")]
    [TestCase("run-x.automount", "[Automount]\n", "Before:local-fs.target "
        + "After:local-fs-pre.target Conflicts:umount.target Triggers:run-x.mount "
        + "Before:run-x.mount")]
    [TestCase("dev-x.swap", "[Swap]\nWhat=/dev/x\n", "Before:swap.target "
        + "Conflicts:umount.target Requires:dev-x.device After:dev-x.device "
        + "After:blockdev@dev-x.target -StopPropagatedFrom:dev-x.device /dev/x")]
    [TestCase("dev-x.swap", "[Swap]\n", "Before:swap.target -Requires:dev-x.device /dev/x")]
    [TestCase("srv-swap.swap", "[Swap]\nWhat=/srv/swap\n",
        "After:systemd-remount-fs.service /srv/swap -Requires:srv-swap.device")]
    [TestCase("run-x.mount", Disk, "Before:local-fs.target After:local-fs-pre.target "
        + "Before:umount.target Conflicts:umount.target Requires:dev-x.device "
        + "After:dev-x.device StopPropagatedFrom:dev-x.device After:blockdev@dev-x.target "
        + "Requires:system.slice /run /dev/x")]
    [TestCase("run-x.mount", Disk + "Options=x-systemd.device-bound\n",
        "BindsTo:dev-x.device -Requires:dev-x.device -StopPropagatedFrom:dev-x.device")]
    [TestCase("run-x.mount", Disk + "Options=ro,nofail\n",
        "-Before:local-fs.target After:local-fs-pre.target")]
    [TestCase("run-x.mount", Disk + "Options=nofail,fail\n", "Before:local-fs.target")]
    [TestCase("run-x.mount", Disk + "Options=_netdev\n", "Before:remote-fs.target "
        + "After:remote-fs-pre.target After:network.target After:network-online.target "
        + "Wants:network-online.target Requires:dev-x.device -Before:local-fs.target -/dev/x")]
    [TestCase("run-x.mount", "[Mount]\nWhat=h:/x\nType=nfs4\n",
        "Before:remote-fs.target -Requires:dev-x.device")]
    [TestCase("run-x.mount", "[Mount]\nWhat=c\nType=afs\n", "Before:remote-fs.target")]
    [TestCase("run-x.mount", "[Mount]\nWhat=h:/x\nType=fuse.sshfs\n",
        "Before:remote-fs.target Wants:network-online.target")]
    [TestCase("run-x.mount", "[Mount]\nWhat=x\nType=fuse.other\n", "Before:local-fs.target")]
    [TestCase("run-x.mount", "[Mount]\nWhat=/dev/x\nType=bind\n",
        "/dev/x -Requires:dev-x.device")]
    [TestCase("run-x.mount", "[Mount]\nWhat=/srv//y\nOptions=rbind\n",
        "/srv/y -Requires:srv-y.device")]
    [TestCase("run-x.mount", "[Mount]\nWhat=/srv/i\nOptions=loop,_netdev\n", "/srv/i")]
    [TestCase("run-x.mount", "[Mount]\nWhat=tmpfs\nType=tmpfs\n",
        "After:swap.target -After:blockdev@tmpfs.target")]
    [TestCase("run-x.mount", "[Mount]\nWhat=/sys/x\n",
        "Requires:sys-x.device -After:blockdev@sys-x.target")]
    [TestCase("run-x.mount", "[Mount]\nWhat=/dev/root\n", "-Requires:dev-root.device")]
    [TestCase("run-x.mount", "[Mount]\nWhat=/dev/nfs\n", "-Requires:dev-nfs.device")]
    [TestCase("run-x.mount", Disk + "Options=usrjquota=a.user,ro\n",
        "Wants:quotaon.service Before:quotaon.service Wants:systemd-quotacheck.service")]
    [TestCase("run-x.mount", Disk + "Options=usrquota,_netdev\n", "-Wants:quotaon.service")]
    [TestCase("run-x.mount", Disk + "Options=usrquota,bind\n", "-Wants:quotaon.service")]
    [TestCase("usr.mount", Disk, "-Before:local-fs.target -Conflicts:umount.target "
        + "Requires:-.slice -Requires:system.slice")]
    [TestCase("sys-x.mount", Disk, "-Conflicts:umount.target")]
    [TestCase("sysx.mount", Disk, "Conflicts:umount.target")]
    [TestCase("run-initramfs-x.mount", Disk, "-Conflicts:umount.target")]
    [TestCase("-.mount", Disk, "-Conflicts:umount.target -Requires:dev-x.device -/dev/x "
        + "-/")]
    [TestCase("run-x.mount", Disk + "Slice=b.slice\n", "Requires:b.slice Slice:b.slice")]
    [TestCase("usr.mount", Disk + "Slice=b.slice\n", "Requires:b.slice -Requires:-.slice")]
    [TestCase("dev-x.swap", "[Swap]\nSlice=b.slice\n", "Requires:b.slice")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\nSlice=b.slice\n", "Requires:b.slice")]
    [TestCase("a.service", Run + "Slice=b.slice\n", "Requires:b.slice -Requires:system.slice")]
    [TestCase("a@i.service", Run, "Requires:system-a.slice")]
    [TestCase("a-b@i.service", Run, "Requires:system-a\\x2db.slice")]
    [TestCase("a.service", Run + "Type=dbus\nBusName=a.b\n",
        "Requires:dbus.socket After:dbus.socket")]
    [TestCase("dbus.service", Run + "Type=dbus\nBusName=a.b\nSockets=dbus.socket\n",
        "Requires:dbus.socket")]
    [TestCase("a.service", Run + "WorkingDirectory=/w\nRootDirectory=/r\n", "/w /r")]
    [TestCase("a.service", Run + "WorkingDirectory=-/w\nRootDirectory=/r\nRootDirectory=\n",
        "-/w -/r")]
    [TestCase("a.service", Run + "WorkingDirectory=~\nRootDirectory=r\n", "-/r")]
    [TestCase("a.service", Run + "RootImage=/i\n", "/i After:systemd-udevd.service")]
    [TestCase("a.service", Run + "LogNamespace=%p\n",
        "Requires:systemd-journald@a.socket After:systemd-journald-varlink@a.socket "
            + "-After:systemd-journald.socket")]
    [TestCase("a.service", Run + "LogNamespace=x\nLogNamespace=\n",
        "-Requires:systemd-journald@x.socket After:systemd-journald.socket")]
    [TestCase("a.service", Run + "LogNamespace=x/y\n", "After:systemd-journald.socket")]
    [TestCase("a.service", Run + "StandardOutput=null\nStandardError=null\n",
        "-After:systemd-journald.socket")]
    [TestCase("a.service", Run + "StandardOutput=null\nStandardError=kmsg+console\n",
        "After:systemd-journald.socket")]
    [TestCase("a.service", Run + "StandardOutput=kmsg\nStandardError=null\n",
        "After:systemd-journald.socket")]
    [TestCase("a.service", Run + "StandardOutput=journal+console\nStandardError=null\n",
        "After:systemd-journald.socket")]
    [TestCase("a.service", Run + "PrivateTmp=yes\n", "Wants:tmp.mount After:tmp.mount "
        + "After:systemd-tmpfiles-setup.service /var/tmp")]
    [TestCase("a.service", Run + "PrivateTmp=x\n", "-Wants:tmp.mount")]
    [TestCase("a.service", Run + "DynamicUser=yes\n", "Wants:tmp.mount")]
    [TestCase("a.service", Run + "RuntimeDirectory=a\nStateDirectory=b\nCacheDirectory=c\n"
        + "LogsDirectory=d\nConfigurationDirectory=e\n",
        "/run/a /var/lib/b /var/cache/c /var/log/d /etc/e After:systemd-remount-fs.service")]
    [TestCase("a.service", Run + "ConfigurationDirectory=e\nRuntimeDirectory=a\n",
        "-After:systemd-remount-fs.service")]
    [TestCase("tmp.mount", Disk, "-Requires:tmp.mount -After:tmp.mount")]
    public void A_system_manager_s_unit_has_these_edges(string name, string text, string edges) =>
        Check(name, text, edges, ManagerScope.System);

    [TestCase("a.timer", "[Timer]\nOnCalendar=daily\nPersistent=yes\n", "Before:timers.target "
        + "-Requires:sysinit.target -After:time-sync.target -/var/lib/systemd/timers")]
    [TestCase("a.socket", "[Socket]\nListenStream=1\n", "Before:sockets.target "
        + "-Requires:sysinit.target Requires:app.slice Conflicts:shutdown.target")]
    [TestCase("a.path", "[Path]\nPathExists=/x\n", "Before:paths.target -Requires:sysinit.target")]
    [TestCase("a@i.service", Run, "Requires:app-a.slice")]
    [TestCase("a.service", Run + "PrivateTmp=yes\nStateDirectory=x\nRootImage=/i\n",
        "-Wants:tmp.mount -After:systemd-remount-fs.service -After:systemd-udevd.service "
            + "-After:systemd-journald.socket /i")]
    public void A_user_s_unit_has_these_edges(string name, string text, string edges) =>
        Check(name, text, edges, ManagerScope.User);

    [TestCase("/srv/a", "After:srv.mount Requires:srv.mount")]
    [TestCase("/srv", "After:srv.mount Requires:srv.mount")]
    [TestCase("/srvx", "-After:srv.mount")]
    [TestCase("/tmp/x", "After:tmp.mount -Requires:tmp.mount")]
    [TestCase("/", "-After:srv.mount")]
    public void A_path_needs_the_mounts_that_lead_to_it(string path, string edges)
    {
        UnitDefinition u = new TextTree().File("srv.mount", Disk).File("tmp.mount", Disk)
            .File("a.service", $"[Unit]\nRequiresMountsFor={path}\n" + Run).Load("a.service");
        Check(u, edges);
    }

    private static void Check(string name, string text, string edges, ManagerScope scope)
    {
        int at = name.IndexOf('@'), dot = name.LastIndexOf('.');
        string file = at < 0 ? name : name[..(at + 1)] + name[dot..];
        UnitDefinition u = new TextTree().File(file, text).Loader(scope)
            .Load(UnitName.Parse(name));
        Assert.That(u.LoadState, Is.EqualTo(UnitLoadState.Loaded), u.LoadError);
        Check(u, edges);
    }

    private static void Check(UnitDefinition u, string edges)
    {
        List<string> there = [.. u.RequiresMountsFor,
            .. u.Dependencies.Select(d => $"{d.Kind}:{d.Target}")];
        foreach (string edge in edges.Split(' '))
        {
            bool absent = edge.StartsWith('-');
            Assert.That(there, absent ? Has.None.EqualTo(edge[1..]) : Has.Some.EqualTo(edge));
        }
    }
}
