using System.Globalization;
using System.Text.RegularExpressions;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// Sockets with Accept=yes (systemd.socket(5)): an instance of the service for each connection,
/// which is there as long as the connection is and leaves nothing behind.
/// </summary>
[TestFixture]
public sealed partial class AcceptTests
{
    // Connects so often at once, says a word on each when all are connected, and tells the answers.
    private const string Talk =
        "use strict; use Socket; my ($where, $n) = @ARGV; my @all;"
        + "for (1..$n) { my $s; if ($where =~ m{^/}) { socket($s, AF_UNIX, SOCK_STREAM, 0) or die;"
        + "    connect($s, sockaddr_un($where)) or die qq(connect: $!\\n); }"
        + "  else { socket($s, AF_INET, SOCK_STREAM, 0) or die;"
        + "    connect($s, sockaddr_in($where, inet_aton('127.0.0.1'))) or die qq(connect: $!\\n);"
        + "  }"
        + "  push @all, $s; }"
        + "for my $s (@all) { local $SIG{PIPE} = 'IGNORE'; syswrite($s, qq(word\\n)); }"
        + "for my $s (@all) { my $all = ''; my $b; $all .= $b while sysread($s, $b, 1000);"
        + "  print length $all ? $all : qq(closed\\n); }";

    private const string Answer =
        "read word; echo $word of $REMOTE_ADDR on $LISTEN_FDS $LISTEN_FDNAMES";

