using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// The whole manager where the kernel, or the filter of an old container, refuses what is newer: it
/// boots, supervises, stops and survives crashes by the fallbacks of the kernel table.
/// </summary>
[TestFixture]
public sealed class FallbackTests
{
    private static readonly string[] Refused =
        ["pidfd_open(2)", "clone3(2)", "openat2(2)", "close_range(2)"];

    [TestCase("old-container", Description = "EPERM")]
    [TestCase("older-container", Description = "EPERM for clone3 too, where glibc has no answer")]
    [TestCase("older-container,no-seccomp", Description = "and no filter of ours over it")]
    [TestCase("old-kernel", Description = "ENOSYS")]
    public void Without_pidfds_clone3_openat2_and_close_range_services_are_supervised(string filter)
    {
        using CrashSystem system = new(inheritance: filter);
        string missing = system.System.Initx("status", "--json").Out;
        foreach (string name in Refused)
            Assert.That(missing, Does.Contain(name));

        if (system.System.Cgroup != "-")
        {
            Assert.That(
                system.System.Shell($"cat /proc/{system.MainPid("live1.service")}/cgroup").Out,
                Does.Contain("0::/system.slice/live1.service"), "the child joins it itself");
        }

        system.KillMortals();
        Eventually.True(
            () => system.RecordedExits("mortal1.service") is [CrashSystem.MortalStatus]
                && system.IsActive("mortal1.service"),
            "an exit is found by pid, recorded and acted on", system.Evidence);
        CommandResult restarted = system.System.Initx("restart", "mortal1.service");
        Assert.That(restarted.Status, Is.Zero, () => $"{restarted}\n{system.Evidence()}");
        Assert.That(
            system.System.Initx("stop", "mortal1.service").Status, Is.Zero, system.Evidence);
        Assert.That(system.CountMortals(), Is.Zero, "stopped means gone");
    }

    [TestCase("old-container")]
    [TestCase("older-container")]
    [TestCase("older-container,no-seccomp")]
    [TestCase("old-kernel")]
    public void Without_pidfds_a_crash_loses_no_service_and_no_exit_status(string filter)
    {
        using CrashSystem system = new(inheritance: filter);
        system.Crash("ud2");
        system.AwaitStart(after: 1);
        system.AssertUnharmed();
        system.KillMortals();
        Eventually.True(
            () => system.RecordedExits("mortal1.service") is [CrashSystem.MortalStatus]
                && system.IsActive("mortal1.service"),
            "the next exit is noticed as well", system.Evidence);
    }

