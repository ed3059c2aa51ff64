using InitTx.Namespaces.Tests.Crashes;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>Settings whose effect only a running system shows.</summary>
[TestFixture]
public sealed class SettingTests
{
    [Test]
    public void PassEnvironment_passes_what_the_manager_was_started_with_and_nothing_else()
    {
        using Layer layer = new Layer()
            .Targets()
            .WriteFile("/tell", "echo \"<$PASSED|$KEPT|$OWN>\" >/run/told\n")
            .Unit(
                "tell.service",
                "[Service]\nType=oneshot\nExecStart=/bin/sh /tell\n"
                + "PassEnvironment=PASSED NOWHERE OWN\nEnvironment=OWN=unit\n");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini,
            [layer, Layer.Product],
            ["/usr/lib/initx/initxd"],
            environment: ["PASSED=by the kernel", "KEPT=back", "OWN=manager"]);
        system.AwaitConsole("Boot committed");
        Assert.That(system.Initx("start", "tell").Status, Is.Zero, system.Evidence);
        Assert.That(
            system.Shell("cat /run/told").Out.Trim(), Is.EqualTo("<by the kernel||unit>"));
        Assert.That(system.Initx("reexec").Status, Is.Zero, system.Evidence);
        system.Shell("rm /run/told");
        Eventually.True(
            () => system.Initx("start", "tell").Status == 0, "the next image starts it",
            system.Evidence);
        Assert.That(
            system.Shell("cat /run/told").Out.Trim(), Is.EqualTo("<by the kernel||unit>"));
    }

    [Test]
    public void A_terminal_that_cannot_be_reset_keeps_no_service_from_starting()
    {
        using Layer layer = new Layer()
            .Unit(
                "getty.service",
                """
                [Service]
                Type=oneshot
                TTYPath=/dev/null
                TTYVHangup=yes
                TTYReset=yes
                TTYVTDisallocate=yes
                ExecStart=/bin/true
                """);
        using BootedSystem system = BootedSystem.Calm(layer);
        Assert.That(system.Initx("start", "getty").Status, Is.Zero, system.Evidence);
    }

    [Test]
    public void A_login_record_is_made_for_a_process_and_closed_with_the_unit()
    {
        using Layer layer = new Layer()
            .Unit(
                "login.service",
                """
                [Service]
                User=daemon
                TTYPath=/dev/tty9
                UtmpIdentifier=tty9
                UtmpMode=user
                ExecStart=/bin/sleep infinity
                """);
        using BootedSystem system = BootedSystem.Calm(layer);
        system.Shell("touch /run/utmp /var/log/wtmp");
        Assert.That(system.Initx("start", "login").Status, Is.Zero, system.Evidence);
        string main = system.Initx("show", "-p", "MainPID", "--value", "login").Out.Trim();
        Eventually.True(
            () => Record(system).StartsWith($"[7] [{main.PadLeft(5, '0')}] [tty9] [daemon",
                StringComparison.Ordinal),
            "a record of the user's", () => Record(system));
        Assert.That(system.Initx("stop", "login").Status, Is.Zero, system.Evidence);
        Eventually.True(
            () => Record(system).StartsWith("[8]", StringComparison.Ordinal)
                && !Record(system).Contains("daemon", StringComparison.Ordinal),
            "a record of one that has ended", () => Record(system));
    }

    private static string Record(BootedSystem system) =>
        system.Shell("utmpdump /run/utmp 2>/dev/null | grep -F '[tty9]'").Out.Trim();

    [TestCase("", "failed", Description = "the same connection starts it again and again")]
    [TestCase("FlushPending=yes\n", "active")]
    public void A_connection_that_nobody_takes_is_flushed_or_starts_the_service_anew(
        string setting, string state)
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit(
                "door.socket",
                $"[Socket]\nListenStream=/run/door\nTriggerLimitBurst=5\n{setting}",
                "multi-user.target")
            .Unit(
                "door.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/true\n");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini,
            [layer, Layer.Product, NativePrograms.Layer],
            ["/usr/lib/initx/initxd"]);
        Eventually.True(
            () => system.Initx("is-active", "-q", "door.socket").Status == 0, "it listens",
            system.Evidence);
        system.Run(NativePrograms.Probe, "knock", "/run/door");
        Eventually.True(
            () => system.Initx("is-active", "door.socket").Out.Trim() == state
                && system.Initx("show", "-p", "SubState", "--value", "door.socket").Out.Trim()
                    != "running",
            $"the socket is {state}", system.Evidence);
    }

    [TestCase("exit 0", "", 0)]
    [TestCase("exit 5", "", 5)]
    [TestCase("exit 5", "FailureActionExitStatus=44", 44)]
    [TestCase("kill -9 $$$$", "", 128 + 9)]
    public void A_container_ends_with_the_status_of_the_unit_that_says_so(
        string command, string setting, int status)
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit("other.service", "[Service]\nExecStart=/bin/sleep 1000\n", "multi-user.target")
            .Unit(
                "app.service",
                $"[Unit]\nAfter=other.service\nSuccessAction=exit\nFailureAction=exit\n{setting}\n"
                + $"[Service]\nExecStart=/bin/sh -c '{command}'\n",
                "multi-user.target");
        using BootedSystem system = BootedSystem.Initxd(layer);
        Assert.That(system.AwaitEnd(), Is.EqualTo(status), system.Evidence);
    }

    [Test]
    public void A_reboot_with_an_argument_reboots()
    {
        using Layer layer = new Layer()
            .Targets()
            .Unit(
                "last.service",
                "[Unit]\nFailureAction=reboot-force\nRebootArgument=recovery\n"
                + "[Service]\nType=oneshot\nExecStart=/bin/false\n",
                "multi-user.target");
        using BootedSystem system = BootedSystem.Initxd(layer);
        Assert.That(system.AwaitEnd(), Is.EqualTo(BootedSystem.StatusReboot), system.Evidence);
    }
}
