using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// The hardware watchdog, with the kernel's own (softdog) for the hardware: it is fed while PID 1
/// runs, also through crashes, and bites when PID 1 does not run.
/// </summary>
[TestFixture]
public sealed class WatchdogTests
{
    private const string Armed = "CHECK watchdog active 6";

    private const string Report =
        """
        manager_answers
        cd /sys/class/watchdog/watchdog0
        say watchdog $(cat state) $(cat timeout)
        """;

    [Test]
    public void It_is_fed_through_crashes_and_disarmed_at_power_off()
    {
        using VirtualMachine machine = Boot(
            $"""
            {Report}
            sleep 9
            unharmed && say fed
            kill -s SEGV 1
            sleep 9
            unharmed && say fed after a crash
            initx reexec
            sleep 9
            unharmed && say fed after a re-exec
            initx poweroff
            """);
        machine.Expect(Armed);
        machine.Expect("CHECK fed after a crash");
        machine.Expect("CHECK fed after a re-exec");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
        Assert.That(machine.Console, Does.Not.Contain("watchdog did not stop"));
    }

    [Test]
    public void It_resets_the_machine_when_PID_1_does_not_run()
    {
        using VirtualMachine machine = Boot(
            $"""
            {Report}
            echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze
            """);
        machine.Expect(Armed);
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.Rebooted), machine.Evidence);
    }

    private static VirtualMachine Boot(string script) => VirtualMachine.Start(new MachineOptions
    {
        Initramfs =
        [
            Initramfs.Base(), Guest.Product(), Guest.Units(), Guest.Check(script),
            Initramfs.Script(
                "insmod /watchdog.ko && insmod /softdog.ko && exec /usr/lib/initx/initxd"),
            new CpioArchive()
                .File("/etc/initx/initx.conf", "[Manager]\nRuntimeWatchdogSec=6\n")
                .File("/watchdog.ko", Kernel.Module("watchdog"))
                .File("/softdog.ko", Kernel.Module("softdog"))
                .ToArray(),
        ],
    });
}
