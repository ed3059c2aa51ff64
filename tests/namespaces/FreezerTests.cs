using System.Text.RegularExpressions;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>Services that are frozen, with real cgroups.</summary>
[TestFixture]
public sealed class FreezerTests
{
    // Counts as long as it runs, and so does its child.
    private const string Counting =
        """
        [Service]
        ExecStart=/bin/sh -c 'trap "touch /run/asked; exit" TERM; \
            (while :; do echo >>/run/child; sleep 0.05; done) & \
            while :; do echo >>/run/main; sleep 0.05; done'
        ExecReload=/bin/touch /run/reloaded

        """;

    [Test]
    public void Nothing_of_a_frozen_service_runs_until_something_is_done_with_it()
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit("count.service", Counting, "multi-user.target");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini, [layer, Layer.Product], ["/usr/lib/initx/initxd"]);
        GoesOn(system);
        Done(system, "freeze", "count", "--reason", "a backup");
        Assert.That(
            system.Initx("status", "count").Out, Does.Contain("active (running, frozen)"));
        Rests(system);
        string pid = MainPid(system);

        // Neither a re-exec nor a crash lets it go on.
        Done(system, "reexec");
        system.Signal("SEGV");
        Eventually.True(
            () => system.Initx("history").Out.Contains("SIGSEGV", StringComparison.Ordinal),
            "the manager is back", system.Evidence);
        Rests(system);
        Assert.That(system.Initx("status", "count").Out, Does.Contain("frozen"), system.Evidence());

        Done(system, "thaw", "count");
        GoesOn(system);
        Done(system, "freeze", "count");
        Done(system, "reload", "count");
        Assert.That(system.Shell("test -e /run/reloaded").Status, Is.Zero, system.Evidence());
        GoesOn(system);
        Assert.That(MainPid(system), Is.EqualTo(pid), "it was never restarted");

        // A stop asks as ever.
        Done(system, "freeze", "count");
        Done(system, "stop", "count");
        Assert.That(system.Shell("test -e /run/asked").Status, Is.Zero, system.Evidence());
        string rows = system.Initx("history", "count").Out;
        Assert.That(Regex.Count(rows, "frozen"), Is.EqualTo(3), rows);
        Assert.That(Regex.Count(rows, "thawed"), Is.EqualTo(3), rows);
        Assert.That(system.Initx("history").Out, Does.Contain("a backup"));
    }

    [Test]
    public void Without_cgroups_it_says_that_it_cannot()
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit("count.service", Counting, "multi-user.target");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini, [layer, Layer.Product], ["/usr/lib/initx/initxd"],
            withoutCgroup: true);
        GoesOn(system);
        var freeze = system.Initx("freeze", "count");
        Assert.That(freeze.Status, Is.EqualTo(1), freeze.ToString);
        Assert.That(freeze.Error, Does.Contain("is not frozen").And.Contain("cgroup v2"));
        Assert.That(system.Initx("status", "count").Out, Does.Contain("active (running)"));
        GoesOn(system);
    }

    private static void Done(BootedSystem system, params string[] args)
    {
        var run = system.Initx(args);
        Assert.That(run.Status, Is.Zero, () => run + system.Evidence());
    }

    private static string MainPid(BootedSystem system) =>
        system.Initx("show", "count", "-p", "MainPID", "--value").Out.Trim();

    private static string Counted(BootedSystem system) =>
        system.Shell("cat /run/main | wc -c; cat /run/child | wc -c").Out;

    private static void GoesOn(BootedSystem system)
    {
        string before = Counted(system);
        Eventually.True(() =>
        {
            string[] was = before.Split();
            string[] now = Counted(system).Split();
            return was[0] != now[0] && was[1] != now[1];
        }, "both processes run", system.Evidence);
    }

    // Twenty times their pause is no time-out: they either run or they do not.
    private static void Rests(BootedSystem system)
    {
        string before = Counted(system);
        Thread.Sleep(1_000);
        Assert.That(Counted(system), Is.EqualTo(before), system.Evidence);
    }
}
