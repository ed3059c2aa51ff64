using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// scripts/ns-boot keeps its promises; every other test of this layer stands on them.
/// </summary>
[TestFixture]
public sealed class LauncherTests
{
    private static BootedSystem Boot(string script) =>
        Boot(script, []);

    private static BootedSystem Boot(string script, IEnumerable<string> environment) =>
        BootedSystem.Boot(SystemRoot.Mini, [], ["/bin/sh", "-c", script], environment);

    [TestCase("exit 7", 7)]
    [TestCase("exec poweroff -f", BootedSystem.StatusPowerOff)]
    [TestCase("exec reboot -f", BootedSystem.StatusReboot)]
    public void Reports_how_PID_1_ended(string script, int status)
    {
        // The minimal root keeps busybox's names for initx: call the applets by way of busybox.
        using BootedSystem system =
            Boot(script.Replace("exec ", "exec busybox ", StringComparison.Ordinal));
        Assert.That(system.AwaitEnd(), Is.EqualTo(status), system.Evidence);
    }

    [Test]
    public void PID_1_starts_with_a_terminal_as_console_and_nothing_else()
    {
        using BootedSystem system =
            Boot("echo fds: $(ls /proc/self/fd); test -t 1 && tty; env; echo end");
        system.AwaitConsole("end");
        Assert.That(system.Console, Does.Contain("fds: 0 1 2 3"), "3 is ls reading the directory");
        Assert.That(system.Console, Does.Contain("/dev/console"));
        Assert.That(system.Console, Does.Contain("container=inittx"));
        Assert.That(system.Console, Does.Not.Contain("NSB_"));
    }

    [Test]
    public void Environment_is_what_was_asked_for()
    {
        using BootedSystem system = Boot("echo value: \"$ODD\"; echo end", ["ODD=a b=c"]);
        system.AwaitConsole("end");
        Assert.That(system.Console, Does.Contain("value: a b=c"));
    }

    [Test]
    public void The_root_and_its_layers_stay_as_they_are()
    {
        using Layer layer = new();
        layer.WriteFile("/etc/only-here", "kept");
        using (BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini, [layer],
            ["/bin/sh", "-c", "cat /etc/only-here; rm /etc/only-here; rm -r /var; echo end"]))
        {
            system.AwaitConsole("end");
            Assert.That(system.Console, Does.Contain("kept"));
            Assert.That(system.AwaitEnd(), Is.Zero);
        }
        Assert.That(File.ReadAllText(layer.Path + "/etc/only-here"), Is.EqualTo("kept"));
        Assert.That(Directory.Exists(SystemRoot.Mini.Path + "/var"), Is.True);
    }

    [Test]
    public void The_host_is_out_of_reach()
    {
        using BootedSystem system = Boot(
            "for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel/uevent_helper; do "
            + "(echo x >$f) 2>/dev/null && echo WROTE $f; done; "
            + "date -s 2001-01-01 >/dev/null; test $(date +%Y) = 2001 && echo SET the clock; "
            + "ip link | grep -v lo: | grep -E '^[0-9]' && echo SAW a network; echo end");
        system.AwaitConsole("end");
        Assert.That(
            system.Console,
            Does.Not.Contain("WROTE").And.Not.Contain("SET").And.Not.Contain("SAW"));
    }

    [Test]
    public void A_work_directory_that_another_took_for_a_leftover_is_made_again()
    {
        // mktemp as it looks to one who lost the race, in both of its shapes, then as it is.
        using Layer tools = new();
        tools.WriteFile(
            "/mktemp",
            "#!/bin/sh\nset -e\nmade=$(/usr/bin/mktemp \"$@\")\n"
            + "[ -e ${0%/*}/first ] || { : >${0%/*}/first; rmdir \"$made\"; }\necho \"$made\"\n");
        File.SetUnixFileMode(
            tools.Path + "/mktemp",
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CommandResult result = HostCommand.Run(
        [
            "/usr/bin/env", $"PATH={tools.Path}:{Environment.GetEnvironmentVariable("PATH")}",
            Repository.Script("ns-boot"), SystemRoot.Mini.Path, "--", "/bin/sh", "-c", "exit 7",
        ]);
        Assert.That(File.Exists(tools.Path + "/first"), "a directory was removed");
        Assert.That(result.Status, Is.EqualTo(7), $"{result.Out}{result.Error}");
    }

    [Test]
    public void Commands_run_inside_beside_PID_1()
    {
        using BootedSystem system = Boot("sleep 600");
        CommandResult result =
            system.Shell("read -r name </proc/1/comm; echo $name; echo bad >&2; exit 9");
        Assert.That(result.Status, Is.EqualTo(9), result.ToString);
        Assert.That(result.Out.Trim(), Is.EqualTo("sleep"));
        Assert.That(result.Error.Trim(), Is.EqualTo("bad"));
    }

    [Test]
    public void Nothing_is_left_after_it_was_taken_down()
    {
        string cgroup;
        int pid;
        using (BootedSystem system = Boot("setsid sleep 600 & sleep 600"))
        {
            cgroup = system.Cgroup;
            pid = system.HostPid;
            system.Shell("setsid sleep 600 </dev/null >/dev/null 2>&1 &");
        }
        Assert.That(Directory.Exists($"/proc/{pid}/root"), Is.False, "PID 1 is gone");
        if (cgroup != "-")
            Assert.That(Directory.Exists(cgroup), Is.False, "and its cgroup");
    }

    [Test]
    public void Two_systems_run_side_by_side()
    {
        using BootedSystem one = Boot("echo one >/tmp/name; sleep 600");
        using BootedSystem two = Boot("echo two >/tmp/name; sleep 600");
        Eventually.True(() => Name(one) == "one", "the first has its file");
        Eventually.True(() => Name(two) == "two", "the second has its own");

        static string Name(BootedSystem system) => system.Shell("cat /tmp/name").Out.Trim();
    }
}
