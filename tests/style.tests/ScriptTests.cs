namespace InitTx.Style.Tests;

/// <summary>
/// The shell scripts are held to the rules of the shell as the rest is to the compiler's.
/// </summary>
[TestFixture]
public sealed class ScriptTests
{
    private static IEnumerable<string> Scripts => SourceTree.Files.Where(SourceTree.IsShell);

    private static IEnumerable<string> Programs =>
        Scripts.Where(path => SourceTree.Lines(path)[0].StartsWith("#!", StringComparison.Ordinal));

    [TestCaseSource(nameof(Programs))]
    public void Stops_at_the_first_error(string path) =>
        Assert.That(
            SourceTree.Lines(path).Any(line => line is "set -euo pipefail" or "set -eu"), Is.True);

    [TestCaseSource(nameof(Programs))]
    public void Can_be_executed(string path) =>
        Assert.That(
            File.GetUnixFileMode(Path.Combine(SourceTree.Root, path)) & UnixFileMode.UserExecute,
            Is.Not.Zero);

    [Test]
    public void Shellcheck_finds_nothing() =>
        SourceTree.Run(["shellcheck", "--external-sources", .. Scripts]);
}
