using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// PrivateNetwork=, PrivateIPC= and PrivateTmp=: one for all processes of a unit's run, another for
/// the next, and JoinsNamespaceOf= between units.
/// </summary>
[TestFixture]
public sealed class SharedNamespaceTests
{
    private const string Private = "PrivateNetwork=yes\nPrivateIPC=yes\nPrivateTmp=yes\n";

    // Its namespaces, and what an earlier process left in /tmp.
    private const string Look =
        "/bin/sh -c 'echo $$0 $$(readlink /proc/self/ns/net /proc/self/ns/ipc) "
        + "$$(cat /tmp/note 2>/dev/null) >>/run/rows; echo word >/tmp/note'";

    [TestCase("")]
    [TestCase("reexec")]
    [TestCase("crash")]
    public void All_processes_of_a_run_share_them_and_the_next_run_has_others(string how)
    {
        using Layer layer = new Layer().Unit("own.service", "[Service]\n" + Private
            + $"ExecStartPre={Look} pre\nExecStart=/bin/sleep 1000\nExecStartPost={Look} post\n"
            + $"ExecReload={Look} reload\nExecStop={Look} stop\nExecStopPost={Look} stop-post\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        for (int run = 0; run < 2; run++)
        {
            Assert.That(system.Initx("start", "own.service").Status, Is.Zero, system.Evidence);
            Restart(system, how);
            Assert.That(system.Initx("reload", "own.service").Status, Is.Zero, system.Evidence);
            Restart(system, how);
            Assert.That(NamespacesHeld(system), Is.EqualTo("2"), system.Evidence);
            Assert.That(system.Initx("stop", "own.service").Status, Is.Zero, system.Evidence);
            Assert.That(NamespacesHeld(system), Is.EqualTo("0"), system.Evidence);
        }

        string[][] rows = Rows(system);
        string[] here = system.Shell("readlink /proc/1/ns/net /proc/1/ns/ipc").Out.Split('\n');
        Assert.That(rows.Select(r => r[0]), Is.EqualTo((string[])[
            "pre", "post", "reload", "stop", "stop-post",
            "pre", "post", "reload", "stop", "stop-post"]), system.Evidence);
        foreach (string[][] run in (string[][][])[rows[..5], rows[5..]])
        {
            Assert.That(run.Select(r => r[1]).Distinct(), Has.Exactly(1).Items);
            Assert.That(run.Select(r => r[2]).Distinct(), Has.Exactly(1).Items);
            Assert.That(run[0][1], Is.Not.EqualTo(here[0]));
            Assert.That(run[0][2], Is.Not.EqualTo(here[1]));
        }

        Assert.That(rows.Select(r => r.Length), Is.EqualTo((int[])[
            3, 4, 4, 4, 4, 3, 4, 4, 4, 4]), "/tmp");
    }

    [TestCase("reexec")]
    [TestCase("crash")]
    public void A_unit_joins_another_that_is_up_and_keeps_what_both_had(string how)
    {
        using Layer layer = new Layer()
            .Unit("first.service", "[Service]\n" + Private
                + $"ExecStartPre={Look} first\nExecStart=/bin/sleep 1000\n")
            .Unit("second.service", "[Unit]\nJoinsNamespaceOf=first.service\n[Service]\n" + Private
                + $"ExecStart=/bin/sleep 1000\nExecStartPost={Look} second\n"
                + $"ExecStopPost={Look} end\n")
            .Unit("third.service", "[Unit]\nJoinsNamespaceOf=first.service\n[Service]\n"
                + $"PrivateIPC=yes\nType=oneshot\nExecStart={Look} third\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Start(system, "first.service");
        Restart(system, how);
        Start(system, "second.service");
        Start(system, "third.service");
        Restart(system, how);

        // The first comes back into what the second still has.
        Assert.That(system.Initx("stop", "first.service").Status, Is.Zero, system.Evidence);
        Restart(system, how);
        Start(system, "first.service");
        Assert.That(
            system.Initx("stop", "first.service", "second.service").Status, Is.Zero,
            system.Evidence);
        Assert.That(NamespacesHeld(system), Is.EqualTo("0"), "all were down");
        Start(system, "second.service");
        string[][] rows = Rows(system);
        Assert.That(rows.Select(r => r[0]), Is.EqualTo((string[])[
            "first", "second", "third", "first", "end", "second"]), system.Evidence);
        Assert.That(rows[1][1..], Is.EqualTo((string[])[.. rows[0][1..], "word"]));
        Assert.That(rows[2][2], Is.EqualTo(rows[0][2]), "its IPC namespace");
        Assert.That(rows[2][1], Is.Not.EqualTo(rows[0][1]), "it has no network of its own");
        Assert.That(rows[3], Is.EqualTo((string[])["first", .. rows[1][1..]]));
        Assert.That(rows[4], Is.EqualTo((string[])["end", .. rows[1][1..]]));
        Assert.That(rows[5], Has.Length.EqualTo(3), "their /tmp is gone");
    }

    [Test]
    public void What_is_set_up_before_the_service_is_there_for_it()
    {
        // The first takes "lo" down, which no second namespace would have.
        const string down = "use Socket; socket(S, AF_INET, SOCK_DGRAM, 0);"
            + "my $r = pack(q(a16sa22), q(lo), 0, q()); ioctl(S, 0x8914, $r) or die $!;";
        const string look = "use Socket; socket(S, AF_INET, SOCK_DGRAM, 0);"
            + "my $r = pack(q(a16sa22), q(lo), 0, q()); ioctl(S, 0x8913, $r) or die $!;"
            + "my ($n, $f) = unpack(q(a16s), $r); open(F, q(>/run/rows));"
            + "print F ($f & 1 ? q(up) : q(down));";
        using Layer layer = new Layer().WriteFile("/down.pl", down).WriteFile("/look.pl", look)
            .Unit("dummy.service",
            "[Service]\nType=oneshot\nRemainAfterExit=yes\nPrivateNetwork=yes\n"
            + "ExecStartPre=/usr/bin/perl /down.pl\n"
            + "ExecStart=/usr/bin/perl /look.pl\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Start(system, "dummy.service");
        Assert.That(system.Shell("cat /run/rows").Out, Is.EqualTo("down"), system.Evidence);
        Assert.That(NamespacesHeld(system), Is.EqualTo("1"), "no process is left");
        Assert.That(system.Initx("stop", "dummy.service").Status, Is.Zero, system.Evidence);
        Assert.That(NamespacesHeld(system), Is.EqualTo("0"), system.Evidence);
    }

    private static void Start(BootedSystem system, string unit) =>
        Assert.That(system.Initx("start", unit).Status, Is.Zero, system.Evidence);

    private static void Restart(BootedSystem system, string how)
    {
        if (how == "reexec")
            Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        else if (how == "crash")
            system.Signal("SEGV");
    }

    // Sockets of PID 1 in which a descriptor waits.
    private static string NamespacesHeld(BootedSystem system) => system.Shell(
        "grep -l 'scm_fds: [1-9]' /proc/1/fdinfo/* 2>/dev/null | wc -l").Out.Trim();

    private static string[][] Rows(BootedSystem system) =>
    [
        .. system.Shell("cat /run/rows").Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split(' ')),
    ];
}
