using System.Net;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Launch;
using InitTx.Linux.Processes;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Launch;

/// <summary>
/// Programs of the kernel on a control group of the test's own; what a process in it can do.
/// </summary>
[TestFixture]
public sealed class GroupFilterTests
{
    private const string Denied = "Operation not permitted";

    private static int s_counter;

    private string _group = "";

    [SetUp]
    public void Create()
    {
        using var proc = ProcFs.Open();
        CgroupLayout layout = CgroupLayout.Detect(proc);
        if (layout.MountPoint.Length == 0)
            Assert.Ignore(layout.Problem);
        _group = layout.MountPoint + layout.OwnPath.TrimEnd('/')
            + $"/initx-filter-{Environment.ProcessId}-{s_counter++}";
        try
        {
            Directory.CreateDirectory(_group);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            _group = "";
            Assert.Ignore("no right to make a cgroup here: " + refused.Message);
        }
    }

    [TearDown]
    public void Remove()
    {
        if (_group.Length > 0)
            Directory.Delete(_group);
    }

    [TestCase("", "127.0.0.0/8", "127.0.0.1", Denied)]
    [TestCase("", "127.0.0.0/8", "::1", "sent")]
    [TestCase("127.0.0.1/32", "127.0.0.0/8", "127.0.0.1", "sent")]
    [TestCase("127.0.0.1/32", "127.0.0.0/8", "127.0.0.2", Denied)]
    [TestCase("127.0.0.1/32", "0.0.0.0/0 ::/0", "::1", Denied)]
    [TestCase("::1/128", "0.0.0.0/0 ::/0", "::1", "sent")]
    [TestCase("::/0", "::1/128", "::1", "sent")]
    [TestCase("", "127.0.0.3/32 127.0.1.0/24", "127.0.0.2", "sent")]
    [TestCase("", "127.0.0.3/32 127.0.1.0/24", "127.0.1.2", Denied)]
    public void A_packet_goes_where_the_lists_let_it(
        string allowed, string denied, string to, string outcome)
    {
        Attach(AddressFilter.Attach(_group, Ranges(allowed), Ranges(denied)));
        Assert.That(Send(to), Is.EqualTo(outcome));
    }

    [Test]
    public void A_packet_that_comes_from_elsewhere_is_not_heard()
    {
        Attach(AddressFilter.Attach(_group, [], Ranges("127.0.0.2/32")));
        Assert.That(
            Inside("""
                use Socket;
                sub made { my ($at) = @_; socket(my $s, AF_INET, SOCK_DGRAM, 0) or die;
                    bind($s, sockaddr_in(0, inet_aton($at))) or die; $s }
                pipe(my $r, my $w); pipe(my $r2, my $w2);
                if (!fork) {
                    open(my $f, ">", "$ENV{GROUP}/../cgroup.procs") or die; syswrite($f, $$);
                    close($f); sysread($r, my $port, 9);
                    for (2, 1) { send(made("127.0.0.$_"), "from $_", 0,
                        sockaddr_in($port, inet_aton("127.0.0.9"))) or die }
                    exit 0;
                }
                my $s = made("127.0.0.9"); my ($port) = sockaddr_in(getsockname($s));
                syswrite($w, $port); recv($s, my $text, 99, 0); print $text; wait;
                """),
            Is.EqualTo("from 1"));
    }

    [Test]
    public void Another_filter_of_the_kind_takes_the_place_of_the_one_before()
    {
        Attach(AddressFilter.Attach(_group, [], Ranges("127.0.0.0/8")));
        Assert.That(Send("127.0.0.1"), Is.EqualTo(Denied));
        Attach(AddressFilter.Attach(_group, [], Ranges("10.0.0.0/8")));
        Assert.That(Send("127.0.0.1"), Is.EqualTo("sent"));

        // Of another kind it stands beside it.
        Attach(InterfaceFilter.Attach(_group, [new(true, [1])]));
        Assert.That(Send("127.0.0.1"), Is.EqualTo(Denied));
        Attach(AddressFilter.Attach(_group, [], Ranges("10.0.0.0/8")));
        Assert.That(Send("127.0.0.1"), Is.EqualTo(Denied));
        Attach(InterfaceFilter.Attach(_group, []));
        Assert.That(Send("127.0.0.1"), Is.EqualTo("sent"));
    }

