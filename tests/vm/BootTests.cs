using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// initxd as the true PID 1 of a real kernel: it comes up, and goes down for the right reason.
/// </summary>
[TestFixture]
public sealed class BootTests
{
    private const string Report = "manager_answers && say up as $(cat /proc/1/comm)";

    [Test]
    public void Reaches_its_target_and_powers_off()
    {
        using VirtualMachine machine = Guest.Boot($"{Report}; initx poweroff");
        machine.Expect("CHECK up as init");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }

    [Test]
    public void Hostile_words_on_the_kernel_command_line_change_nothing()
    {
        using VirtualMachine machine = Guest.Boot(
            $"{Report}; initx reboot",
            "DOTNET_GCHeapHardLimit=1 DOTNET_gcServer=1 COMPlus_GCHeapAffinitizeMask=zz "
            + "LD_PRELOAD=/no.so GLIBC_TUNABLES=glibc.malloc.check=3 =nothing "
            + "\"quoted word\" initx.nonsense=\u00ff single.word");
        machine.Expect("CHECK up as init");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.Rebooted), machine.Evidence);
    }

    [Test]
    public void Boots_in_96_MiB_of_memory()
    {
        // Compressed, without the command line and the archive: the kernel unpacks what it holds
        // beside what it has unpacked. Signal 38 is SIGRTMIN+4, which powers off.
        using VirtualMachine machine = Guest.Boot(
            "say up as $(cat /proc/1/comm); grep MemAvailable /proc/meminfo; kill -s 38 1",
            memoryMiB: 96, lean: true);
        machine.Expect("CHECK up as init");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }

    [Test]
    public void Control_alt_delete_stops_the_services_and_reboots()
    {
        using VirtualMachine machine = Guest.Boot(Report);
        machine.Expect("CHECK up as init");
        machine.Press("ctrl-alt-delete");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.Rebooted), machine.Evidence);
    }

    [Test]
    public void Without_etc_it_boots_all_the_same()
    {
        // The kernel unpacks in order, and nothing can be taken back: the base comes without /etc
        // here.
        using VirtualMachine machine = VirtualMachine.Start(new MachineOptions
        {
            Initramfs =
            [
                Initramfs.Base(withEtc: false), Guest.Product(), Guest.Units(),
                Guest.Check($"test -e /etc/passwd || say no /etc; {Report}; initx poweroff"),
            ],
        });
        machine.Expect("CHECK no /etc");
        machine.Expect("CHECK up as init");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }

    [Test]
    public void Without_any_unit_it_offers_a_way_in_and_ends_when_told_to()
    {
        using VirtualMachine machine = VirtualMachine.Start(new MachineOptions
        {
            Initramfs =
            [
                Initramfs.Base(), Guest.Product(),
                // The password is "door": sulogin asks for one, and refuses an empty one.
                new CpioArchive()
                    .File("/etc/passwd", "root:$1$inittx$NMhrYBT4t/ZSqaS48Ml9p.:0:0:root:/root:/bin/sh\n")
                    .ToArray(),
            ],
        });
        machine.Expect("root password");
        machine.Type("door\n");
        machine.Expect("# ");
        machine.Type("echo sum $((40 + 2)); initx history | grep -m 1 'default.target'\n");
        machine.Expect("sum 42");
        machine.Expect("default.target");
        machine.Press("ctrl-alt-delete");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.Rebooted), machine.Evidence);
    }
}
