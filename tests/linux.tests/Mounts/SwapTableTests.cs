using System.Text;
using InitTx.Linux.Mounts;

namespace InitTx.Linux.Tests.Mounts;

[TestFixture]
public sealed class SwapTableTests
{
    [Test]
    public void Lines_give_path_and_priority()
    {
        List<SwapEntry> entries = SwapTable.Parse(Encoding.UTF8.GetBytes(
            "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
                + "/dev/dm-1                               partition\t8388604\t\t0\t\t-2\n"
                + @"/swap\040file" + "   file\t\t1048572\t\t0\t\t5\n"));
        Assert.That(
            entries,
            Is.EqualTo(new[] { new SwapEntry("/dev/dm-1", -2), new SwapEntry("/swap file", 5) }));
    }

    [TestCase("")]
    [TestCase("Filename Type Size Used Priority")]
    [TestCase("/swap file 8 0")]
    [TestCase("/swap file 8 0 x")]
    [TestCase("/swap file 8 0 1 2")]
    public void What_is_no_swap_is_left_out(string text) =>
        Assert.That(SwapTable.Parse(Encoding.UTF8.GetBytes(text)), Is.Empty);

    [Test]
    public void The_machines_own_table_is_read() =>
        Assert.That(
            SwapTable.Read(), Has.Count.EqualTo(File.ReadAllLines("/proc/swaps").Length - 1));
}
