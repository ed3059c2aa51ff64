using System.Text.Json;
using InitTx.Cli.Hosting;
using InitTx.Cli.Install;
using InitTx.Cli.Rendering;
using InitTx.Cli.Tests.Support;
using InitTx.Core.Ports;
using InitTx.Units.Install;

namespace InitTx.Cli.Tests.Install;

/// <summary>Install verbs on the files of a system that does not run.</summary>
public sealed class InstallVerbTests
{
    private const string Service = "[Service]\nExecStart=/bin/true\n";
    private const string VendorWeb = "/lib/systemd/system/web.service";
    private InstallTree _tree = null!;

    [SetUp]
    public void MakeTree()
    {
        _tree = new InstallTree();
        _tree.Write($"{InstallTree.Vendor}/web.service",
            Service + "[Install]\nWantedBy=multi-user.target\nUpheldBy=keeper.target\n");
        _tree.Write($"{InstallTree.Vendor}/multi-user.target", "[Unit]\nDescription=m\n");
        _tree.Write($"{InstallTree.Vendor}/keeper.target", "[Unit]\nDescription=k\n");
        _tree.Write($"{InstallTree.Vendor}/plain.service", Service);
    }

    [TearDown]
    public void RemoveTree() => _tree.Dispose();

    private CliRun Run(params string[] args) => CliRun.Of([.. args, $"--root={_tree.Path}"]);

    [Test]
    public void Enable_links_every_folder_of_the_install_section_and_disable_takes_all_back()
    {
        Assert.That(Run("enable", "web").Code, Is.Zero);
        Assert.That(_tree.Links(), Is.EqualTo(new[]
        {
            $"{InstallTree.Config}/keeper.target.upholds/web.service {VendorWeb}",
            $"{InstallTree.Config}/multi-user.target.wants/web.service {VendorWeb}",
        }));
        Assert.That(Run("is-enabled", "web").Lines, Is.EqualTo(new[] { "enabled" }));
        Assert.That(Run("disable", "web").Code, Is.Zero);
        Assert.That(_tree.Links(), Is.Empty);
        Assert.That(Directory.EnumerateFileSystemEntries(
            Path.Combine(_tree.Path, InstallTree.Config)), Is.Empty, "empty folders stay behind");
    }

    [Test]
    public void Json_is_an_object_a_change()
    {
        CliRun run = Run("enable", "web", "--json");
        JsonElement[] changes = [.. run.Lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.That(changes, Has.Length.EqualTo(2));
        Assert.That(changes[0].GetProperty("action").GetString(), Is.EqualTo("create"));
        Assert.That(changes[0].GetProperty("path").GetString(),
            Is.EqualTo("/etc/systemd/system/multi-user.target.wants/web.service"));
    }

    [Test]
    public void A_unit_without_install_section_says_who_starts_it()
    {
        CliRun run = Run("enable", "plain");
        Assert.That(run.Code, Is.Zero);
        Assert.That(run.Error, Does.Contain("initx tree --reverse"));
        Assert.That(Run("is-enabled", "plain").Lines, Is.EqualTo(new[] { "static" }));
    }

    [Test]
    public void One_unknown_unit_and_nothing_is_enabled()
    {
        CliRun run = Run("enable", "web", "nope");
        Assert.That(run.Code, Is.EqualTo(4));
        Assert.That(run.Error, Does.Contain("nope.service"));
        Assert.That(_tree.Links(), Is.Empty);
    }

    [Test]
    public void What_fails_half_way_leaves_nothing()
    {
        // keeper.target.upholds is a file: the second link cannot be made.
        _tree.Write($"{InstallTree.Config}/keeper.target.upholds", "in the way\n");
        CliRun run = Run("enable", "web");
        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("nothing was changed"));
        Assert.That(_tree.Links(), Is.Empty);
        Assert.That(Directory.Exists(
            Path.Combine(_tree.Path, InstallTree.Config, "multi-user.target.wants")), Is.False);
    }

    [Test]
    public void An_absolute_link_inside_a_root_is_followed_inside_it()
    {
        string etc = Path.Combine(_tree.Path, "etc/systemd");
        Directory.Delete(etc, recursive: true);
        Directory.CreateDirectory(Path.Combine(_tree.Path, "data/conf/system"));
        File.CreateSymbolicLink(etc, "/data/conf");
        Assert.That(Run("enable", "web").Code, Is.Zero);
        Assert.That(new FileInfo(Path.Combine(_tree.Path,
            "data/conf/system/multi-user.target.wants/web.service")).LinkTarget, Is.Not.Null);
    }

