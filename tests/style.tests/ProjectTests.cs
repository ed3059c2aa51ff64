using System.Text.RegularExpressions;

namespace InitTx.Style.Tests;

/// <summary>Every project is built, locked and tested; nothing is forgotten at the side.</summary>
[TestFixture]
public sealed class ProjectTests
{
    private static IEnumerable<string> Projects =>
        SourceTree.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal));

    [TestCaseSource(nameof(Projects))]
    public void Is_part_of_the_solution(string project) =>
        Assert.That(
            SourceTree.Read("InitTx.sln").Replace('\\', '/'), Does.Contain($"\"{project}\""));

    [TestCaseSource(nameof(Projects))]
    public void Has_its_package_versions_locked(string project) =>
        Assert.That(
            SourceTree.Files, Does.Contain($"{Path.GetDirectoryName(project)}/packages.lock.json"));

    [TestCaseSource(nameof(Projects))]
    public void Names_no_package_version_of_its_own(string project) =>
        Assert.That(
            Regex.IsMatch(SourceTree.Read(project), "<PackageReference[^>]*Version="), Is.False,
            "versions are in Directory.Packages.props");

    [TestCaseSource(nameof(Projects))]
    public void Runs_as_a_layer_of_the_test_command_if_it_holds_tests(string project)
    {
        string folder = Path.GetDirectoryName(project)!;
        bool holdsTests = SourceTree.Files.Any(path =>
            path.StartsWith(folder + "/", StringComparison.Ordinal)
            && path.EndsWith(".cs", StringComparison.Ordinal)
            && Regex.IsMatch(
                SourceTree.Read(path), @"^\s*\[(Test|TestCase)\b", RegexOptions.Multiline));
        if (holdsTests)
            Assert.That(SourceTree.Read("scripts/layers.sh"), Does.Contain($"|{folder}|"));
    }
}
