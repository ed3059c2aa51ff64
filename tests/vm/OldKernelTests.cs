using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// The guests' kernel is Debian 12's, 6.1: what came with 6.3, 6.4 and 6.5 is not there, and its
/// fallbacks are what runs (docs/generated/kernel.md).
/// </summary>
[TestFixture]
public sealed class OldKernelTests
{
    [Test]
    public void What_the_kernel_lacks_is_told_and_done_without()
    {
        using VirtualMachine machine = Guest.Boot(
            """
            manager_answers
            initx status --json >/run/status
            for name in 'memfd_create MFD_EXEC' 'tmpfs noswap' SO_PEERPIDFD; do
                grep -q "$name" /run/status && say missing $name
            done
            say journal on $(grep ^initx-journal /proc/mounts | cut -d ' ' -f 3)
            initx restart keeper@5.service
            initx tx --json | tail -n 1 | grep -q '"verified":true' && say requester verified
            initx history --json | head -n 1 >/run/first
            kill -s SEGV 1
            sleep 1
            manager_answers
            grep -q . /run/first || say no rows
            initx history --json | head -n 1 | cmp - /run/first && say rows kept
            initx poweroff
            """);
        foreach (string said in new[]
        {
            "missing memfd_create MFD_EXEC", "missing tmpfs noswap", "missing SO_PEERPIDFD",
            "journal on ramfs", "requester verified", "rows kept",
        })
        {
            machine.Expect($"CHECK {said}");
        }

        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }
}
