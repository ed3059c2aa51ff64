using System.Text;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests.Install;

/// <summary>edit on the files of another system, cat, show and tree of it.</summary>
public sealed class EditTests
{
    private const string DropIn = InstallTree.Config + "/web.service.d/override.conf";
    private InstallTree _tree = null!;

    [SetUp]
    public void MakeTree()
    {
        _tree = new InstallTree();
        _tree.Write($"{InstallTree.Vendor}/web.service",
            "[Unit]\nRequires=db.service\n[Service]\nExecStart=/bin/web\n");
        _tree.Write($"{InstallTree.Vendor}/db.service", "[Service]\nExecStart=/bin/db\n");
    }

    [TearDown]
    public void RemoveTree() => _tree.Dispose();

    private (int Code, string Out, string Error) Edit(
        string text, Func<string, string, int>? editor, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var host = new CliHost
        {
            Out = new Output(output, false),
            Error = new Output(error, false),
            Environment = name => name == "EDITOR" ? "an editor" : null,
            Now = () => DateTimeOffset.UnixEpoch,
            Width = () => 100,
            TimeZone = () => TimeZoneInfo.Utc,
            Input = () => new MemoryStream(Encoding.UTF8.GetBytes(text)),
            Edit = editor ?? ((_, _) => throw new InvalidOperationException("no editor wanted")),
        };
        int code = Invocation.Run("initx", ["edit", $"--root={_tree.Path}", .. args], host);
        host.Flush();
        return (code, Encoding.UTF8.GetString(output.ToArray()),
            Encoding.UTF8.GetString(error.ToArray()));
    }

    private string? Written()
    {
        string file = Path.Combine(_tree.Path, DropIn);
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }

    [Test]
    public void Standard_input_becomes_the_drop_in_and_an_empty_one_removes_it()
    {
        Assert.That(Edit("[Service]\nNice=5\n", null, "--stdin", "web").Code, Is.Zero);
        Assert.That(Written(), Is.EqualTo("[Service]\nNice=5\n"));
        Assert.That(Edit("\n", null, "--stdin", "web").Code, Is.Zero);
        Assert.That(Written(), Is.Null);
        Assert.That(Directory.Exists(
            Path.GetDirectoryName(Path.Combine(_tree.Path, DropIn))), Is.False);
    }

    [Test]
    public void What_is_odd_in_the_text_is_shown_line_by_line()
    {
        (int code, _, string error) = Edit("hi\n", null, "--stdin", "web");
        Assert.That(code, Is.Zero);
        Assert.That(error, Does.Contain("override.conf:1:1: warning:")
            .And.Contain("\n    hi\n").And.Not.Contain("\uFFFD"));
    }

