using InitTx.Core;
using InitTx.Linux.Power;
using InitTx.Linux.Processes;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Power;

[TestFixture]
public sealed class RemainingProcessesTests
{
    [Test]
    public void Living_processes_count_but_not_ourselves_the_excepted_or_the_dead()
    {
        using var proc = ProcFs.Open();
        int living = TestChild.Start("/bin/sleep", "1000");
        int spared = TestChild.Start("/bin/sleep", "1000");
        int dead = TestChild.Start("/bin/true");
        while (!proc.TryStat(dead, out var stat) || stat.State != 'Z')
            Thread.Yield();
        var found = RemainingProcesses.Find(proc, [spared], firstOnly: false);
        Assert.That(found, Does.Contain(living));
        Assert.That(found, Has.No.Member(spared).And.No.Member(dead));
        Assert.That(found, Has.No.Member(Environment.ProcessId).And.No.Member(1));
        Assert.That(RemainingProcesses.Any([spared]));
        Assert.That(found.All(pid => !IsKernelThread(pid)));
        TestChild.kill(living, 9);
        TestChild.kill(spared, 9);
        foreach (int pid in new[] { living, spared, dead })
            TestChild.Reap(pid);
    }

    [Test]
    public void Ending_the_manager_is_no_matter_of_the_kernels() =>
        Assert.That(SystemPower.Stop(ShutdownKind.Exit).Error, Is.EqualTo(Errno.EINVAL));

    [Test]
    public void A_sync_that_ends_in_time_is_ok_and_leaves_nothing_open()
    {
        var before = OpenDescriptors.Snapshot();
        Assert.That(SystemPower.Sync(deadlineUs: 120_000_000).IsOk);
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    private static bool IsKernelThread(int pid) =>
        File.Exists($"/proc/{pid}/stat")
            && File.ReadAllText($"/proc/{pid}/stat").Contains(") I 2 ");
}
