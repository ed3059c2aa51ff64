using InitTx.Exec.Serve;
using InitTx.Exec.Tests.Support;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Exec.Tests;

/// <summary>
/// RuntimeDirectory= and its like, and what is removed again. Needs root for chown.
/// </summary>
public sealed class ServiceDirectoryTests
{
    private const uint Uid = 1;
    private const uint Gid = 5;
    private static readonly UnitName Unit = UnitName.Parse("test.service");

    private Sandbox _sandbox = null!;

    [SetUp]
    public void SetUp()
    {
        Assume.That(Environment.IsPrivilegedProcess, "chown needs root");
        _sandbox = new Sandbox();
    }

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    [Test]
    public void New_directories_get_mode_and_owner_and_their_parents_are_roots()
    {
        ServiceDirectoriesMade made = Make(
            ("RUNTIME", "a/b/c", null), ("RUNTIME", "d", null), ("STATE", "s", null));
        Assert.That(made.Error, Is.Null);
        Assert.That(Facts("run/a/b/c"), Is.EqualTo((0b111_101_000u, Uid, Gid)));
        Assert.That(Facts("run/a/b"), Is.EqualTo((0b111_101_101u, 0u, 0u)));
        Assert.That(made.Environment, Is.EqualTo(new KeyValuePair<string, string>[]
        {
            new("RUNTIME_DIRECTORY", $"{_sandbox.At("run")}/a/b/c:{_sandbox.At("run")}/d"),
            new("STATE_DIRECTORY", $"{_sandbox.At("state")}/s"),
        }));
        Assert.That(made.Notes, Is.Empty);
    }

    [Test]
    public void A_dynamic_user_is_told_of_the_link_that_leads_to_its_directory()
    {
        ServiceDirectoriesMade made = Make(apart: true,
            ("RUNTIME", "r", null), ("STATE", "a/b", null), ("LOGS", "l/m", null),
            ("LOGS", "l", null), ("LOGS", "l2", null));
        Assert.That(made.Error, Is.Null);
        Assert.That(Facts("state/private/a/b"), Is.EqualTo((0b111_101_000u, Uid, Gid)));
        Assert.That(
            new FileInfo(_sandbox.At("state/a/b")).LinkTarget, Is.EqualTo("../private/a/b"));
        Assert.That(new FileInfo(_sandbox.At("logs/l")).LinkTarget, Is.EqualTo("private/l"));
        Assert.That(Facts("logs/l/m"), Is.EqualTo((0b111_101_000u, Uid, Gid)), "by that link");
        Assert.That(made.Environment, Is.EqualTo(new KeyValuePair<string, string>[]
        {
            new("RUNTIME_DIRECTORY", _sandbox.At("run/r")),
            new("STATE_DIRECTORY", _sandbox.At("state/a/b")),
            new(
                "LOGS_DIRECTORY",
                string.Join(':', new[] { "l/m", "l", "l2" }.Select(d => _sandbox.At("logs/" + d)))),
        }));
    }

    [TestCase(false, "s")]
    [TestCase(true, "s")]
    public void A_second_link_leads_to_the_directory_as_well(bool apart, string target)
    {
        ServiceDirectoriesMade made = Make(
            apart, ("STATE", "s", "link"), ("STATE", "s", "other"));
        Assert.That(made.Error, Is.Null);
        foreach (string link in (string[])["link", "other"])
        {
            Assert.That(
                new FileInfo(_sandbox.At("state/" + link)).LinkTarget, Is.EqualTo(target));
        }

        Assert.That(
            new DirectoryInfo(_sandbox.At("state/s")).LinkTarget,
            Is.EqualTo(apart ? "private/s" : null));
        Assert.That(made.Environment, Is.EqualTo(new KeyValuePair<string, string>[]
        {
            new("STATE_DIRECTORY", _sandbox.At("state/s")),
        }));
    }

    [Test]
    public void A_directory_of_another_owner_is_given_away_with_all_in_it()
    {
        _sandbox.Put("state/s/sub/file", "x");
        ServiceDirectoriesMade made = Make(("STATE", "s", null));
        Assert.That(made.Error, Is.Null);
        Assert.That(Facts("state/s").Item2, Is.EqualTo(Uid));
        Assert.That(Facts("state/s/sub/file"), Is.EqualTo((0b110_100_100u, Uid, Gid)));
        Assert.That(made.Notes.Single(), Does.Contain("given from 0:0 to 1:5"));
    }

    [Test]
    public void Below_a_directory_with_the_right_owner_nothing_is_touched()
    {
        Make(("STATE", "s", null));
        _sandbox.Put("state/s/file", "x");
        Make(("STATE", "s", null));
        Assert.That(Facts("state/s/file").Item2, Is.Zero);
    }

    [Test]
    public void Links_and_second_names_of_files_keep_their_owner()
    {
        string outside = _sandbox.Put("outside", "x");
        _sandbox.Put("state/s/inside", "x");
        _sandbox.Link("state/s/link", outside);
        Assert.That(Run("ln", outside, _sandbox.At("state/s/hard")), Is.Zero);
        ServiceDirectoriesMade made = Make(("STATE", "s", null));
        Assert.That(Facts("outside").Item2, Is.Zero, "a file outside was given away");
        Assert.That(Facts("state/s/link").Item2, Is.EqualTo(Uid), "the link itself is inside");
        Assert.That(made.Notes, Has.Some.Contains("hard: has 2 links"));
    }