    [Test]
    public void A_text_that_makes_the_unit_unusable_is_refused_with_its_place()
    {
        (int code, _, string error) =
            Edit("[Service]\nExecStart=\n", null, "--stdin", "web.service");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("nothing was written"));
        Assert.That(Written(), Is.Null);
        Assert.That(
            Edit("[Service]\nExecStart=\n", null, "--stdin", "--force", "web").Code, Is.Zero);
        Assert.That(Written(), Is.Not.Null);
    }

    [Test]
    public void A_slip_is_shown_with_file_and_line_and_written_all_the_same()
    {
        (int code, _, string error) = Edit("[Service]\nNicee=5\n", null, "--stdin", "web");
        Assert.That(code, Is.Zero);
        Assert.That(error, Does.Contain("override.conf:2").And.Contain("Nice="));
    }

    [Test]
    public void The_editor_gets_what_there_is_and_its_text_is_taken()
    {
        _tree.Write(DropIn, "[Service]\nNice=1\n");
        string seen = "";
        Assert.That(Edit("", (editor, file) =>
        {
            seen = $"{editor}: {File.ReadAllText(file)}";
            File.WriteAllText(file, "[Service]\nNice=2\n");
            return 0;
        }, "web").Code, Is.Zero);
        Assert.That(seen, Is.EqualTo("an editor: [Service]\nNice=1\n"));
        Assert.That(Written(), Is.EqualTo("[Service]\nNice=2\n"));
    }

    [Test]
    public void An_editor_that_fails_changes_nothing()
    {
        _tree.Write(DropIn, "[Service]\nNice=1\n");
        Assert.That(Edit("", (_, _) => 3, "web").Code, Is.EqualTo(1));
        Assert.That(Written(), Is.EqualTo("[Service]\nNice=1\n"));
    }

    [Test]
    public void A_unit_that_is_nowhere_exits_4() =>
        Assert.That(Edit("x", null, "--stdin", "nope").Code, Is.EqualTo(4));

    [Test]
    public void Cat_show_and_tree_look_at_another_systems_files()
    {
        _tree.Write(DropIn, "[Service]\nNice=7\n");
        string root = $"--root={_tree.Path}";
        string cat = CliRun.Of(["cat", "web", root]).Out;
        Assert.That(cat, Does.Contain("ExecStart=/bin/web").And.Contain("Nice=7")
            .And.Contain("# /usr/lib/systemd/system/web.service"));
        Assert.That(CliRun.Of(["show", "web", root, "-p", "Nice", "--value"]).Lines,
            Is.EqualTo(new[] { "7" }));
        Assert.That(CliRun.Of(["show", "web", root, "-p", "UnitFileState"]).Lines,
            Is.EqualTo(new[] { "UnitFileState=static" }));
        Assert.That(CliRun.Of(["show", "web", root, "--json"]).Out,
            Does.Contain("\"loadState\":\"loaded\""));
        Assert.That(CliRun.Of(["tree", "web", root]).Out, Does.Contain("db.service")
            .And.Contain("web.service:2"));
        Assert.That(CliRun.Of(["tree", "--reverse", "db", root]).Out,
            Does.Contain("web.service"));
    }
}

/// <summary>diff between what is loaded and what is on disk.</summary>
public sealed class DiffTests : ManagerFixture
{
    [Test]
    public void What_is_loaded_and_on_disk_alike_is_no_difference()
    {
        CliRun run = Run("diff", "web", $"--unit-path={Manager.UnitDirectory}");
        Assert.That(run.Code, Is.Zero, run.Out + run.Error);
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public void A_changed_file_is_shown_by_setting_with_both_lines()
    {
        Run("status", "web");
        string file = Path.Combine(Manager.UnitDirectory, "web.service");
        File.WriteAllText(file, File.ReadAllText(file).Replace("--port 80", "--port 81"));
        CliRun run = Run("diff", "web", $"--unit-path={Manager.UnitDirectory}");
        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Out, Does.Contain("- Service.ExecStart=/bin/web --port 80")
            .And.Contain("+ Service.ExecStart=/bin/web --port 81"));
        Assert.That(run.Lines, Has.Length.EqualTo(2), run.Out);
    }

    [Test]
    public void A_unit_that_is_nowhere_exits_4() => Assert.That(
        Run("diff", "nope", $"--unit-path={Manager.UnitDirectory}").Code, Is.EqualTo(4));

    [Test]
    public void A_broken_file_is_said_by_the_reload_and_by_status_until_it_is_mended()
    {
        Run("start", "web");
        string file = Path.Combine(Manager.UnitDirectory, "web.service");
        string good = File.ReadAllText(file);
        File.WriteAllText(file, "[Service]\nType=simple\n");
        CliRun reload = Run("daemon-reload");
        Assert.That(reload.Code, Is.Zero);
        Assert.That(reload.Error, Does.Contain("keeps its old definition"));
        CliRun status = Run("status", "web");
        Assert.That(status.Out, Does.Contain("On disk").And.Contain("web.service")
            .And.Contain("initx diff web.service"));
        Assert.That(Run("status", "web", "--json").Out, Does.Contain("\"diskError\":\""));
        Assert.That(Run("is-active", "web").Code, Is.Zero);
        Assert.That(Run("history").Out, Does.Contain("keeps its old definition"));
        File.WriteAllText(file, good);
        Run("daemon-reload");
        Assert.That(Run("status", "web").Out, Does.Not.Contain("On disk"));
    }
}
