using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Handles;

[TestFixture]
public sealed class BeneathPathTests
{
    private TestDirectory _directory = null!;
    private FileDescriptor _root = null!;

    [SetUp]
    public void Create()
    {
        _directory = new();
        Directory.CreateDirectory(_directory["a/b"]);
        File.WriteAllText(_directory["a/b/file"], "x");
        File.CreateSymbolicLink(_directory["a/link"], "/etc");
        File.CreateSymbolicLink(_directory["a/filelink"], "b/file");
        _root = Files.Open(Files.Cwd, _directory.Path, Libc.O_RDONLY | Libc.O_DIRECTORY).Require();
    }

    [TearDown]
    public void Destroy()
    {
        _root.Dispose();
        _directory.Dispose();
    }

    [TestCase("a/b/file", true)]
    [TestCase("a//b/./file", true)]
    [TestCase("a/b/", true)]
    [TestCase("a", true)]
    [TestCase("../x", false)]
    [TestCase("a/../../x", false)]
    [TestCase("/etc/passwd", false)]
    [TestCase("a/link/passwd", false)]
    [TestCase("a/link", false)]
    [TestCase("a/filelink", false)]
    [TestCase("missing", false)]
    [TestCase("a/b/file/x", false)]
    public void A_path_stays_below_and_meets_no_link_with_and_without_openat2(
        string path, bool expected)
    {
        var before = OpenDescriptors.Snapshot();
        using (var modern = Files.OpenBeneath(_root, path, Libc.O_RDONLY).Value)
            Assert.That(modern is not null, Is.EqualTo(expected), "openat2");
        using (var fallback = OpenByComponents(path))
            Assert.That(fallback is not null, Is.EqualTo(expected), "by components");
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [Test]
    public void Too_many_components_are_refused_by_the_fallback()
    {
        var before = OpenDescriptors.Snapshot();
        Assert.That(OpenByComponents(string.Concat(Enumerable.Repeat("./", 100)) + "a"), Is.Null);
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    private unsafe FileDescriptor? OpenByComponents(string path)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(path), 0];
        fixed (byte* start = bytes)
            return Descriptors.Own(
                BeneathPath.OpenByComponents(_root.Number, start, Libc.O_RDONLY), "open").Value;
    }
}
