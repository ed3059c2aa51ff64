using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// Commands of socket units with the real binary: when they run, as whom, and over restarts of the
/// manager.
/// </summary>
[TestFixture]
public sealed class SocketCommandTests
{
    // Who runs, as whom, and whether the sockets are there.
    private const string Note =
        "/bin/sh -c 'echo $$0 $$(id -un) $$WORD $$(test -S /run/door && echo open) >>/run/rows'";

    private const string All = "[Socket]\nListenStream=/run/door\nRemoveOnStop=yes\n"
        + "Environment=WORD=word\n"
        + "ExecStartPre=" + Note + " pre\nExecStartPost=" + Note + " post\n"
        + "ExecStopPre=" + Note + " stop-pre\nExecStopPost=" + Note + " stop-post\n";

    private const string Served = "[Service]\nExecStart=/bin/sleep 1000\n";

    [Test]
    public void Commands_run_around_the_opening_and_the_closing_with_the_settings_of_the_unit()
    {
        using Layer layer = new Layer().Unit("door.socket", All + "User=nobody\n")
            .Unit("door.service", Served);
        using BootedSystem system = BootedSystem.Calm(layer);
        system.Shell("install -m 666 /dev/null /run/rows");
        Assert.That(system.Initx("start", "door.socket").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "door.socket"), Is.EqualTo("active listening success"));
        Assert.That(system.Initx("stop", "door.socket").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "door.socket"), Is.EqualTo("inactive dead success"));
        Assert.That(system.Shell("cat /run/rows").Out.Split('\n', StringSplitOptions.TrimEntries),
            Is.EqualTo(new[]
            {
                "pre nobody word", "post nobody word open", "stop-pre nobody word open",
                "stop-post nobody word", "",
            }), system.Evidence);
        string rows = system.Initx("history", "--json", "-n", "200", "door.socket").Out;
        Assert.That(rows, Does.Contain("\"stop-pre\"").And.Contain("\"exited\""));
    }

    [Test]
    public void A_failure_before_the_opening_is_the_sockets_own_and_status_says_so()
    {
        using Layer layer = new Layer()
            .Unit("door.socket", "[Socket]\nListenStream=/run/door\nExecStartPre=/bin/false\n")
            .Unit("door.service", Served);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "door.socket").Status, Is.Not.Zero);
        Assert.That(State(system, "door.socket"), Is.EqualTo("failed failed exit-code"));
        Assert.That(
            system.Initx("status", "door.socket").Out,
            Does.Contain("start-pre command /bin/false ended with status 1"));
        Assert.That(system.Shell("test -e /run/door").Status, Is.Not.Zero);
    }

    [Test]
    public void What_hangs_or_stays_behind_is_gone_when_the_socket_is()
    {
        using Layer layer = new Layer()
            .Unit("door.socket", "[Socket]\nListenStream=/run/door\nTimeoutSec=1s\n"
                + "ExecStartPost=/bin/sh -c 'setsid sleep 1001 </dev/null >/dev/null 2>&1 &'\n"
                + "ExecStopPre=/bin/sh -c \"trap '' TERM; sleep 1002; sleep 1003\"\n")
            .Unit("door.service", Served);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "door.socket").Status, Is.Zero, system.Evidence);
        Assert.That(system.Shell("pgrep -fx 'sleep 1001'").Status, Is.Zero);
        system.Initx("stop", "door.socket");
        Assert.That(State(system, "door.socket"), Is.EqualTo("failed failed timeout"));
        Assert.That(system.Shell("pgrep -f 'sleep 100[123]'").Status, Is.Not.Zero);
        Eventually.True(
            () => system.Shell("find /sys/fs/cgroup -name door.socket").Out.Length == 0,
            "its cgroup is gone", system.Evidence);
    }

    [TestCase("reexec")]
    [TestCase("crash")]
    public void The_manager_may_go_while_a_command_runs(string how)
    {
        const string wait = "/bin/sh -c 'while [ ! -e /run/$$0 ]; do sleep 0.05; done'";
        using Layer layer = new Layer()
            .Unit("door.socket", "[Socket]\nListenStream=/run/door\nRemoveOnStop=yes\n"
                + $"ExecStartPre={wait} pre\nExecStartPost={wait} post\n"
                + $"ExecStopPre={wait} stop-pre\nExecStopPost={wait} stop-post\n")
            .Unit("door.service", Served);
        using BootedSystem system = BootedSystem.Calm(layer);
        system.Initx("start", "--no-block", "door.socket");
        Step(system, how, "pre", "activating start-pre success", isOpen: false);
        Step(system, how, "post", "activating start-post success", isOpen: true);
        AwaitState(system, "door.socket", "active listening success");
        Restart(system, how);
        AwaitState(system, "door.socket", "active listening success");
        system.Initx("stop", "--no-block", "door.socket");
        Step(system, how, "stop-pre", "deactivating stop-pre success", isOpen: true);
        Step(system, how, "stop-post", "deactivating stop-post success", isOpen: false);
        AwaitState(system, "door.socket", "inactive dead success");
    }

    // The manager goes in the state, which is the same behind that, and the command ends.
    private static void Step(
        BootedSystem system, string how, string command, string state, bool isOpen)
    {
        AwaitState(system, "door.socket", state);
        string before = system.Shell($"pgrep -fx '.* {command}'").Out;
        Assert.That(before, Is.Not.Empty, system.Evidence);
        Restart(system, how);
        AwaitState(system, "door.socket", state);
        Assert.That(
            system.Shell("test -S /run/door").Status == 0, Is.EqualTo(isOpen), system.Evidence);
        Assert.That(system.Shell($"pgrep -fx '.* {command}'").Out, Is.EqualTo(before));
        system.Shell($"touch /run/{command}");
    }

    private static void Restart(BootedSystem system, string how)
    {
        if (how == "reexec")
            Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        else
            system.Signal("SEGV");
    }

    private static void AwaitState(BootedSystem system, string unit, string state) =>
        Eventually.True(
            () => State(system, unit) == state, $"{unit} is {state}", system.Evidence);

    private static string State(BootedSystem system, string unit) => string.Join(' ',
        system.Initx("show", "-p", "ActiveState,SubState,Result", "--value", unit).Out
            .Split('\n', StringSplitOptions.RemoveEmptyEntries));
}