    [Test]
    public void The_configuration_directory_is_never_given_away()
    {
        _sandbox.Make("etc/c");
        Assert.That(
            Make(("CONFIGURATION", "c", null), ("CONFIGURATION", "new", null)).Error, Is.Null);
        Assert.That(Facts("etc/c"), Is.EqualTo((0b111_101_101u, 0u, 0u)));
        Assert.That(Facts("etc/new"), Is.EqualTo((0b111_101_000u, 0u, 0u)));
    }

    [TestCase("parent/x")]
    [TestCase("parent")]
    [TestCase("parent/x/y")]
    public void A_link_in_the_way_is_refused(string name)
    {
        _sandbox.Make("elsewhere");
        _sandbox.Make("run");
        _sandbox.Link("run/parent", _sandbox.At("elsewhere"));
        Assert.That(
            Make(("RUNTIME", name, null)).Error, Does.StartWith($"RuntimeDirectory={name}: "));
        Assert.That(Directory.EnumerateFileSystemEntries(_sandbox.At("elsewhere")), Is.Empty);
        Assert.That(Facts("elsewhere").Item2, Is.Zero);
    }

    [TestCase("../x")]
    [TestCase("/x")]
    [TestCase("a//b")]
    [TestCase("a/./b")]
    [TestCase("")]
    public void A_name_that_leads_out_is_refused(string name) =>
        Assert.That(Make(("RUNTIME", name, null)).Error, Is.Not.Null);

    [Test]
    public void A_second_name_becomes_a_relative_link()
    {
        Assert.That(Make(("STATE", "a/b", "x/y")).Error, Is.Null);
        Assert.That(new FileInfo(_sandbox.At("state/x/y")).LinkTarget, Is.EqualTo("../a/b"));
        Assert.That(Make(("STATE", "a/b", "x/y")).Error, Is.Null, "it is there already");
        Assert.That(Make(("STATE", "c", "x/y")).Error, Does.Contain("EEXIST"));
    }

    [Test]
    public void Clean_up_removes_directories_without_following_links()
    {
        string outside = _sandbox.Put("outside/file", "x");
        _sandbox.Put("run/a/b/deep/file", "x");
        _sandbox.Link("run/a/b/link", _sandbox.At("outside"));
        _sandbox.Put("run/a/kept", "x");
        Assert.That(CleanUp(["a/b", "not-there", "a/none/x"]), Is.Null);
        Assert.That(Directory.Exists(_sandbox.At("run/a/b")), Is.False);
        Assert.That(File.Exists(_sandbox.At("run/a/kept")), Is.True);
        Assert.That(File.Exists(outside), Is.True);
    }

    [Test]
    public void Clean_up_does_not_leave_its_base()
    {
        _sandbox.Put("outside/file", "x");
        _sandbox.Make("run");
        _sandbox.Link("run/link", _sandbox.At("outside"));
        Assert.That(
            CleanUp(["../outside", "link/file"]), Does.Contain("../outside").And.Contain(
            "link/file"));
        Assert.That(File.Exists(_sandbox.At("outside/file")), Is.True);
    }

    [Test]
    public void Single_files_are_removed_unless_a_user_could_have_redirected_the_path()
    {
        string own = _sandbox.Put("own.pid", "1");
        string victim = _sandbox.Put("victim/pid", "1");
        _sandbox.Make("users");
        _sandbox.Link("users/dir", _sandbox.At("victim"));
        Assert.That(
            Run("chown", "-h", "1:1", _sandbox.At("users"), _sandbox.At("users/dir")), Is.Zero);
        Assert.That(
            CleanUp([], own, _sandbox.At("none"), _sandbox.At("users/dir/pid"))
            ?? "", Does.Contain("users/dir/pid"));
        Assert.That(File.Exists(own), Is.False);
        Assert.That(File.Exists(victim), Is.True);
    }

    [Test]
    public void A_user_s_own_pid_file_in_its_own_directory_is_removed()
    {
        string file = _sandbox.Put("users/app.pid", "1");
        Assert.That(Run("chown", "-R", "1:1", _sandbox.At("users")), Is.Zero);
        Assert.That(CleanUp([], file), Is.Null);
        Assert.That(File.Exists(file), Is.False);
    }

    private string? CleanUp(string[] directories, params string[] files) =>
        CleanUpRun.Run(
            new PrepareQuestion.CleanUp(1, Unit, _sandbox.At("run"), directories, files)).Error;

    private ServiceDirectoriesMade Make(
        params (string Base, string Name, string? Link)[] directories) =>
        Make(apart: false, directories);

    private ServiceDirectoriesMade Make(
        bool apart, params (string Base, string Name, string? Link)[] directories)
    {
        DirectoryBase Base(string name) => new(_sandbox.At(name), 0b111_101_000);
        return ServiceDirectories.Make(
            [.. directories.Select(d => new ServiceDirectory(d.Base, d.Name, d.Link))],
            [Base("run"), Base("state"), Base("cache"), Base("logs"), Base("etc")],
            Uid, Gid, apart);
    }

    private (uint, uint, uint) Facts(string path)
    {
        Assert.That(
            Files.Status(Files.Cwd, _sandbox.At(path), out FileStatus status).IsOk, Is.True, path);
        return (status.Permissions, status.Uid, status.Gid);
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
