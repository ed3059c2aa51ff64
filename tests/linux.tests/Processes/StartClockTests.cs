using InitTx.Linux.Loop;
using InitTx.Linux.Processes;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Processes;

[TestFixture]
public sealed class StartClockTests
{
    [Test]
    public void What_the_clock_tells_is_what_proc_tells()
    {
        using var proc = ProcFs.Open();
        var clock = new StartClock(proc);
        for (int i = 0; i < 200; i++)
        {
            long before = MonotonicClock.BootTimeUs();
            int pid = TestChild.Start("/bin/true");
            long after = MonotonicClock.BootTimeUs();
            Assert.That(clock.Identify(pid, before, after), Is.EqualTo(proc.Identify(pid)));
            TestChild.Reap(pid);
        }
    }

    [Test]
    public void Within_one_tick_proc_is_asked_only_once()
    {
        using var proc = ProcFs.Open();
        var clock = new StartClock(proc);
        ulong now = proc.Identify(Environment.ProcessId).StartTicks;
        clock.Identify(Environment.ProcessId, (long)now * 10_000, (long)now * 10_000);

        // Nobody has this pid: /proc would say 0.
        Assert.That(clock.Identify(int.MaxValue, 50_000, 59_999).StartTicks, Is.EqualTo(5));
        Assert.That(clock.Identify(int.MaxValue, 59_999, 60_000).StartTicks, Is.Zero);
    }

    [Test]
    public void A_clock_that_proc_refutes_is_not_believed_again()
    {
        using var proc = ProcFs.Open();
        var clock = new StartClock(proc);
        var self = proc.Identify(Environment.ProcessId);
        Assert.That(clock.Identify(self.Pid, 0, 1), Is.EqualTo(self));
        Assert.That(clock.Identify(self.Pid, 50_000, 50_001), Is.EqualTo(self));
    }

    [Test]
    public void Without_proc_there_is_no_start_time()
    {
        using var none = ProcFs.Open("/nonexistent");
        var clock = new StartClock(none);
        for (int i = 0; i < 2; i++)
            Assert.That(clock.Identify(7, 50_000, 50_001).StartTicks, Is.Zero);
    }
}
