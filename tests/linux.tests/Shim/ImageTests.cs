using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Shim;

/// <summary>
/// Another image in place of the running one, in the same process: it is held apart from its file,
/// the one before it stays at hand, and the first crash within a minute goes back to that. Each
/// case runs the shim's own C code; "build" prints which of the programs answers.
/// </summary>
[TestFixture]
public sealed class ImageTests
{
    private NativeProgram _old = null!;
    private NativeProgram _new = null!;
    private NativeProgram _broken = null!;
    private TestDirectory _directory = null!;

    [OneTimeSetUp]
    public void Compile()
    {
        _old = NativeProgram.WithShim("boxprobe.c");
        _new = NativeProgram.WithShim("boxprobe.c", "-DBUILD=2");
        _broken = NativeProgram.WithShim("boxprobe.c", "-DBUILD=0");
        _directory = new TestDirectory();
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _old.Dispose();
        _new.Dispose();
        _broken.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void A_new_image_goes_on_with_what_the_old_one_knew()
    {
        string[] lines = Run(
            "build", "head-set 900", $"upgrade {_new.Path}", "build", "head", "start", "reexec",
            "build");
        Assert.That((lines[0], lines[2], lines[3]), Is.EqualTo(("1", "2", "0 900")));
        Assert.That(lines[4], Does.StartWith("reason=1 starts=2 crashes=0 reexecs=1"));
        Assert.That(lines[5], Is.EqualTo("2"), "a planned re-exec stays with the new image");
    }

    [Test]
    public void Its_first_crash_within_a_minute_goes_back_to_the_old_one_for_good()
    {
        string[] lines = Run($"upgrade {_new.Path}", "build", "crash", "build", "crash", "build");
        Assert.That(lines[..3], Is.EqualTo(new[] { "2", "1", "1" }));
    }

    [Test]
    public void One_that_crashes_before_it_is_up_is_left_at_once()
    {
        string[] lines = Run("head-set 7", $"upgrade {_broken.Path}", "build", "head", "start");
        Assert.That((lines[1], lines[2]), Is.EqualTo(("1", "0 7")));
        Assert.That(lines[3], Does.StartWith("reason=2 starts=3 crashes=1 reexecs=1"));
    }

    [Test]
    public void What_becomes_of_the_file_afterwards_is_no_matter()
    {
        string file = _directory["image"];
        File.Copy(_new.Path, file);
        string[] lines = Run(
            $"upgrade {file}", "build", $"spawn /bin/sh echo+broken>{file}", "reexec", "build");
        Assert.That((lines[0], lines[^2]), Is.EqualTo(("2", "2")));
        Assert.That(File.ReadAllText(file), Is.EqualTo("broken\n"));
    }

    [TestCase("text", -8)]
    [TestCase("cut", -8)]
    public void What_is_no_image_is_refused_and_nothing_has_changed(string kind, int error)
    {
        string file = _directory[kind];
        if (kind == "text")
            File.WriteAllText(file, new string('x', 4096));
        if (kind == "cut")
            File.WriteAllBytes(file, File.ReadAllBytes(_new.Path)[..64]);
        string[] lines = Run("head-set 7", $"upgrade {file}", "build", "head", "start", "crash",
            "build");
        Assert.That((lines[1], lines[2], lines[3]), Is.EqualTo(($"{error}", "1", "0 7")));
        Assert.That(lines[4], Does.StartWith("reason=0 starts=1 crashes=0 reexecs=0"));
        Assert.That(lines[5], Is.EqualTo("1"), "a crash goes to the image there was");
    }

    private string[] Run(params string[] commands)
    {
        (int code, string output) = _old.Run(commands);
        TestContext.Out.WriteLine($"boxprobe '{string.Join("' '", commands)}'\n{output}");
        Assert.That(code, Is.Zero, output);
        return [.. output.Split('\n').Select(line => line.Trim())];
    }
}
