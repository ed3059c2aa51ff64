using System.Text;
using InitTx.Linux.Processes;

namespace InitTx.Linux.Tests.Processes;

/// <summary>The lines of /proc/PID/status that are used.</summary>
[TestFixture]
public sealed class ProcStatusTests
{
    [TestCase("Name:\tsh\nUmask:\t0022\nUid:\t1000\t0\t0\t0\n", "sh", 1000u)]
    [TestCase("Name:\t(a) \\n\nUid:\t0\t0\t0\t0\n", "(a) \\n", 0u)]
    [TestCase("Name:\tUid:\t5\nUid:\t7\t7\t7\t7\n", "Uid:�5", 7u)]
    [TestCase("Name:\ta\u001b[31m\nUid:\t3\n", "a�[31m", 3u)]
    public void Name_and_uid_are_found(string text, string comm, uint uid) =>
        Assert.That(Parse(text), Is.EqualTo(new ProcStatus(comm, uid)));

    [TestCase("")]
    [TestCase("Name:\t\n")]
    [TestCase("Name:\tcut")]
    [TestCase("State:\tR\nUid:\tx\n")]
    public void What_is_not_there_is_unknown(string text) =>
        Assert.That(Parse(text), Is.EqualTo(new ProcStatus("", uint.MaxValue)));

    private static ProcStatus Parse(string text) => ProcStatus.Parse(Encoding.UTF8.GetBytes(text));
}
