using InitTx.Cli.Tests.Support;
using InitTx.Units.Install;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Cli.Tests.Install;

/// <summary>
/// What status opens of the unit path says the same of its unit as the whole does.
/// </summary>
public sealed class OneUnitsStateTests
{
    private InstallTree _tree = null!;

    [SetUp]
    public void MakeTree()
    {
        _tree = new InstallTree();
        const string service = "[Service]\nExecStart=/bin/true\n";
        const string wanted = service + "[Install]\nWantedBy=multi-user.target\n";
        _tree.Write($"{InstallTree.Vendor}/on.service", wanted + "Alias=other.service\n");
        _tree.Write($"{InstallTree.Vendor}/off.service", wanted);
        _tree.Write($"{InstallTree.Vendor}/static.service", service);
        _tree.Write(
            $"{InstallTree.Vendor}/also.service", service + "[Install]\nAlso=on.service\n");
        _tree.Write($"{InstallTree.Vendor}/many@.service", wanted + "DefaultInstance=one\n");
        _tree.Write($"{InstallTree.Vendor}/static.service.d/more.conf",
            "[Install]\nWantedBy=multi-user.target\n");
        _tree.Write("opt/linked.service", wanted);
        CliRun.Of(["enable", "on", "many@two", "--root=" + _tree.Path]);
        CliRun.Of(["mask", "gone", "--root=" + _tree.Path]);
        CliRun.Of(["enable", "/opt/linked.service", "--root=" + _tree.Path]);
    }

    [TearDown]
    public void RemoveTree() => _tree.Dispose();

    [TestCase("on.service", "on.service", "enabled")]
    [TestCase("other.service", "on.service", "alias")]
    [TestCase("off.service", "off.service", "disabled")]
    [TestCase("also.service", "also.service", "indirect")]
    [TestCase("many@two.service", "many@.service", "enabled")]
    [TestCase("many@three.service", "many@.service", "disabled")]
    [TestCase("gone.service", "gone.service", "masked")]
    [TestCase("linked.service", "linked.service", "enabled")]
    [TestCase("static.service", "static.service", null)]
    public void Its_own_files_are_enough(string unit, string file, string? word)
    {
        UnitName name = UnitName.Parse(unit);
        string? whole = Word(name, null);
        Assert.That(Word(name, [unit, name.Template.Value, file]), Is.EqualTo(whole));
        Assert.That(whole, word is null ? Is.Not.Null : Is.EqualTo(word));
    }

    private string? Word(UnitName name, string[]? only)
    {
        UnitFileTree tree = DirectoryUnitSource.Read(
            UnitPath.System, LoadLimits.Default, _tree.Path, only: only);
        var planner = new InstallPlanner(
            tree, new SpecifierContext { Scope = ManagerScope.System }, LoadLimits.Default,
            InstallDirectories.System);
        return planner.StateOf(name) is { } state ? UnitFileStates.Word(state) : null;
    }
}