    [TestCase("+lo", "sent")]
    [TestCase("~lo", Denied)]
    [TestCase("~", "sent")]
    [TestCase("+", Denied)]
    [TestCase("+9", Denied)]
    [TestCase("~9", "sent")]
    [TestCase("+9 lo,~9", "sent")]
    [TestCase("+9 lo,~lo", Denied)]
    [TestCase("~9,+", Denied)]
    public void Only_interfaces_of_every_level_are_spoken_over(string levels, string outcome)
    {
        Assert.That(InterfaceFilter.TryFind("lo", out uint lo));
        Assert.That(InterfaceFilter.TryFind("no-such-if", out _), Is.False);
        Attach(InterfaceFilter.Attach(_group,
        [
            .. levels.Split(',').Select(level => new InterfaceLevel(
                level[0] == '~',
                [.. level[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(name => name == "lo" ? lo : uint.Parse(name))])),
        ]));
        Assert.That(Send("127.0.0.1"), Is.EqualTo(outcome));
    }

    [TestCase("|any", "inet udp 7001", Denied)]
    [TestCase("any|any", "inet udp 7001", "bound")]
    [TestCase("4:17:7001-7001|any", "inet udp 7001", "bound")]
    [TestCase("4:17:7001-7001|any", "inet udp 7002", Denied)]
    [TestCase("4:17:7001-7001|any", "inet6 udp 7001", Denied)]
    [TestCase("4:17:7001-7001|any", "inet tcp 7001", Denied)]
    [TestCase("|0:6:0-0", "inet udp 7001", "bound")]
    [TestCase("|0:6:0-0", "inet6 tcp 7001", Denied)]
    [TestCase("|0:0:7000-7002 0:0:1-10", "inet tcp 7001", Denied)]
    [TestCase("|0:0:7000-7002 0:0:1-10", "inet tcp 7003", "bound")]
    [TestCase("|any", "inet udp 0", Denied)]
    [TestCase("0:0:7001-7001|any;|4:0:0-0", "inet udp 7001", Denied)]
    [TestCase("0:0:7001-7001|any;|4:0:0-0", "inet6 udp 7001", "bound")]
    [TestCase("|any;|any", "inet6 udp 7001", Denied)]
    [TestCase("|0:0:5-5 any;|any", "inet6 udp 7001", Denied)]
    public void Only_ports_of_every_level_are_bound_to(string levels, string what, string outcome)
    {
        Attach(BindFilter.Attach(_group,
        [
            .. levels.Split(';').Select(level => level.Split('|')).Select(level =>
                new BindLevel(Rules(level[0]), Rules(level[1]))),
        ]));
        string[] words = what.Split(' ');
        string family = words[0] == "inet" ? "sockaddr_in" : "pack_sockaddr_in6";
        string found = Inside("use Socket qw(:all); my $six = inet_pton(AF_INET6, '::1');"
            + $"socket(my $s, {(words[0] == "inet" ? "AF_INET" : "AF_INET6")}, "
            + $"{(words[1] == "udp" ? "SOCK_DGRAM" : "SOCK_STREAM")}, 0) or die; "
            + $"print bind($s, {family}({words[2]}, "
            + $"{(words[0] == "inet" ? "inet_aton('127.0.0.1')" : "$six")})) ? 'bound' : $!");
        Assert.That(found, Is.EqualTo(outcome));
    }

    [Test]
    public void Only_listed_devices_can_be_opened()
    {
        Attach(DeviceFilter.Attach(_group,
        [
            new(false, 1, 3, 6), new(false, 1, 5, 2), new(true, -1, -1, 7), new(false, 5, -1, 1),
        ]));
        Assert.That(
            Inside("""
                for (["<", "null"], [">", "null"], ["<", "zero"], [">", "zero"], ["<", "full"]) {
                    print open(my $f, $_->[0], "/dev/$_->[1]") ? "y" : "n" }
                """),
            Is.EqualTo("yyynn"));
    }

    private static void Attach(SysResult result)
    {
        if (result.Error is Errno.EPERM or Errno.ENOSYS)
            Assert.Ignore("bpf(2) is not permitted here");
        Assert.That(result.IsOk, result.Error.Describe());
    }

    private string Send(string to) => to.Contains(':', StringComparison.Ordinal)
        ? Inside("use Socket qw(:all); socket(my $s, AF_INET6, SOCK_DGRAM, 0) or die; "
            + "print send($s, 'x', 0, "
            + $"pack_sockaddr_in6(9, inet_pton(AF_INET6, '{to}'))) ? 'sent' : $!")
        : Inside("use Socket; socket(my $s, AF_INET, SOCK_DGRAM, 0) or die; print send($s, 'x', 0, "
            + $"sockaddr_in(9, inet_aton('{to}'))) ? 'sent' : $!");

    private string Inside(string program) => TestChild.Run(
        "/bin/sh", "-c", "echo $$ >$0/cgroup.procs; GROUP=$0 exec perl -e \"$1\"", _group, program)
        .Output;

    private static AddressRange[] Ranges(string text) =>
    [
        .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new AddressRange(
            IPAddress.Parse(word.Split('/')[0]).GetAddressBytes(), int.Parse(word.Split('/')[1]))),
    ];

    private static BindRule[] Rules(string text) =>
    [
        .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
        {
            string[] parts = word.Split(':', '-');
            return word == "any" ? default : new BindRule(
                int.Parse(parts[0]), int.Parse(parts[1]), int.Parse(parts[2]), int.Parse(parts[3]));
        }),
    ];
}
