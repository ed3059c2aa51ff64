using System.Text;
using FsCheck.Fluent;
using InitTx.Linux.Identity;
using InitTx.Tests;

namespace InitTx.Linux.Tests.Identity;

internal sealed class GroupFileTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(
        "root:x:0:\nstaffing:x:49:\nbroken\nstaff:x:not:\nstaff:x:50:ann,ben\nstaff:x:51:\n"
        + "short:x:7\nlast:x:99:");

    [TestCase("root", 0)]
    [TestCase("staff", 50)]
    [TestCase("staffing", 49)]
    [TestCase("last", 99)]
    [TestCase("1234", 1234)]
    public void A_group_has_the_number_of_its_first_good_line(string name, int gid) =>
        Assert.That(GroupFile.Find(Text, name), Is.EqualTo(gid));

    [TestCase("staf")]
    [TestCase("broken")]
    [TestCase("short")]
    [TestCase("-1")]
    [TestCase("")]
    public void What_has_no_good_line_is_no_group(string name) =>
        Assert.That(GroupFile.Find(Text, name), Is.Null);

    [Test]
    public void No_bytes_make_it_throw() =>
        FsCheck.Check.One(Properties.Config, Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            bytes => GroupFile.Find(bytes, "a") is null or >= 0));
}