    [Test]
    public void List_unit_files_shows_state_and_preset()
    {
        _tree.Write($"{InstallTree.Presets}/90.preset", "disable web.service\n");
        string list = Run("list-unit-files", "web*").Out;
        Assert.That(list, Does.Match("web.service +disabled +disabled"));
        Assert.That(list, Does.Contain("1 unit file"));
        JsonElement row = JsonDocument.Parse(
            Run("list-unit-files", "plain*", "--json").Lines[0]).RootElement;
        Assert.That(row.GetProperty("preset").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Now_and_root_exclude_each_other() =>
        Assert.That(Run("enable", "--now", "web").Code, Is.EqualTo(2));

    [TestCase("enable a.service\ndisable *\n", "a.service", true)]
    [TestCase("disable *\nenable a.service\n", "a.service", false)]
    [TestCase("# disable *\n; disable *\n", "a.service", true)]
    [TestCase("enable t@.service one\ndisable *\n", "t@two.service", false)]
    [TestCase("enable t@.service one\ndisable *\n", "t@one.service", true)]
    public void The_first_preset_that_matches_counts(string text, string unit, bool enable) =>
        Assert.That(Rules(text).Of(InitTx.Units.Model.UnitName.Parse(unit)).Enable,
            Is.EqualTo(enable));

    [TestCase("enabel a.service", 1)]
    [TestCase("enable", 1)]
    [TestCase("enable a.service one", 1)]
    [TestCase("disable t@.service one", 1)]
    public void A_preset_line_that_is_no_rule_is_named_with_its_line(string line, int number)
    {
        PresetRules rules = Rules(line + "\n");
        Assert.That(rules.Diagnostics, Has.Count.EqualTo(1));
        Assert.That(rules.Diagnostics[0].Location.ToString(), Is.EqualTo($"/p:{number}"));
    }

    private static PresetRules Rules(string text) => new([("/p", text)],
        static (pattern, name) => InitTx.Protocol.GlobPattern.Matches(pattern, name));
}

/// <summary>What a manager is told of changes to unit files.</summary>
public sealed class InstallReportTests : ManagerFixture
{
    [Test]
    public void Every_change_is_a_row_that_names_the_request_and_the_files_are_read_again()
    {
        Assert.That(Send(["Created symlink /a -> /b.", "Removed /c."]), Is.Zero);
        JournalRecord[] rows = [.. Manager.Facts.Records];
        JournalRecord request = rows.Single(r => r.Kind == RecordKind.Request);
        Assert.That(request.Text, Is.EqualTo("enable web.service [on pts/0, login uid 0]"));
        Assert.That(request.Uid, Is.EqualTo(Manager.Uid));
        JournalRecord[] changes =
            [.. rows.Where(r => r.Kind == RecordKind.Config && r.CauseSeq == request.Seq)];
        Assert.That(changes.Select(c => c.Text),
            Is.EqualTo(new[] { "Created symlink /a -> /b.", "Removed /c." }));
        Assert.That(rows[^1].Text, Does.StartWith("daemon-reload:"));
    }

    [Test]
    public void Who_may_not_change_anything_is_not_recorded_as_having_done_it()
    {
        Manager.Uid = 1000;
        Assert.That(Send(["Removed /c."]), Is.EqualTo(5));
        Assert.That(Manager.Facts.Records.Where(r => r.Kind == RecordKind.Config), Is.Empty);
    }

    [Test]
    public void Without_a_manager_there_is_nobody_to_tell()
    {
        using var quiet = new MemoryStream();
        Session nobody = SessionOn("/nonexistent/control", quiet);
        Assert.That(InstallReport.Send(nobody, "enable", [], ["x"]), Is.Zero);
    }

    private int Send(string[] changes)
    {
        using var quiet = new MemoryStream();
        return InstallReport.Send(
            SessionOn(Manager.SocketPath, quiet), "enable", ["web.service"], changes);
    }

    private static Session SessionOn(string socket, Stream output) => new(
        new CliHost
        {
            Out = new Output(output, false),
            Error = new Output(output, false),
            Environment = _ => null,
            Now = () => DateTimeOffset.UnixEpoch,
            Width = () => 100,
            TimeZone = () => TimeZoneInfo.Utc,
        },
        new GlobalOptions { Socket = socket }, "initx");
}
