using System.Text.RegularExpressions;

namespace InitTx.Style.Tests;

/// <summary>What the documents claim about files and commands is there.</summary>
[TestFixture]
public sealed partial class DocumentTests
{
    private static IEnumerable<string> Documents =>
        SourceTree.Files.Where(path => path.EndsWith(".md", StringComparison.Ordinal));

    private static IEnumerable<string> Layers =>
        LayerLine().Matches(SourceTree.Read("scripts/layers.sh"))
            .Select(match => match.Groups[1].Value);

    [TestCaseSource(nameof(Documents))]
    public void Links_lead_to_files_of_the_project(string document)
    {
        string folder = Path.Combine(SourceTree.Root, Path.GetDirectoryName(document)!);
        List<string> dead = [];
        foreach (Match match in Link().Matches(SourceTree.Read(document)))
        {
            string target = match.Groups[1].Value.Split('#')[0];
            if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                && !target.StartsWith("mailto:", StringComparison.Ordinal)
                && !Path.Exists(Path.Combine(folder, target)))
            {
                dead.Add(target);
            }
        }
        Complaints.AreNone(dead);
    }

    [TestCase("README.md")]
    [TestCase("CONTRIBUTING.md")]
    public void Commands_it_names_exist(string document)
    {
        List<string> wrong = [];
        foreach (Match match in Command().Matches(SourceTree.Read(document)))
        {
            string program = match.Groups[1].Value;
            string first = match.Groups[2].Value;
            string path = Path.Combine(SourceTree.Root, program);
            if (!File.Exists(path) || (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) == 0)
                wrong.Add(match.Value);
            else if (program == "test" && first.Length > 0 && char.IsLetter(first[0])
                && first is not ("nightly" or "release") && !Layers.Contains(first))
                wrong.Add(match.Value);
            else if (first.StartsWith("--", StringComparison.Ordinal) && first.Length > 2
                && !SourceTree.Read(program).Contains(first, StringComparison.Ordinal))
                wrong.Add(match.Value);
        }
        Complaints.AreNone(wrong);
    }

    [Test]
    public void The_readme_names_the_two_commands_a_newcomer_needs()
    {
        string readme = SourceTree.Read("README.md");
        Assert.That(readme, Does.Contain("./run").And.Contain("./test"));
    }

    private static IEnumerable<string> ManPages =>
        SourceTree.Files.Where(path => path.StartsWith("docs/man/", StringComparison.Ordinal));

    [TestCaseSource(nameof(ManPages))]
    public void A_man_page_is_set_without_a_complaint(string page)
    {
        string text = SourceTree.Run(
            "sh", "-c", "groff -t -man -ww -z -Tutf8 \"$0\" 2>&1", page);
        Assert.That(text, Is.Empty);
    }

    [Test]
    public void Every_promise_is_held_by_tests_that_exist()
    {
        string tests = TestSources();
        string[] rows = [.. SourceTree.Lines("docs/promises.md").Where(line =>
            line.StartsWith("| ", StringComparison.Ordinal)
            && !line.StartsWith("| Promise ", StringComparison.Ordinal)
            && !line.StartsWith("| Shape ", StringComparison.Ordinal))];
        List<string> wrong = [];
        foreach (string row in rows)
        {
            string held = row.TrimEnd('|', ' ').Split(" | ")[^1];
            var names = PromiseTest().Matches(held);
            if (names.Count == 0)
                wrong.Add($"held by nothing: {row}");
            foreach (Match name in names)
            {
                string text = name.Value;
                bool there = text[0] == 'I' && char.IsDigit(text[1])
                    ? tests.Contains($"\"{text}\"", StringComparison.Ordinal)
                    : HasClass(tests, name.Groups[1].Value)
                        && tests.Contains($" {name.Groups[2].Value}(", StringComparison.Ordinal);
                if (!there)
                    wrong.Add($"no test is called {text}");
            }
        }
        Assert.That(rows, Has.Length.GreaterThan(20));
        Complaints.AreNone(wrong);
    }

    /// <summary>A test is named after an attack so that it is found from the table.</summary>
    [Test]
    public void Every_test_of_a_known_attack_is_in_the_promises()
    {
        string promises = SourceTree.Read("docs/promises.md");
        string[] names = [.. AttackTest().Matches(TestSources()).Select(match => match.Value)];
        Assert.That(names, Has.Length.GreaterThan(8));
        Complaints.AreNone([.. names.Where(
            name => !promises.Contains($".{name}`", StringComparison.Ordinal))]);
    }

    private static string TestSources() => string.Join('\n', SourceTree.Files
        .Where(path => path.StartsWith("tests/", StringComparison.Ordinal)
            && path.EndsWith(".cs", StringComparison.Ordinal))
        .Select(SourceTree.Read));

    private static bool HasClass(string tests, string name) =>
        tests.Contains($"class {name}\n", StringComparison.Ordinal)
        || tests.Contains($"class {name} : ", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<=public void )CVE_\d+_\w+(?=\()")]
    private static partial Regex AttackTest();

    [GeneratedRegex(@"\bI\d+\b|(\w+Tests)\.(\w+)")]
    private static partial Regex PromiseTest();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w/])\./((?:scripts/|\.ci/)?[a-z][a-z-]*)(?: +(--[a-z-]*|[a-z]+))?")]
    private static partial Regex Command();

    [GeneratedRegex(@"^([a-z]+)\|(?:trx|exe)\|", RegexOptions.Multiline)]
    private static partial Regex LayerLine();
}