    private Layer _layer = null!;
    private BootedSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        _layer = new Layer();
        _layer.WriteFile("/talk.pl", Talk);
        _layer.WriteFile("/answer", Answer);
        Add("echo", "ListenStream=/run/echo\nMaxConnections=200\nTriggerLimitBurst=0\n",
            "StandardInput=socket\nExecStart=/bin/sh /answer\n");
        Add("inet", "ListenStream=127.0.0.1:7007\n",
            "StandardInput=socket\nExecStart=/bin/sh /answer\n");
        Add("plain", "ListenStream=/run/plain\n",
            "ExecStart=/bin/sh -c 'exec <&3 >&3; . /answer'\n");
        Add("few", "ListenStream=/run/few\nMaxConnections=2\n",
            "StandardInput=socket\nExecStart=/bin/sh /answer\n");
        Add("slow", "ListenStream=/run/slow\n",
            "StandardInput=socket\nExecStart=/bin/sh -c 'read word; sleep 1; echo slow'\n");
        Add("broken", "ListenStream=/run/broken\n",
            "StandardInput=socket\nExecStart=/bin/sh -c 'exit 3'\n");
        _system = BootedSystem.Calm(_layer, null, "--crash-tests");
    }

    private void Add(string name, string socket, string service)
    {
        _layer.Unit($"{name}.socket",
            $"[Unit]\nDefaultDependencies=no\n[Socket]\nAccept=yes\n{socket}");
        _layer.Unit($"{name}@.service",
            $"[Unit]\nDefaultDependencies=no\n[Service]\n{service}");
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        _system?.Dispose();
        _layer?.Dispose();
    }

    [Test]
    public void A_hundred_connections_at_once_are_served_and_leave_nothing()
    {
        Start("echo");
        CommandResult talk = TalkTo("/run/echo", 100);
        string[] answers = Lines(talk);
        Assert.That(answers, Has.Length.EqualTo(100), _system.Evidence);
        Assert.That(answers, Has.All.EqualTo("word of on"), _system.Evidence);
        AwaitNothingLeft("echo");
        Assert.That(Property("echo.socket", "NAccepted"), Is.EqualTo("100"));
        Assert.That(Property("echo.socket", "NConnections"), Is.EqualTo("0"));
        Assert.That(
            _system.Shell("ls -d /sys/fs/cgroup/system.slice/*/echo@* 2>/dev/null | wc -l").Out,
            Is.EqualTo("0\n"));
    }

    [Test]
    public void An_instance_is_named_after_both_ends_and_has_rows_of_its_own()
    {
        Start("inet");
        Assert.That(Lines(TalkTo("7007", 1)), Is.EqualTo((string[])[
            "word of 127.0.0.1 on"]), _system.Evidence);
        string rows = _system.Shell("initx history -n 200 --json | grep -o 'inet@[^\"]*'").Out;
        Assert.That(rows, Does.Match(
            @"inet@0-127\.0\.0\.1:7007-127\.0\.0\.1:\d+\.service"), _system.Evidence);
        AwaitNothingLeft("inet");
    }

    [Test]
    public void Without_a_standard_stream_the_connection_is_descriptor_3()
    {
        Start("plain");
        Assert.That(Lines(TalkTo("/run/plain", 1)), Is.EqualTo((string[])[
            "word of on 1 connection"]), _system.Evidence);
    }

    [Test]
    public void More_than_MaxConnections_are_closed_and_counted()
    {
        Start("few");
        string[] answers = Lines(TalkTo("/run/few", 5));
        Assert.That(answers.Count(a => a == "closed"), Is.EqualTo(3), _system.Evidence);
        Assert.That(answers.Count(a => a.StartsWith("word of", StringComparison.Ordinal)),
            Is.EqualTo(2), _system.Evidence);
        Assert.That(Property("few.socket", "NRefused"), Is.EqualTo("3"));
        Assert.That(Property("few.socket", "SubState"), Is.EqualTo("listening"));
    }

    [TestCase("crash")]
    [TestCase("reexec")]
    public void Connections_and_counts_outlive_the_managers_restart(string how)
    {
        Start("slow");
        long accepted = long.Parse(
            Property("slow.socket", "NAccepted"), CultureInfo.InvariantCulture);
        string before = how == "crash"
            ? "perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new("
                + "Type => SOCK_DGRAM, Peer => qq(/run/initx/crash-test)); "
                + "syswrite($s, qq(segv))'"
            : "initx reexec";
        CommandResult talk = _system.Shell(
            $"perl /talk.pl /run/slow 20 & sleep 0.3; {before}; wait");
        Assert.That(Lines(talk).Count(a => a == "slow"), Is.EqualTo(20),
            () => talk.Out + talk.Error + _system.Evidence());
        AwaitNothingLeft("slow");
        Assert.That(Property("slow.socket", "NAccepted"),
            Is.EqualTo((accepted + 20).ToString(CultureInfo.InvariantCulture)));
        Assert.That(Descriptors(), Is.Zero, "of ended connections in PID 1");
    }

    [Test]
    public void A_failed_instance_stays_until_it_is_reset()
    {
        Start("broken");
        TalkTo("/run/broken", 1);
        Eventually.True(
            () => Instances("broken").Contains("failed", StringComparison.Ordinal),
            "the instance failed", _system.Evidence);
        Assert.That(Property("broken.socket", "NConnections"), Is.EqualTo("0"));
        Match name = Name().Match(Instances("broken"));
        Assert.That(_system.Initx("reset-failed", name.Value).Status, Is.Zero, _system.Evidence);
        AwaitNothingLeft("broken");
    }

    private void Start(string name) => Assert.That(
        _system.Initx("start", $"{name}.socket").Status, Is.Zero, _system.Evidence);

    private CommandResult TalkTo(string where, int count) => _system.Shell(
        FormattableString.Invariant($"timeout 60 perl /talk.pl {where} {count}"));

    private void AwaitNothingLeft(string name) => Eventually.True(
        () => Instances(name).Length == 0, $"no instance of {name} is known",
        () => Instances(name) + _system.Evidence());

    private string Instances(string name) =>
        _system.Shell($"initx list --all --json '{name}@*' | grep {name}@ || true").Out.Trim();

    private string Property(string unit, string property) =>
        _system.Initx("show", "-p", property, "--value", unit).Out.Trim();

    // Unix sockets that are connected: the manager's own are not bound to these paths.
    private int Descriptors() => int.Parse(
        _system.Shell("ss -xH state connected 2>/dev/null | grep -c /run/slow || true").Out.Trim(),
        CultureInfo.InvariantCulture);

    private static string[] Lines(CommandResult result) =>
        result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("broken@[^\"]*\\.service")]
    private static partial Regex Name();
}
