using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// Mount and swap units over the real mount(8), umount(8) and the kernel's tables.
/// </summary>
[TestFixture]
public sealed class MountTests
{
    private const string Tmpfs = "[Mount]\nWhat=scratch\nType=tmpfs\n";

    [Test]
    public void A_mount_unit_makes_its_place_mounts_changes_and_unmounts()
    {
        using Layer layer = new Layer().Unit(
            "srv-deep-er.mount", Tmpfs + "Options=size=1M,nofail\nDirectoryMode=0711\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "srv-deep-er.mount").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "srv-deep-er.mount"), Is.EqualTo("active mounted success"));
        Assert.That(
            system.Shell("grep ' /srv/deep/er ' /proc/self/mountinfo").Out,
            Does.Contain("tmpfs scratch").And.Contain("size=1024k"));
        Assert.That(system.Shell("stat -c %a /srv/deep").Out.Trim(), Is.EqualTo("711"));
        Assert.That(system.Initx("reload", "srv-deep-er.mount").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "srv-deep-er.mount"), Is.EqualTo("active mounted success"));
        Assert.That(system.Initx("stop", "srv-deep-er.mount").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "srv-deep-er.mount"), Is.EqualTo("inactive dead success"));
        Assert.That(system.Shell("grep ' /srv/deep/er ' /proc/self/mountinfo").Status, Is.Not.Zero);
    }

    [Test]
    public void What_others_mount_and_unmount_is_seen_at_once()
    {
        using Layer layer = new Layer().Unit(
            "bound.service", "[Unit]\nBindsTo=mnt-a\\x20b.mount\nAfter=mnt-a\\x20b.mount\n"
                + "[Service]\nExecStart=/bin/sleep 1000\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        system.Shell("mkdir '/mnt/a b' && mount -t tmpfs some '/mnt/a b'");
        AwaitState(system, "mnt-a\\x20b.mount", "active mounted success");
        Assert.That(system.Initx("start", "bound.service").Status, Is.Zero, system.Evidence);
        system.Shell("umount '/mnt/a b'");
        AwaitState(system, "mnt-a\\x20b.mount", "inactive dead success");
        AwaitState(system, "bound.service", "inactive dead success");
        system.Shell("mount -t tmpfs some '/mnt/a b'");
        AwaitState(system, "mnt-a\\x20b.mount", "active mounted success");
        Assert.That(system.Initx("stop", "mnt-a\\x20b.mount").Status, Is.Zero, system.Evidence);
        Assert.That(
            system.Initx("start", "mnt-a\\x20b.mount").ToString(), Does.Contain("no unit file"));
    }

    [Test]
    public void A_service_gets_the_mounts_of_its_paths_and_stands_in_the_way_of_unmounting()
    {
        using Layer layer = new Layer()
            .Unit("srv.mount", Tmpfs)
            .Unit("srv-in.mount", "[Mount]\nWhat=/srv/from\nType=none\nOptions=bind\n")
            .Unit("user.service", "[Unit]\nRequiresMountsFor=/srv/in/data\n"
                + "[Service]\nWorkingDirectory=/srv/in\nExecStart=/bin/sleep 1000\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "user.service").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "srv-in.mount"), Is.EqualTo("active mounted success"));
        system.Shell("cd /srv/in && setsid sleep 1001 </dev/null >/dev/null 2>&1 &");
        CommandResult stop = system.Initx("stop", "--no-rollback", "srv-in.mount");
        Assert.That(stop.Status, Is.Not.Zero);
        Assert.That(stop.ToString(), Does.Contain("/bin/umount ended with status 32"));
        Assert.That(State(system, "srv-in.mount"), Is.EqualTo("active mounted exit-code"));
        Assert.That(State(system, "user.service"), Is.EqualTo("inactive dead success"));
        system.Shell("pkill -fx 'sleep 1001'; while pgrep -fx 'sleep 1001'; do sleep 0.05; done");
        Assert.That(system.Initx("stop", "srv.mount").Status, Is.Zero, system.Evidence);
        Assert.That(State(system, "srv-in.mount"), Is.EqualTo("inactive dead success"));
    }

    [Test]
    public void A_mount_that_hangs_costs_its_time_and_nothing_else()
    {
        using Layer layer = new Layer()
            .WriteFile("/usr/sbin/mount.hang", "#!/bin/sh\nexec sleep 1000\n", executable: true)
            .Unit("srv.mount", "[Mount]\nWhat=x\nType=hang\nTimeoutSec=2s\n")
            .Unit("opt.mount", "[Mount]\nWhat=x\nType=nosuchtype\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        system.Initx("start", "--no-block", "srv.mount");
        AwaitState(system, "srv.mount", "activating mounting success");
        CommandResult other = system.Initx("start", "opt.mount");
        Assert.That(other.ToString(), Does.Contain("/bin/mount ended with status 32"));
        AwaitState(system, "srv.mount", "failed failed timeout");
        Assert.That(system.Shell("pgrep -fx 'sleep 1000'").Status, Is.Not.Zero, "nothing is left");
        Assert.That(
            system.Initx("status", "srv.mount").Out,
            Does.Contain("mounting took longer than TimeoutSec=2 s"));
    }

    [TestCase("reexec")]
    [TestCase("crash")]
    public void The_manager_may_go_while_a_mount_is_under_way(string how)
    {
        using Layer layer = new Layer()
            .WriteFile(
                "/usr/sbin/mount.slow",
                "#!/bin/sh\nwhile [ ! -e /run/go ]; do sleep 0.05; done\n"
                    + "exec mount -i -t tmpfs slow \"$2\"\n",
                executable: true)
            .Unit("srv.mount", "[Mount]\nWhat=x\nType=slow\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        system.Shell("mount -t tmpfs mine /mnt");
        AwaitState(system, "mnt.mount", "active mounted success");
        system.Initx("start", "--no-block", "srv.mount");
        AwaitState(system, "srv.mount", "activating mounting success");
        Restart(system, how);
        system.Shell("touch /run/go");
        AwaitState(system, "srv.mount", "active mounted success");
        Restart(system, how);
        Assert.That(State(system, "srv.mount"), Is.EqualTo("active mounted success"));
        Assert.That(State(system, "mnt.mount"), Is.EqualTo("active mounted success"));
        Assert.That(system.Initx("stop", "srv.mount").Status, Is.Zero, system.Evidence);
    }

    [Test]
    public void A_place_behind_a_link_is_refused_before_anything_is_mounted()
    {
        using Layer layer = new Layer()
            .Link("/srv/link", "/mnt")
            .Unit("srv-link-a.mount", Tmpfs);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "srv-link-a.mount").Status, Is.Not.Zero);
        Assert.That(
            system.Initx("status", "srv-link-a.mount").Out, Does.Contain("symbolic link"),
            system.Evidence);
        Assert.That(system.Shell("grep scratch /proc/self/mountinfo").Status, Is.Not.Zero);
    }

    [Test]
    public void What_the_system_stands_on_stays()
    {
        using Layer layer = new();
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(
            system.Initx("stop", "--", "-.mount").ToString(), Does.Contain("-.mount"),
            system.Evidence);
        Assert.That(State(system, "-.mount"), Is.EqualTo("active mounted success"));
        Assert.That(State(system, "-.slice"), Is.EqualTo("active active success"));
        Assert.That(State(system, "system.slice"), Is.EqualTo("active active success"));
        Assert.That(State(system, "init.scope"), Is.EqualTo("active running success"));
        Assert.That(system.Initx("list").Out, Does.Not.Contain("proc.mount")
            .And.Not.Contain("run-initx"));
    }

    [Test]
    public void A_swap_that_cannot_be_used_fails_with_what_swapon_says()
    {
        using Layer layer = new Layer().Unit("srv-none.swap", "[Swap]\nWhat=/srv/none\n");
        using BootedSystem system = BootedSystem.Calm(layer);
        CommandResult start = system.Initx("start", "srv-none.swap");
        Assert.That(start.Status, Is.Not.Zero);
        Assert.That(start.ToString(), Does.Contain("/sbin/swapon ended with status"));
        Assert.That(State(system, "srv-none.swap"), Is.EqualTo("failed failed exit-code"));
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
