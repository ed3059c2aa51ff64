using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// IPAddressDeny= and its kin: programs of the kernel on the control group of a unit that runs, for
/// all of its processes; and what is said where they cannot be had.
/// </summary>
[TestFixture]
public sealed class TrafficTests
{
    // Says in /run/seen whether 127.0.0.1, 127.0.0.2 and ::1 can be sent to, and 7001 bound to.
    private const string Try = """
        use Socket qw(:all);
        socket(my $s, AF_INET, SOCK_DGRAM, 0); socket(my $t, AF_INET6, SOCK_DGRAM, 0);
        my @seen = map { send($s, "x", 0, sockaddr_in(9, inet_aton($_))) ? 1 : 0 }
            "127.0.0.1", "127.0.0.2";
        push @seen, send($t, "x", 0, pack_sockaddr_in6(9, inet_pton(AF_INET6, "::1"))) ? 1 : 0;
        socket(my $u, AF_INET, SOCK_DGRAM, 0); setsockopt($u, SOL_SOCKET, SO_REUSEADDR, 1);
        push @seen, bind($u, sockaddr_in(7001, inet_aton("127.0.0.1"))) ? 1 : 0;
        open(my $f, ">>", "/run/seen"); print $f "@seen\n";
        """;

    private static readonly (string Name, string Settings, string Seen)[] Cases =
    [
        ("all", "", "1 1 1 1"),
        ("none", "IPAddressDeny=any", "0 0 0 1"),
        ("local", "IPAddressDeny=any\nIPAddressAllow=127.0.0.1", "1 0 0 1"),
        ("six", "IPAddressDeny=::/64", "1 1 0 1"),
        ("changed", "IPAddressDeny=::1", "1 1 0 1"),
        ("port", "SocketBindDeny=udp:7000-7002", "1 1 1 0"),
        ("link", "RestrictNetworkInterfaces=~lo", "0 0 0 1"),
        ("below", "Slice=shut-down.slice\nIPAddressAllow=127.0.0.2", "0 1 0 0"),
        ("inside", "Slice=shut.slice", "0 0 0 1"),
    ];

    private readonly Layer _layer = new();
    private BootedSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        _layer.WriteFile("/try", Try)
            .Unit("shut.slice", "[Slice]\nIPAddressDeny=any\n")
            .Unit("shut-down.slice", "[Slice]\nSocketBindDeny=7001\n");
        foreach ((string name, string settings, _) in Cases)
            _layer.Unit($"{name}.service", Service("/usr/bin/perl /try", settings));
        _layer.Unit("steps.service", Service(
            "+/usr/bin/perl /try", "IPAddressDeny=127.0.0.2\nExecStartPre=+/usr/bin/perl /try"));
        _layer.Unit("door.socket",
            "[Socket]\nListenStream=/run/door\nIPAddressDeny=any\n");
        _layer.Unit("door.service", Service("/bin/true", ""));
        _system = BootedSystem.Calm(_layer);
        if (_system.Cgroup == "-")
            Assert.Ignore("no control groups of version 2 here");
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        _system?.Dispose();
        _layer.Dispose();
    }

    private static IEnumerable<string> Names =>
        Cases.Select(c => c.Name).Where(name => name != "changed");

    [TestCaseSource(nameof(Names))]
    public void A_unit_speaks_with_those_that_its_lists_allow(string name)
    {
        (_, string settings, string seen) = Cases.Single(c => c.Name == name);
        Assert.That(Seen(name), Is.EqualTo(seen), () => $"{settings}\n{_system.Evidence()}");
    }

    [Test]
    public void Commands_with_full_privileges_are_filtered_as_well() =>
        Assert.That(Seen("steps"), Is.EqualTo("1 0 1 1\n1 0 1 1"), _system.Evidence());

    [Test]
    public void A_list_that_was_changed_holds_at_the_next_start()
    {
        Assert.That(Seen("changed"), Is.EqualTo("1 1 0 1"));
        _system.Shell("mkdir -p /run/initx/system/changed.service.d; printf '[Service]\\n"
            + "IPAddressDeny=127.0.0.1\\n' >/run/initx/system/changed.service.d/more.conf");
        Assert.That(_system.Initx("daemon-reload").Status, Is.Zero);
        Assert.That(Seen("changed"), Is.EqualTo("0 1 0 1"));
    }

    [Test]
    public void Filters_of_a_socket_unit_are_not_applied_and_it_is_refused()
    {
        CommandResult answer = _system.Initx("start", "door.socket");
        Assert.That(answer.Status, Is.Not.Zero);
        Assert.That(answer.Error, Does.Contain("door.socket:3: IPAddressDeny="));
    }

    private static string Service(string command, string settings) =>
        $"[Service]\nType=oneshot\nExecStart={command}\n{settings}\n";

    private string Seen(string unit)
    {
        _system.Shell("rm -f /run/seen");
        Assert.That(_system.Initx("start", unit).Status, Is.Zero, _system.Evidence());
        string log = _system.Initx("logs", unit).Out;
        if (log.Contains("is not applied: EPERM", StringComparison.Ordinal))
            Assert.Ignore("bpf(2) is not permitted here");
        return _system.Shell("cat /run/seen").Out.Trim();
    }
}
