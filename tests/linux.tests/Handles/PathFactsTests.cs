using InitTx.Linux.Handles;

namespace InitTx.Linux.Tests.Handles;

[TestFixture]
public sealed class PathFactsTests
{
    [Test]
    public void A_device_is_the_same_by_a_link_and_no_other_is()
    {
        string link = Path.Combine(
            Directory.CreateTempSubdirectory("inittx-device.").FullName, "link");
        File.CreateSymbolicLink(link, "/dev/null");
        Assert.That(PathFacts.AreSameDevice("/dev/null", link));
        Assert.That(PathFacts.AreSameDevice("/dev/zero", link), Is.False);
        Assert.That(PathFacts.AreSameDevice("/etc/passwd", "/etc/passwd"), Is.False, "no device");
        Assert.That(PathFacts.AreSameDevice("/nonexistent", link), Is.False);
        Directory.Delete(Path.GetDirectoryName(link)!, recursive: true);
    }
}
