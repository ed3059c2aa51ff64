using InitTx.Exec.Setup;

namespace InitTx.Exec.Tests;

[TestFixture]
internal sealed class MountPlacesTests
{
    private string _root = "";

    [SetUp]
    public void Make() => _root = Directory.CreateTempSubdirectory("inittx-places.").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_root, recursive: true);

    [Test]
    public void What_is_missing_is_made_and_what_is_there_stays_whatever_it_is()
    {
        File.WriteAllText(_root + "/file", "x");
        Directory.CreateDirectory(_root + "/there");
        Assert.That(Make("/a/b", "/file", "/there"), Is.Null);
        Assert.That(Directory.Exists(_root + "/a/b"));
        Assert.That(File.ReadAllText(_root + "/file"), Is.EqualTo("x"));
    }

    [Test]
    public void What_cannot_be_made_is_named()
    {
        File.WriteAllText(_root + "/file", "x");
        StepFailure? failure = Make("/file/below");
        Assert.That(failure?.Directive, Is.EqualTo("DirectoryMode"));
        Assert.That(failure?.What, Is.EqualTo(_root + "/file/below"));
    }

    [Test]
    public void A_mount_point_does_not_lead_over_a_link_and_a_source_may()
    {
        Directory.CreateDirectory(_root + "/real");
        Directory.CreateSymbolicLink(_root + "/link", _root + "/real");
        StepFailure? failure = Make("/link/a");
        Assert.That(failure?.Directive, Is.EqualTo("Where"));
        Assert.That(
            failure?.What, Is.EqualTo($"{_root}/link/a leads over the symbolic link {_root}/link"));
        Assert.That(
            MountPlaces.Make([new DirectoryOption(_root + "/link/b", 0b111_000_000, false)]),
            Is.Null);
        Assert.That(Directory.Exists(_root + "/real/b"));
    }

    private StepFailure? Make(params string[] paths) => MountPlaces.Make(
        [.. paths.Select(path => new DirectoryOption(_root + path, 0b111_101_101, true))]);
}
