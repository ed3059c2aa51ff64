using InitTx.Core;
using InitTx.Linux.Processes;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Processes;

[TestFixture]
public sealed class ProcFsTests
{
    [Test]
    public void Without_proc_everything_is_unknown_and_nothing_is_guessed()
    {
        using var proc = ProcFs.Open("/nonexistent");
        Assert.That(proc.IsAvailable, Is.False);
        Assert.That(proc.Error, Is.EqualTo(Errno.ENOENT));
        Assert.That(proc.Identify(1), Is.EqualTo(new ProcessIdentity(1, 0)));
        Assert.That(proc.TryStat(1, out _), Is.False);
        var facts = ProcessFacts.Read(proc, 1);
        Assert.That(facts.Comm + facts.Exe + facts.Cgroup + facts.Terminal, Is.Empty);
        Assert.That((facts.Uid, facts.LoginUid, facts.State), Is.EqualTo((uint.MaxValue, -1, ' ')));
    }

    [Test]
    public void A_proc_of_another_pid_namespace_is_refused()
    {
        using var directory = new TestDirectory();
        int pid = TestChild.Start(
            "/usr/bin/unshare", "--fork", "--pid", "--mount", "--kill-child",
            "--mount-proc=" + directory.Path, "/bin/sh", "-c",
            "exec sleep 1000");
        try
        {
            string seen = $"/proc/{pid}/root{directory.Path}";
            var error = Errno.None;
            long deadline = Environment.TickCount64 + 20_000;
            while (error != Errno.ESRCH && Environment.TickCount64 < deadline)
            {
                using var proc = ProcFs.Open(seen);
                error = proc.Error;
                Thread.Sleep(1);
                if (File.Exists($"/proc/{pid}/stat")
                    && File.ReadAllText($"/proc/{pid}/stat").Contains(") Z "))
                    Assert.Ignore("no right to make namespaces here");
            }

            Assert.That(error, Is.EqualTo(Errno.ESRCH));
        }
        finally
        {
            TestChild.kill(pid, 9);
            TestChild.Reap(pid);
        }
    }

    [Test]
    public void A_process_that_is_gone_is_unknown()
    {
        using var proc = ProcFs.Open();
        int pid = TestChild.Start("/bin/true");
        TestChild.Reap(pid);
        Assert.That(proc.Identify(pid).StartTicks, Is.Zero);
        Assert.That(PidFd.OpenVerified(proc, new(pid, 0), out _).Error, Is.EqualTo(Errno.ESRCH));
    }

    [Test]
    public void A_hostile_command_name_is_cleaned()
    {
        using var proc = ProcFs.Open();
        int pid = TestChild.Start(
            "/usr/bin/perl", "-e", "$0=\"a) R 1\\n\\e[2J\"; close STDOUT; sleep 1000");
        try
        {
            ProcessFacts facts;
            do
            {
                facts = ProcessFacts.Read(proc, pid);
            }
            while (!facts.Comm.StartsWith("a) R", StringComparison.Ordinal));
            Assert.That(facts.Comm.Any(char.IsControl), Is.False);
            Assert.That(facts.Exe, Does.Contain("perl"));
            Assert.That(facts.ParentPid, Is.EqualTo(Environment.ProcessId));
            Assert.That(facts.Uid, Is.EqualTo(InitTx.Linux.Interop.Libc.getuid()));
        }
        finally
        {
            TestChild.kill(pid, 9);
            TestChild.Reap(pid);
        }
    }

    [TestCase(0, "")]
    [TestCase((136 << 8) | 3, "pts/3")]
    [TestCase((4 << 8) | 1, "tty1")]
    [TestCase((4 << 8) | 64, "ttyS0")]
    [TestCase((5 << 8) | 1, "console")]
    [TestCase((204 << 8) | 64, "204:64")]
    public void A_terminal_has_the_name_people_know(int device, string expected) =>
        Assert.That(ProcessFacts.TerminalName(device), Is.EqualTo(expected));
}
