using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// The machine tells the ends of a guest apart; every other test of this layer stands on it.
/// </summary>
[TestFixture]
public sealed class HarnessTests
{
    private static VirtualMachine Boot(string script) => VirtualMachine.Start(new MachineOptions
    {
        Initramfs = [Initramfs.Base(), Initramfs.Script(script)],
    });

    [Test]
    public void A_script_as_PID_1_talks_reads_and_powers_off()
    {
        using VirtualMachine machine =
            Boot("echo pid $$; read -r line; echo \"heard <$line>\"; busybox poweroff -f");
        machine.Expect("pid 1");
        machine.Type("a line that is longer than the queue\n");
        machine.Expect("heard <a line that is longer than the queue>");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }

    [Test]
    public void A_later_archive_lies_over_an_earlier_one()
    {
        using VirtualMachine machine = VirtualMachine.Start(new MachineOptions
        {
            Initramfs =
            [
                Initramfs.Base(),
                Initramfs.Script("echo \"<$(cat /etc/passwd)>\"; busybox poweroff -f"),
                new CpioArchive().File("/etc/passwd", "short\n").ToArray(),
            ],
        });
        machine.Expect("<short>");
    }

    [Test]
    public void A_lost_PID_1_is_seen_as_a_panic()
    {
        using VirtualMachine machine = Boot("echo leaving; exit 1");
        MachineFailure? seen = Assert.Throws<MachineFailure>(() => machine.Expect("never said"));
        Assert.That(seen!.Message, Does.Contain("the kernel panicked"));
    }
}
