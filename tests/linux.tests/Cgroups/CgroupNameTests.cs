using System.Text;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Processes;

namespace InitTx.Linux.Tests.Cgroups;

[TestFixture]
public sealed class CgroupNameTests
{
    [TestCase("ssh.service", "ssh.service")]
    [TestCase("cpu.service", "_cpu.service")]
    [TestCase("cgroup.procs.service", "_cgroup.procs.service")]
    [TestCase("memory.max.service", "_memory.max.service")]
    [TestCase("_x.service", "__x.service")]
    [TestCase(".hidden", "_.hidden")]
    [TestCase("tasks", "_tasks")]
    [TestCase("cpux.service", "cpux.service")]
    public void Names_the_kernel_claims_are_escaped_and_come_back(string name, string expected)
    {
        Assert.That(CgroupName.Escape(name), Is.EqualTo(expected));
        Assert.That(CgroupName.Unescape(expected), Is.EqualTo(name));
    }

    [TestCase("system.slice", "system.slice")]
    [TestCase("-.slice", "")]
    [TestCase("a-b-c.slice", "a.slice/a-b.slice/a-b-c.slice")]
    [TestCase("cpu-x.slice", "_cpu.slice/cpu-x.slice")]
    [TestCase("a--b.slice", null)]
    [TestCase("-a.slice", null)]
    [TestCase("a-.slice", null)]
    [TestCase(".slice", null)]
    [TestCase("x/../y.slice", null)]
    [TestCase("a.service", null)]
    public void A_slice_lies_in_its_parents(string slice, string? expected) =>
        Assert.That(CgroupName.SlicePath(slice), Is.EqualTo(expected));

    [TestCase("0::/system.slice/x.service\n", "/system.slice/x.service")]
    [TestCase("5:cpu:/a\n1:name=systemd:/b\n0::/c\n", "/c")]
    [TestCase("0::/a (deleted)\n", null)]
    [TestCase("0::/cut", null)]
    [TestCase("5:cpu:/a\n", null)]
    [TestCase("0::x\n", null)]
    [TestCase("", null)]
    public void The_version_two_line_of_proc_is_found(string text, string? expected)
    {
        bool found = ProcCgroup.TryFind(Encoding.UTF8.GetBytes(text), out var path);
        Assert.That(found ? Encoding.UTF8.GetString(path) : null, Is.EqualTo(expected));
    }
}
