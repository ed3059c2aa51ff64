using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// Every way a PID 1 can die, on a kernel that would panic: several kinds a boot, since each boot
/// is emulated. The rows with children, descriptors and rates are in tests/namespaces; here it is
/// the panic that must not be.
/// </summary>
[TestFixture]
public sealed class CrashTests
{
    [Test]
    public void Signals_from_inside_leave_PID_1_and_its_services_alive()
    {
        using VirtualMachine machine = Guest.Boot(
            """
            manager_answers
            for signal in SEGV ABRT BUS ILL FPE TRAP SYS; do
                kill -s $signal 1
                sleep 1
                unharmed && say survived $signal
            done
            initx poweroff
            """);
        foreach (string signal in new[] { "SEGV", "ABRT", "BUS", "ILL", "FPE", "TRAP", "SYS" })
            machine.Expect($"CHECK survived {signal}");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }

    [Test]
    public void Crashes_of_its_own_making_leave_PID_1_and_its_services_alive()
    {
        string[] kinds =
        [
            "failfast", "unhandled", "unhandled-thread", "stack-overflow", "stack-overflow-thread",
            "native-stack-overflow", "wild-write", "null-deref-native", "null-deref-thread",
            "abort", "div0-native", "ud2", "sigbus", "free-bad", "exit", "main-returns",
        ];
        using VirtualMachine machine = Guest.Boot(
            $"""
            manager_answers
            for kind in {string.Join(' ', kinds)}; do
                sendgram /run/initx/crash-test $kind
                sleep 1
                unharmed && say survived $kind
            done
            initx reboot
            """,
            crashTests: true);
        foreach (string kind in kinds)
            machine.Expect($"CHECK survived {kind}");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.Rebooted), machine.Evidence);
    }
}
