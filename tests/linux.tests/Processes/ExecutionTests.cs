using System.Globalization;
using InitTx.Linux.Processes;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Processes;

/// <summary>Executed or not is told of the living and the dead, however they died.</summary>
internal sealed class ExecutionTests
{
    private const long ProcessVmReadv = 310;
    private const int Kill = 9;

    [Test]
    public void A_child_that_has_executed_is_told_from_one_that_was_killed_before()
    {
        using ProcFs proc = ProcFs.Open();
        int executed = TestChild.Start("/bin/sleep", "100");
        Until(() => Execution.OfClosedPipe(proc, executed) == true);
        Assert.That(Execution.Of(proc, executed), Is.True);
        TestChild.kill(executed, Kill);
        Until(() => proc.TryStat(executed, out ProcStat stat) && stat.State == 'Z');
        Assert.That(Execution.OfClosedPipe(proc, executed), Is.True, "a zombie has its flags");
        TestChild.Reap(executed);
        Assert.That(Execution.OfClosedPipe(proc, executed), Is.Null, "nobody is there");
    }

    [Test]
    public void A_child_that_never_executed_is_told_alive_and_dead()
    {
        using TestDirectory directory = new();
        using ProcFs proc = ProcFs.Open();

        // A list in the background is a fork of the shell without an execve.
        int parent = TestChild.Shell(
            $"{{ while :; do read x </dev/zero; done; }} & echo $! >{directory["pid"]}.new; "
            + $"mv {directory["pid"]}.new {directory["pid"]}; exec sleep 100");
        Until(() => File.Exists(directory["pid"]));
        int child = int.Parse(File.ReadAllText(directory["pid"]), CultureInfo.InvariantCulture);
        Assert.That(Execution.Of(proc, child), Is.False);
        TestChild.kill(child, Kill);
        Until(() => proc.TryStat(child, out ProcStat stat) && stat.State == 'Z');
        Assert.That(Execution.Of(proc, child), Is.False);
        Assert.That(Execution.OfClosedPipe(proc, child), Is.False);
        TestChild.kill(parent, Kill);
        TestChild.Reap(parent);
    }

    [Test]
    public void Where_tracing_is_forbidden_the_flags_tell()
    {
        using ProcFs proc = ProcFs.Open();
        int executed = TestChild.Start("/bin/sleep", "100");
        Until(() => Execution.OfClosedPipe(proc, executed) == true);
        KernelWithout.Call(ProcessVmReadv, Errno.EPERM, () =>
            Assert.That(Execution.OfClosedPipe(proc, executed), Is.True));
        TestChild.kill(executed, Kill);
        TestChild.Reap(executed);
    }

    private static void Until(Func<bool> condition) =>
        Assert.That(condition, Is.True.After(10_000, 5));
}