    [Test]
    public void Where_clone3_is_forbidden_programs_with_threads_start_all_the_same()
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit(
                "prepared.service",
                "[Service]\nExecStart=/bin/sleep infinity\nEnvironmentFile=-/none\n",
                "multi-user.target");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini,
            [layer, Layer.Product, NativePrograms.Layer],
            [NativePrograms.Launch, "older-container", "/usr/lib/initx/initxd"]);
        Eventually.True(
            () => system.Initx("is-active", "-q", "prepared.service").Status == 0,
            "the prepare helper has answered", system.Evidence);
        Assert.That(system.Shell("cat /proc/1/status").Out, Does.Match("NoNewPrivs:\t0"));
    }

    [Test]
    public void Without_cgroups_services_are_supervised_and_stopped_by_process_group()
    {
        using CrashSystem system = new(withoutCgroup: true);
        string status = system.System.Initx("status", "--json").Out;
        Assert.That(status, Does.Contain("cgroup v2, writable"));
        system.Crash("ud2");
        system.AwaitStart(after: 1);
        system.AssertUnharmed();
        CommandResult stopped = system.System.Initx(["stop", .. system.Lives, .. system.Mortals]);
        Assert.That(stopped.Status, Is.Zero, () => $"{stopped}\n{system.Evidence()}");
        Assert.That(system.CountMortals(), Is.Zero, "stopped means gone");
    }

    [TestCase("", "TERM", "sleep 1000 & sleep 1000 & wait", "stopped")]
    [TestCase("", "TERM", "(trap '' TERM; exec sleep 1000) & wait", "stopped")]
    [TestCase("", "TERM", "setsid sleep 1000 & wait", "stopped", Description = "by its parent")]
    [TestCase("", "KILL", "sleep 1000 & sleep 1000 & wait", "killed", Description = "main process")]
    [TestCase("", "KILL", "(sleep 1000 & sleep 1000 &) ; sleep 1000", "killed")]
    [TestCase("KillMode=mixed\n", "TERM", "(sleep 1000 &) ; exec sleep 1000", "stopped")]
    public void Without_cgroups_what_a_service_has_made_ends_with_it(
        string more, string signal, string script, string how)
    {
        using CrashSystem system = new(withoutCgroup: true, more: layer => layer
            .WriteFile("/run-tree", $"{script}\n")
            .Unit(
                "tree.service",
                $"[Service]\nExecStart=/bin/sh /run-tree\nTimeoutStopSec=1\n{more}"));
        Assert.That(system.System.Initx("start", "tree").Status, Is.Zero, system.Evidence);
        Eventually.True(() => Sleepers(system) > 0, "it has made processes", system.Evidence);
        if (how == "killed")
            system.System.Shell($"kill -{signal} {system.MainPid("tree.service")}");
        else
            system.System.Initx("stop", "tree");
        Eventually.True(
            () => system.System.Initx("is-active", "tree").Out.Trim() is "inactive" or "failed",
            "it is down", system.Evidence);
        Assert.That(Sleepers(system), Is.Zero, system.Evidence);
        system.AssertUnharmed();
    }

    [Test]
    public void Without_cgroups_a_crash_forgets_no_process_of_a_service()
    {
        using CrashSystem system = new(withoutCgroup: true, more: layer => layer
            .WriteFile("/run-tree", "sleep 1000 & sleep 1000 & wait\n")
            .Unit("tree.service", "[Service]\nExecStart=/bin/sh /run-tree\nTimeoutStopSec=1\n"));
        Assert.That(system.System.Initx("start", "tree").Status, Is.Zero, system.Evidence);
        Eventually.True(() => Sleepers(system) > 1, "it has made processes", system.Evidence);
        system.Crash("ud2");
        system.AwaitStart(after: 1);
        system.System.Shell($"kill -KILL {system.MainPid("tree.service")}");
        Eventually.True(
            () => system.System.Initx("is-active", "tree").Out.Trim() == "failed",
            "it is down", system.Evidence);
        Assert.That(Sleepers(system), Is.Zero, system.Evidence);
    }

    [Test]
    public void Without_cgroups_KillMode_process_leaves_the_rest_alone()
    {
        using CrashSystem system = new(withoutCgroup: true, more: layer => layer
            .WriteFile("/run-tree", "sleep 1000 & wait\n")
            .Unit("tree.service", "[Service]\nExecStart=/bin/sh /run-tree\nKillMode=process\n"));
        Assert.That(system.System.Initx("start", "tree").Status, Is.Zero, system.Evidence);
        Eventually.True(() => Sleepers(system) > 0, "it has made processes", system.Evidence);
        Assert.That(system.System.Initx("stop", "tree").Status, Is.Zero, system.Evidence);
        Assert.That(Sleepers(system), Is.EqualTo(1), system.Evidence);
    }

    private static int Sleepers(CrashSystem system) => int.Parse(
        system.System.Shell(
            "n=0; for p in /proc/[0-9]*; do grep -qs '^sleep' $p/cmdline && n=$((n + 1)); done; "
            + "echo $n").Out.Trim(),
        System.Globalization.CultureInfo.InvariantCulture);

    [TestCase("memfd-noexec", "Tmpfs")]
    [TestCase("memfd-noexec,no-fsopen", "File")]
    public void Where_no_memfd_may_be_executed_a_crash_still_finds_an_image(
        string filter, string image)
    {
        using CrashSystem system = new(inheritance: filter);
        Assert.That(system.StartInfo()["image"], Is.EqualTo(image));
        for (int crash = 1; crash <= 3; crash++)
        {
            system.Crash("failfast");
            Dictionary<string, string> facts = system.AwaitStart(after: crash);
            Assert.That((facts["rung"], facts["image"]), Is.EqualTo(("SameImage", image)));
        }

        system.AssertUnharmed();
    }

    [Test]
    public void Without_a_watchdog_device_it_is_told_and_the_rest_boots()
    {
        using Layer layer = new Layer()
            .Targets()
            .WriteFile("/etc/initx/initx.conf", "[Manager]\nRuntimeWatchdogSec=30\n");
        using BootedSystem system = BootedSystem.Initxd(layer);
        system.AwaitConsole("no hardware watchdog /dev/watchdog0: ENOENT");
        Eventually.True(
            () => system.Initx("is-active", "-q", "multi-user.target").Status == 0,
            "the boot ends", system.Evidence);
    }

    [Test]
    public void A_broken_file_in_place_of_the_image_matters_to_no_crash_and_no_reexec()
    {
        using CrashSystem system = new();
        system.System.Shell(
            "echo broken >/usr/lib/initx/initxd.new; chmod 755 /usr/lib/initx/initxd.new; "
            + "mv /usr/lib/initx/initxd.new /usr/lib/initx/initxd");
        CommandResult asked = system.System.Initx("reexec");
        Assert.That(asked.Status, Is.Zero, () => $"{asked}\n{system.Evidence()}");
        Dictionary<string, string> facts = system.AwaitStart(after: 1);
        Assert.That((facts["reason"], facts["rung"]), Is.EqualTo(("Planned", "SameImage")));
        system.Crash("ud2");
        facts = system.AwaitStart(after: 2);
        Assert.That((facts["reason"], facts["rung"]), Is.EqualTo(("Crash", "SameImage")));
        system.AssertUnharmed();
        JsonElement status = JsonDocument.Parse(system.System.Initx("status", "--json").Out)
            .RootElement;
        Assert.That(status.GetProperty("reexecs").GetInt32(), Is.EqualTo(1));
    }
}
