using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// Every edge of a unit of each type, with where it comes from and the line that asked for it: what
/// <c>initx plan</c> shows as a reason and what a boot goes by when it has to give up an order.
/// </summary>
public sealed class DependencyReasonTests
{
    [TestCaseSource(nameof(Units))]
    public void Each_edge_names_its_reason(string name, string text, string expected)
    {
        UnitDefinition unit = new TextTree()
            .File("srv.mount", "[Mount]\nWhat=/dev/s\n")
            .File("var.mount", "[Mount]\nWhat=/dev/v\n")
            .File(name, text).Load(name);
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.Loaded), unit.LoadError);
        string found = string.Join('\n', unit.Dependencies.Select(d =>
            $"{d.Kind} {d.Target} {d.Origin}" + (d.Source.Line > 0 ? $" {d.Source.Line}" : "")));
        Assert.That(found, Is.EqualTo(expected.Trim()), found);
    }

    private static IEnumerable<TestCaseData> Units()
    {
        yield return Unit("a service", "a.service", """
            [Unit]
            After=x.service basic.target
            RequiresMountsFor=/srv/r
            [Service]
            Type=dbus
            BusName=a.b
            Slice=s.slice
            ExecStart=/bin/true
            WorkingDirectory=/srv/w
            RuntimeDirectory=r
            ConfigurationDirectory=e
            LogsDirectory=l
            StateDirectory=s
            PrivateTmp=yes
            StandardOutput=null
            StandardError=journal
            """, """
            Requires dbus.socket Setting 6
            Requires s.slice File 7
            Requires srv.mount File 3
            Requires sysinit.target Default
            Requires var.mount Setting 12
            Wants tmp.mount Setting 14
            Conflicts shutdown.target Default
            Before shutdown.target Default
            After -.mount File 3
            After basic.target File 2
            After dbus.socket Setting 6
            After s.slice File 7
            After srv.mount File 3
            After sysinit.target Default
            After systemd-journald.socket Setting 16
            After systemd-remount-fs.service Setting 12
            After systemd-tmpfiles-setup.service Setting 14
            After tmp.mount Setting 14
            After var.mount Setting 12
            After x.service File 2
            Slice s.slice File 7
            """);
        yield return Unit("a service of a user that is made", "b.service", """
            [Service]
            ExecStart=/bin/true
            DynamicUser=yes
            CacheDirectory=c
            RootImage=/srv/i
            LogNamespace=x
            """, """
            Requires srv.mount Setting 5
            Requires sysinit.target Default
            Requires system.slice Setting
            Requires systemd-journald-varlink@x.socket Setting 6
            Requires systemd-journald@x.socket Setting 6
            Requires var.mount Setting 4
            Wants tmp.mount Setting 3
            Conflicts shutdown.target Default
            Before shutdown.target Default
            After -.mount Setting 5
            After basic.target Default
            After srv.mount Setting 5
            After sysinit.target Default
            After system.slice Setting
            After systemd-journald-varlink@x.socket Setting 6
            After systemd-journald@x.socket Setting 6
            After systemd-remount-fs.service Setting 4
            After systemd-tmpfiles-setup.service Setting 3
            After systemd-udevd.service Setting 5
            After tmp.mount Setting 3
            After var.mount Setting 4
            Slice system.slice Setting
            """);
        yield return Unit("an instance", "c@i.service", """
            [Service]
            ExecStart=/bin/true
            StandardOutput=null
            StandardError=null
            """, """
            Requires sysinit.target Default
            Requires system-c.slice Setting
            Conflicts shutdown.target Default
            Before shutdown.target Default
            After basic.target Default
            After sysinit.target Default
            After system-c.slice Setting
            Slice system-c.slice Setting
            """);
        yield return Unit("a timer", "a.timer", """
            [Unit]
            Before=timers.target
            [Timer]
            OnCalendar=daily
            Persistent=yes
            """, """
            Requires sysinit.target Default
            Requires var.mount Setting 5
            Conflicts shutdown.target Default
            Before a.service Implicit
            Before shutdown.target Default
            Before timers.target File 2
            After -.mount Setting 5
            After sysinit.target Default
            After time-set.target Default
            After time-sync.target Default
            After var.mount Setting 5
            Triggers a.service Implicit
            """);
        yield return Unit("a timer for another unit", "b.timer", """
            [Timer]
            OnBootSec=1
            Unit=other.service
            """, """
            Requires sysinit.target Default
            Conflicts shutdown.target Default
            Before other.service File 3
            Before shutdown.target Default
            Before timers.target Default
            After sysinit.target Default
            Triggers other.service File 3
            """);
        yield return Unit("a path", "a.path", """
            [Path]
            PathExists=/srv/x
            PathChanged=/var/y
            Unit=p.service
            """, """
            Requires srv.mount Setting 2
            Requires sysinit.target Default
            Requires var.mount Setting 3
            Conflicts shutdown.target Default
            Before p.service File 4
            Before paths.target Default
            Before shutdown.target Default
            After -.mount Setting 2
            After srv.mount Setting 2
            After sysinit.target Default
            After var.mount Setting 3
            Triggers p.service File 4
            """);
        yield return Unit("a socket", "a.socket", """
            [Socket]
            ListenStream=/srv//x
            ListenStream=80
            BindToDevice=eth0
            Service=b.service
            """, """
            Requires srv.mount Setting 2
            Requires sysinit.target Default
            Requires system.slice Setting
            BindsTo sys-subsystem-net-devices-eth0.device Setting 4
            Conflicts shutdown.target Default
            Before b.service Implicit 5
            Before shutdown.target Default
            Before sockets.target Default
            After -.mount Setting 2
            After srv.mount Setting 2
            After sys-subsystem-net-devices-eth0.device Setting 4
            After sysinit.target Default
            After system.slice Setting
            Triggers b.service Implicit 5
            Slice system.slice Setting
            """);
        yield return Unit("a socket by its name", "b.socket", """
            [Socket]
            ListenStream=1
            ExecStartPre=/bin/x
            StateDirectory=d
            """, """
            Requires sysinit.target Default
            Requires system.slice Setting
            Requires var.mount Setting 4
            Conflicts shutdown.target Default
            Before b.service Implicit
            Before shutdown.target Default
            Before sockets.target Default
            After -.mount Setting 4
            After sysinit.target Default
            After system.slice Setting
            After systemd-journald.socket Setting
            After systemd-remount-fs.service Setting 4
            After var.mount Setting 4
            Triggers b.service Implicit
            Slice system.slice Setting
            """);
        yield return Unit("a mount", "srv-a.mount", """
            [Mount]
            What=/dev/x
            Where=/srv/a
            Options=usrquota
            Slice=s.slice
            """, """
            Requires dev-x.device Setting 2
            Requires s.slice File 5
            Requires srv.mount Implicit 3
            Wants quotaon.service Setting 4
            Wants systemd-quotacheck.service Setting 4
            Conflicts umount.target Setting
            Before local-fs.target Setting
            Before quotaon.service Setting 4
            Before systemd-quotacheck.service Setting 4
            Before umount.target Setting
            After -.mount Setting 2
            After blockdev@dev-x.target Setting 2
            After dev-x.device Setting 2
            After local-fs-pre.target Setting
            After s.slice File 5
            After srv.mount Implicit 3
            After systemd-journald.socket Setting
            StopPropagatedFrom dev-x.device Setting 2
            Slice s.slice File 5
            """);
        yield return Unit("a mount over the network", "srv-b.mount", """
            [Mount]
            Where=/srv/b
            What=h:/x
            Type=nfs
            Options=nofail
            """, """
            Requires srv.mount Implicit 2
            Requires system.slice Setting
            Wants network-online.target Setting
            Conflicts umount.target Setting
            Before umount.target Setting
            After -.mount Implicit 2
            After network-online.target Setting
            After network.target Setting
            After remote-fs-pre.target Setting
            After srv.mount Implicit 2
            After system.slice Setting
            After systemd-journald.socket Setting
            Slice system.slice Setting
            """);
        yield return Unit("a mount in memory", "srv-c.mount", """
            [Mount]
            What=tmpfs
            Type=tmpfs
            """, """
            Requires srv.mount Implicit
            Requires system.slice Setting
            Conflicts umount.target Setting
            Before local-fs.target Setting
            Before umount.target Setting
            After -.mount Implicit
            After local-fs-pre.target Setting
            After srv.mount Implicit
            After swap.target Setting
            After system.slice Setting
            After systemd-journald.socket Setting
            Slice system.slice Setting
            """);
        yield return Unit("an automount", "srv-a.automount", """
            [Automount]
            Where=/srv/a
            """, """
            Requires srv.mount Implicit 2
            Conflicts umount.target Default
            Before local-fs.target Default
            Before srv-a.mount Implicit
            Before umount.target Default
            After -.mount Implicit 2
            After local-fs-pre.target Default
            After srv.mount Implicit 2
            Triggers srv-a.mount Implicit
            """);
        yield return Unit("a swap", "dev-x.swap", """
            [Swap]
            What=/dev/x
            """, """
            Requires dev-x.device Setting 2
            Requires system.slice Setting
            Conflicts umount.target Default
            Before swap.target Default
            Before umount.target Default
            After -.mount Implicit 2
            After blockdev@dev-x.target Setting 2
            After dev-x.device Setting 2
            After system.slice Setting
            After systemd-journald.socket Setting
            Slice system.slice Setting
            """);
        yield return Unit("a swap in a file", "srv-f.swap", """
            [Swap]
            What=/srv/f
            """, """
            Requires srv.mount Implicit 2
            Requires system.slice Setting
            Conflicts umount.target Default
            Before swap.target Default
            Before umount.target Default
            After -.mount Implicit 2
            After srv.mount Implicit 2
            After system.slice Setting
            After systemd-journald.socket Setting
            After systemd-remount-fs.service Setting 2
            Slice system.slice Setting
            """);
        yield return Unit("a target", "a.target", """
            [Unit]
            Conflicts=shutdown.target
            Wants=b.service
            """, """
            Wants b.service File 3
            Conflicts shutdown.target File 2
            Before shutdown.target Default
            """);
        yield return Unit("a slice", "a-b.slice", """
            [Unit]
            Description=x
            """, """
            Requires a.slice Implicit
            Conflicts shutdown.target Default
            Before shutdown.target Default
            After a.slice Implicit
            Slice a.slice Implicit
            """);
    }

    private static TestCaseData Unit(
        string what, string name, string text, string expected) =>
        new TestCaseData(name, text, expected).SetArgDisplayNames(what);
}
