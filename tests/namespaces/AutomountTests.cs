using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// Automounts over the real autofs: who looks is held until it is mounted, and never longer. Every
/// look has a deadline of its own, so that a fault shows as 124 and not as a hang.
/// </summary>
[TestFixture]
public sealed class AutomountTests
{
    private const string Tmpfs = "[Mount]\nWhat=scratch\nType=tmpfs\n";
    private const string Look = "timeout 20 stat -f -c %T /srv/.";

    private const string Slow =
        "#!/bin/sh\nwhile [ ! -e /run/go ]; do sleep 0.05; done\n"
        + "exec mount -i -t tmpfs slow \"$2\"\n";

    [SetUp]
    public void SetUp() => Assume.That(
        File.ReadAllText("/proc/filesystems"), Does.Contain("autofs"), "this kernel has no autofs");

    [Test]
    public void A_look_mounts_and_a_stop_takes_everything_away()
    {
        using Layer layer = new Layer()
            .Unit("srv.mount", Tmpfs)
            .Unit("srv.automount", "[Automount]\nDirectoryMode=0711\n", "calm.target");
        using BootedSystem system = BootedSystem.Calm(layer);
        AwaitState(system, "srv.automount", "active waiting success");
        Assert.That(State(system, "srv.mount"), Is.EqualTo("inactive dead success"));
        CommandResult looked = system.Shell(Look);
        Assert.That((looked.Status, looked.Out), Is.EqualTo((0, "tmpfs\n")), system.Evidence);
        Assert.That(State(system, "srv.mount"), Is.EqualTo("active mounted success"));
        Assert.That(State(system, "srv.automount"), Is.EqualTo("active running success"));
        Assert.That(
            system.Initx("history", "srv.automount").Out, Does.Contain("(stat) looked at /srv"));
        Assert.That(system.Initx("stop", "srv.mount").Status, Is.Zero, system.Evidence);
        AwaitState(system, "srv.automount", "active waiting success");
        Assert.That(system.Shell(Look).Out, Is.EqualTo("tmpfs\n"), "again");
        Assert.That(system.Initx("stop", "srv.automount").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "srv.automount"), Is.EqualTo("inactive dead success"));
        Assert.That(system.Shell("grep ' /srv ' /proc/self/mountinfo").Status, Is.Not.Zero);
        AwaitState(system, "srv.mount", "inactive dead success");
        Assert.That(system.Shell("timeout 20 ls /srv").Status, Is.Zero, "an ordinary directory");
    }

    [Test]
    public void A_mount_that_fails_is_told_to_who_looked()
    {
        using Layer layer = new Layer()
            .Unit("srv.mount", "[Mount]\nWhat=x\nType=nosuchtype\n")
            .Unit("srv.automount", "[Automount]\n", "calm.target");
        using BootedSystem system = BootedSystem.Calm(layer);
        AwaitState(system, "srv.automount", "active waiting success");
        Assert.That(system.Shell(Look).ToString(), Does.Contain("No such device"));
        Assert.That(State(system, "srv.automount"), Is.EqualTo("active waiting success"));
        for (int i = 0; i < 4; i++)
            Assert.That(system.Shell(Look).Status, Is.EqualTo(1), "failed, and did not hang");
        Assert.That(system.Shell(Look).Status, Is.LessThan(2), "one too many");
        AwaitState(system, "srv.automount", "failed failed mount-start-limit-hit");
        Assert.That(system.Shell("timeout 20 ls /srv").Status, Is.Zero, "an ordinary directory");
    }

    [Test]
    public void Who_waits_is_let_go_by_a_stop_and_by_the_mount_s_time()
    {
        using Layer layer = new Layer()
            .WriteFile("/usr/sbin/mount.slow", Slow, executable: true)
            .Unit("srv.mount", "[Mount]\nWhat=x\nType=slow\nTimeoutSec=3s\n")
            .Unit("srv.automount", "[Automount]\n", "calm.target");
        using BootedSystem system = BootedSystem.Calm(layer);
        AwaitState(system, "srv.automount", "active waiting success");
        Assert.That(system.Shell(Look).ToString(), Does.Contain("No such device"), "its time");
        system.Shell($"({Look}; echo $?) >/run/seen 2>&1 &");
        AwaitState(system, "srv.mount", "activating mounting success");
        Assert.That(system.Initx("stop", "srv.automount").Status, Is.Zero, system.Evidence);
        Eventually.True(
            () => system.Shell("cat /run/seen").Out.Contains("Host is down\n1\n"),
            "it was let go", () => system.Shell("cat /run/seen").Out);
    }

    [Test]
    public void What_nobody_uses_is_unmounted_and_comes_back_with_the_next_look()
    {
        using Layer layer = new Layer()
            .Unit("srv.mount", Tmpfs)
            .Unit("srv.automount", "[Automount]\nTimeoutIdleSec=2s\n", "calm.target");
        using BootedSystem system = BootedSystem.Calm(layer);
        AwaitState(system, "srv.automount", "active waiting success");
        system.Shell($"{Look} && cd /srv && setsid sleep 1000 </dev/null >/dev/null 2>&1 &");
        AwaitState(system, "srv.mount", "active mounted success");
        system.Shell("sleep 4");
        Assert.That(State(system, "srv.mount"), Is.EqualTo("active mounted success"), "in use");
        system.Shell("pkill -fx 'sleep 1000'");
        AwaitState(system, "srv.mount", "inactive dead success");
        AwaitState(system, "srv.automount", "active waiting success");
        Assert.That(system.Shell(Look).Out, Is.EqualTo("tmpfs\n"), system.Evidence);
        Assert.That(
            system.Initx("history", "srv.mount").Out,
            Does.Contain("a stop job for srv.mount was queued [timer #"));
    }

    [TestCase("reexec")]
    [TestCase("crash")]
    public void Who_waits_does_not_notice_that_the_manager_goes(string how)
    {
        using Layer layer = new Layer()
            .WriteFile("/usr/sbin/mount.slow", Slow, executable: true)
            .Unit("srv.mount", "[Mount]\nWhat=x\nType=slow\n")
            .Unit("srv.automount", "[Automount]\n", "calm.target");
        using BootedSystem system = BootedSystem.Calm(layer);
        AwaitState(system, "srv.automount", "active waiting success");
        Restart(system, how);
        Assert.That(State(system, "srv.automount"), Is.EqualTo("active waiting success"));
        system.Shell($"({Look}; echo $?) >/run/seen 2>&1 &");
        AwaitState(system, "srv.mount", "activating mounting success");
        Restart(system, how);
        system.Shell("touch /run/go");
        Eventually.True(
            () => system.Shell("cat /run/seen").Out == "tmpfs\n0\n",
            "it was let in", system.Evidence);
        Restart(system, how);
        Assert.That(State(system, "srv.automount"), Is.EqualTo("active running success"));
        Assert.That(system.Initx("stop", "srv.mount").Status, Is.Zero, system.Evidence);
        AwaitState(system, "srv.automount", "active waiting success");
    }

    [Test]
    public void The_manager_and_its_services_start_below_the_place_do_not_hang()
    {
        using Layer layer = new Layer()
            .Unit("srv.mount", Tmpfs)
            .Unit("srv.automount", "[Automount]\n", "calm.target")
            .Unit("below.service", "[Unit]\nConditionPathExists=!/srv/nothing\n"
                + "[Service]\nType=oneshot\nRemainAfterExit=yes\nWorkingDirectory=/srv\n"
                + "ProtectSystem=yes\nReadWritePaths=-/srv\nExecStart=/usr/bin/touch /srv/mine\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        AwaitState(system, "srv.automount", "active waiting success");
        Assert.That(system.Initx("start", "below.service").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "srv.mount"), Is.EqualTo("active mounted success"));
        Assert.That(system.Shell("ls /srv").Out, Is.EqualTo("mine\n"));
    }

    [Test]
    public void What_cannot_be_is_refused_in_words_and_the_rest_boots()
    {
        using Layer layer = new Layer()
            .Link("/srv/link", "/mnt")
            .Unit("srv-link-a.mount", Tmpfs).Unit("srv-link-a.automount", "[Automount]\n")
            .Unit("opt.mount", Tmpfs)
            .Unit("opt.automount", "[Automount]\nExtraOptions=nonsense=1\n", "calm.target")
            .Unit("alone.automount", "[Automount]\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        AwaitState(system, "opt.automount", "failed failed resources");
        Assert.That(
            system.Initx("status", "opt.automount").Out,
            Does.Contain("autofs on /opt: EINVAL").And.Contain("ExtraOptions=nonsense=1"));
        Assert.That(
            system.Initx("start", "srv-link-a.automount").ToString(),
            Does.Contain("symbolic link"));
        Assert.That(
            system.Initx("start", "alone.automount").ToString(), Does.Contain("alone.mount"));
        Assert.That(system.Shell("timeout 20 ls /opt").Status, Is.Zero);
    }

    private static void Restart(BootedSystem system, string how)
    {
        if (how == "reexec")
            Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        else
            system.Signal("SEGV");
    }

    private static string State(BootedSystem system, string unit) => string.Join(' ', system.Initx(
            "show", "-p", "ActiveState,SubState,Result", "--value", "--", unit)
        .Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private static void AwaitState(BootedSystem system, string unit, string state) =>
        Eventually.True(
            () => State(system, unit) == state, $"{unit} is {state}",
            () => system.Evidence() + State(system, unit)
                + system.Initx("history", unit).Out);
}
