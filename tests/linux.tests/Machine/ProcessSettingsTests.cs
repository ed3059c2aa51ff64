using System.Runtime.InteropServices;
using System.Text;
using InitTx.Linux.Channels;
using InitTx.Linux.Interop;
using InitTx.Linux.Machine;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Machine;

[TestFixture]
public sealed partial class ProcessSettingsTests
{
    [Test]
    public void A_descriptor_that_children_would_inherit_is_found()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            var before = ProcessSettings.InheritableDescriptors(new HashSet<int>());
            reader.SetCloseOnExec(false);
            var after = ProcessSettings.InheritableDescriptors(new HashSet<int>());
            Assert.That(after.Except(before).Single(), Does.StartWith($"{reader.Number} → pipe:"));
            Assert.That(
                ProcessSettings.InheritableDescriptors(new HashSet<int> { reader.Number }),
                Is.EquivalentTo(before));
        }
    }

    [Test]
    public unsafe void The_subreaper_collects_orphans()
    {
        Assert.That(ProcessSettings.BecomeSubreaper().IsOk);
        int value;
        Libc.prctl(Libc.PR_GET_CHILD_SUBREAPER, (nuint)(&value), 0, 0, 0);
        Assert.That(value, Is.EqualTo(1));
        Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    }

    [Test]
    public void The_limit_of_open_files_is_raised_as_far_as_allowed()
    {
        var now = ProcessSettings.RaiseOpenFiles(1);
        Assert.That(now.Value, Is.GreaterThan(1), "never lowered");
        var raised = ProcessSettings.RaiseOpenFiles((ulong)now.Value + 1);
        Assert.That(raised.Value, Is.GreaterThanOrEqualTo(now.Value));
        Assert.That(ProcessSettings.RaiseOpenFiles(1).Value, Is.EqualTo(raised.Value));
    }

    [Test]
    public void Memory_is_locked_where_allowed()
    {
        var locked = ProcessSettings.LockMemory();
        try
        {
            string line = File.ReadLines("/proc/self/status").Single(text =>
                text.StartsWith("VmLck"));
            bool some = !line.Split('\t', ' ').Contains("0");
            Assert.That(some, Is.EqualTo(locked.IsOk), $"{locked}: {line}");
        }
        finally
        {
            munlockall();
        }
    }

    [Test]
    public void A_thread_of_its_own_can_leave_its_directory_and_take_a_name() =>
        PrivateNamespace.Run(PrivateNamespace.HostName, () =>
        {
            Assert.That(ProcessSettings.GoToRoot().IsOk);
            Assert.That(
                File.ResolveLinkTarget("/proc/thread-self/cwd", false)!.FullName, Is.EqualTo("/"));
            Assert.That(ProcessSettings.SetName("a-name-that-is-too-long"u8).IsOk);
            Assert.That(
                File.ReadAllText("/proc/thread-self/comm").Trim(), Is.EqualTo("a-name-that-is-"));
        });

    [Test]
    public void A_record_for_the_kernels_log_has_its_priority_and_one_line()
    {
        using var log = MemFd.Create("log").Require();
        Assert.That(KernelConsole.WriteLog(log, 3, "line\nwith \u001b[31mcontrols"u8).IsOk);
        MemFd.Seal(log);
        MemFd.ReadSealed(log, 1000, out byte[] content);
        Assert.That(Encoding.UTF8.GetString(content), Is.EqualTo("<27>line?with ?[31mcontrols"));
        using var more = MemFd.Create("log").Require();
        Assert.That(
            KernelConsole.WriteLog(more, 99, new byte[5000]).Value, Is.LessThanOrEqualTo(960));
    }

    [LibraryImport("libc")]
    private static partial int munlockall();
}
