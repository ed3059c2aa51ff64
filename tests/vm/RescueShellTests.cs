using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// <c>initx.shell=1</c> on the kernel command line: who can write that line owns the machine
/// anyway, and gets a shell without a password when nothing else works.
/// </summary>
[TestFixture]
public sealed class RescueShellTests
{
    [Test]
    public void Without_any_unit_the_shell_asks_for_no_password()
    {
        using VirtualMachine machine = VirtualMachine.Start(new MachineOptions
        {
            Initramfs = [Initramfs.Base(), Guest.Product()],
            CommandLine = "initx.shell=1",
        });
        machine.Expect("# ");
        machine.Type("echo sum $((40 + 2)) of $(cat /proc/1/comm)\n");
        machine.Expect("sum 42 of initxd");
        Assert.That(machine.Console, Does.Not.Contain("root password"));
        machine.Press("ctrl-alt-delete");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.Rebooted), machine.Evidence);
    }

    [TestCase("initx.shell=1", "sum 42 of initxd")]
    [TestCase("initx.shell=10", "root password")]
    public void A_manager_that_does_not_stay_up_offers_it_on_the_console(
        string word, string expected)
    {
        using VirtualMachine machine = Guest.Boot(
            """
            manager_answers
            sendgram /run/initx/crash-test 'crash-at-start 1000000'
            sleep 1
            sendgram /run/initx/crash-test ud2
            """,
            word, crashTests: true);
        machine.Expect("the manager does not stay up");
        if (word == "initx.shell=1")
        {
            machine.Expect("# ");
            machine.Type("echo sum $((40 + 2)) of $(cat /proc/1/comm)\n");
        }

        machine.Expect(expected);
        machine.Press("ctrl-alt-delete");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.Rebooted), machine.Evidence);
    }
}
