using System.Text.RegularExpressions;

namespace InitTx.Style.Tests;

/// <summary>Shapes of attacks that are kept out of the source as such.</summary>
[TestFixture]
public sealed partial class HardeningTests
{
    private static IEnumerable<string> Product => SourceTree.Files.Where(static path =>
        path.EndsWith(".cs", StringComparison.Ordinal)
        && (path.StartsWith("engine/", StringComparison.Ordinal)
            || path.StartsWith("units/", StringComparison.Ordinal)
            || path.StartsWith("journal/", StringComparison.Ordinal)
            || path.StartsWith("cli/", StringComparison.Ordinal)));

    /// <summary>
    /// CVE-2018-16864 and 16865: room on the stack that grows with what somebody sends. Only
    /// constants, or what Math.Min holds below one.
    /// </summary>
    [Test]
    public void CVE_2018_16864_no_room_on_the_stack_is_of_a_size_that_somebody_else_says()
    {
        Complaints.AreNone([.. Product.SelectMany(path => StackRoom()
            .Matches(SourceTree.Read(path))
            .Where(match => !IsBounded(match.Groups[1].Value))
            .Select(match => $"{path}: {match.Value}"))]);
        Assert.That(IsBounded("text.Length + 1"), Is.False);
        Assert.That(IsBounded("count * sizeof(int)"), Is.False);
    }

    /// <summary>
    /// CVE-2023-26604: a pager that root's command starts can start anything. Only the editor that
    /// was asked for is one.
    /// </summary>
    [Test]
    public void CVE_2023_26604_the_command_line_starts_no_pager()
    {
        Complaints.AreNone([.. Product
            .Where(path => path.StartsWith("cli/", StringComparison.Ordinal)
                && path != "cli/Hosting/CliHost.cs" && Starts().IsMatch(SourceTree.Read(path)))
            .Select(path => $"{path}: starts a program")]);
        string host = SourceTree.Read("cli/Hosting/CliHost.cs");
        Assert.That(Starts().Count(host), Is.EqualTo(2), "the editor is the only program");
        Assert.That(
            Product.Where(static path => Pager().IsMatch(SourceTree.Read(path))), Is.Empty);
    }

    private static bool IsBounded(string size) =>
        size.StartsWith("Math.Min(", StringComparison.Ordinal)
        || !Variable().IsMatch(SizeOf().Replace(size, "1"));

    [GeneratedRegex(@"stackalloc \w+(?:\.\w+)?\[([^\]]+)\]")]
    private static partial Regex StackRoom();

    // A local name or a property of one, while constants and their classes begin with a capital.
    [GeneratedRegex(@"(?<![\w.])_?[a-z]\w*")]
    private static partial Regex Variable();

    [GeneratedRegex(@"sizeof\(\w+\)")]
    private static partial Regex SizeOf();

    [GeneratedRegex(@"\bProcessStartInfo\(|\bProcess\.Start\(")]
    private static partial Regex Starts();

    [GeneratedRegex(@"""(?:SYSTEMD_|INITX_)?PAGER""|""LESS""|""less""")]
    private static partial Regex Pager();
}
