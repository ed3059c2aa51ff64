using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// Type=dbus against Debian's own dbus-daemon: a service that takes a name, loses it, and outlives
/// the bus helper, a crash and a re-exec of the manager.
/// </summary>
[TestFixture]
public sealed class BusNameTests
{
    private const string Unit = "named.service";

    // The D-Bus wire format by hand: the root has perl and no library for it. SIGUSR1 gives the
    // name back.
    private const string Program = """
        use IO::Socket::UNIX;
        my $n = "org.inittx.Test";
        my $s = IO::Socket::UNIX->new(Peer => "/run/dbus/system_bus_socket") or die "bus: $!";
        binmode $s; $s->autoflush(1);
        print $s "\0AUTH EXTERNAL " . unpack("H*", $>) . "\r\n"; <$s>; print $s "BEGIN\r\n";
        my $serial = 0;
        sub field { my ($c, $t, $v) = @_; pack("CCa1C", $c, 1, $t, 0) . $v }
        sub str { pack("V", length $_[0]) . $_[0] . "\0" }
        sub pad { my $b = shift; $b . "\0" x (-length($b) % 8) }
        sub call {
            my ($member, $sig, $body) = @_;
            my $f = "";
            $f = pad($f) . $_ for field(1, "o", str("/org/freedesktop/DBus")),
                field(2, "s", str("org.freedesktop.DBus")), field(3, "s", str($member)),
                field(6, "s", str("org.freedesktop.DBus")),
                ($sig ? field(8, "g", chr(length $sig) . "$sig\0") : ());
            print $s pad("l\1\0\1" . pack("VVV", length $body, ++$serial, length $f) . $f) . $body;
        }
        call("Hello", "", "");
        my $b = str($n); $b .= "\0" x (-length($b) % 4);
        call("RequestName", "su", $b . pack("V", 4));
        $SIG{USR1} = sub { call("ReleaseName", "s", str($n)) };
        while (1) { my $r = sysread($s, my $x, 4096); last if defined $r && $r == 0; }
        """;

    private const string Policy = """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig><policy user="root"><allow own="org.inittx.Test"/></policy></busconfig>
        """;

    private Layer layer = null!;
    private BootedSystem system = null!;

    [SetUp]
    public void Boot()
    {
        layer = new Layer()
            .MaskReplacedUnits()
            .WriteFile("/usr/lib/named.pl", Program)
            .WriteFile("/etc/dbus-1/system.d/test.conf", Policy)
            .WriteFile("/usr/share/dbus-1/system-services/org.inittx.Test.service", Activated(Unit))
            .WriteFile(
                "/usr/share/dbus-1/system-services/org.inittx.Never.service",
                Activated("nameless.service"))
            .Unit(
                Unit,
                """
                [Service]
                Type=dbus
                BusName=org.inittx.Test
                ExecStart=/usr/bin/perl /usr/lib/named.pl
                Restart=on-failure
                """)
            .Unit(
                "nameless.service",
                """
                [Service]
                Type=dbus
                BusName=org.inittx.Never
                ExecStart=/bin/sleep infinity
                TimeoutStartSec=2
                """);
        system = BootedSystem.Boot(
            SystemRoot.Debian,
            [layer, Layer.Product],
            ["/usr/lib/initx/initxd", "--unit=dbus.socket"]);
        Eventually.True(
            () => system.Initx("is-active", "dbus.socket").Out.Trim() == "active",
            "the bus can be spoken to", system.Evidence);
        CommandResult started = system.Initx("start", Unit);
        Assert.That(started.Status, Is.Zero, () => $"{started}\n{system.Evidence()}");
    }

    [TearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    [Test]
    public void The_start_ends_when_the_name_is_there_and_fails_when_it_never_comes()
    {
        Assert.That(
            system.Initx("history", Unit).Out, Does.Contain("org.inittx.Test is on the bus"));
        Assert.That(system.Initx("start", "nameless.service").Status, Is.EqualTo(1));
        Assert.That(system.Initx("show", "-p", "Result", "--value", "nameless.service").Out.Trim(),
            Is.EqualTo("timeout"));
    }

    [Test]
    public void A_service_that_gives_its_name_back_is_stopped()
    {
        system.Initx("kill", "-s", "USR1", Unit);
        Eventually.True(
            () => system.Initx("is-active", Unit).Out.Trim() == "inactive",
            "it goes down with its name", () => system.Initx("history", Unit).Out);
        Assert.That(system.Initx("history", Unit).Out, Does.Contain("is gone from the bus"));
    }

    [TestCase("kill -SEGV 1")]
    [TestCase("initx reexec")]
    [TestCase("kill -KILL $(pidof initx-exec | tr ' ' '\\n' | sort -n | tail -n 1)")]
    [TestCase("kill -STOP $(pidof initx-exec | tr ' ' '\\n' | sort -n | tail -n 1)")]
    public void Nothing_that_befalls_manager_or_helper_touches_the_service(string disaster)
    {
        string before = MainPid();
        system.Shell(disaster);
        Eventually.True(
            () => system.Initx("is-active", Unit).Out.Trim() == "active", "it is up",
            system.Evidence);
        Assert.That(MainPid(), Is.EqualTo(before));

        // A helper that hangs is found out by the next question, and the name is still followed.
        system.Initx("start", "--no-block", "nameless.service");
        system.Initx("kill", "-s", "USR1", Unit);
        Eventually.True(
            () => system.Initx("is-active", Unit).Out.Trim() == "inactive",
            "the loss of the name is seen", system.Evidence);
    }

    /// <summary>
    /// Debian's bus has others start its services; whoever calls one waits 25 s where nobody does.
    /// </summary>
    [Test]
    public void A_service_that_is_called_is_started()
    {
        Eventually.True(
            () => system.Initx("is-active", "initx-bus-activation.service").Out.Trim() == "active",
            "somebody starts services for the bus", system.Evidence);
        Assert.That(system.Initx("stop", Unit).Status, Is.Zero);
        Assert.That(
            Call("org.inittx.Test").Out, Does.Contain("uint32 1"), "DBUS_START_REPLY_SUCCESS");
        Assert.That(system.Initx("is-active", Unit).Out.Trim(), Is.EqualTo("active"));
        Assert.That(system.Initx("why", Unit).Out, Does.Contain("asked for by the message bus"));

        CommandResult never = Call("org.inittx.Never");
        Assert.That(never.Status, Is.Not.Zero);
        Assert.That(never.Error, Does.Contain("initx why nameless.service"));
        CommandResult unknown = system.Shell(
            "dbus-send --system --print-reply --dest=org.freedesktop.systemd1 "
            + "/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.ListUnits");
        Assert.That(unknown.Error, Does.Contain("UnknownMethod"));
    }

    private CommandResult Call(string name) => system.Shell(
        "dbus-send --system --print-reply --dest=org.freedesktop.DBus / "
        + $"org.freedesktop.DBus.StartServiceByName string:{name} uint32:0");

    private static string Activated(string unit) => $"""
        [D-BUS Service]
        Name={(unit == Unit ? "org.inittx.Test" : "org.inittx.Never")}
        Exec=/bin/false
        User=root
        SystemdService={unit}
        """;

    private string MainPid() => system.Initx("show", "-p", "MainPID", "--value", Unit).Out.Trim();
}
