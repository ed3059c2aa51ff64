using System.Text;
using System.Text.RegularExpressions;
using InitTx.Cli.Commands;
using InitTx.Cli.Tests.Support;
using InitTx.Units.Directives;
using InitTx.Units.Parsing;

namespace InitTx.Cli.Tests;

/// <summary>The man pages name everything that there is, and nothing that there is not.</summary>
public sealed partial class ManPageTests
{
    private static readonly string Root = FindRoot();

    private static IEnumerable<string> Verbs =>
        VerbTable.All.Where(verb => verb.IsBuilt).Select(verb => verb.Name);

    [TestCaseSource(nameof(Verbs))]
    public void A_verb_and_each_of_its_options_are_in_the_page(string verb)
    {
        string page = Page("initx.1");
        Assert.That(page, Does.Match($@"(?m)^\.BR?I? .*\b{verb}\b"), "the verb");
        string[] options = [.. Options(CliRun.Of([verb, "--help"]).Out)];
        Assert.That(options.Where(option => !Names(page, option)), Is.Empty);
    }

    [Test]
    public void The_options_for_every_verb_are_in_the_page()
    {
        string page = Page("initx.1");
        string[] options = [.. Options(CliRun.Of(["--help"]).Out)];
        Assert.That(options, Does.Contain("--socket"));
        Assert.That(options.Where(option => !Names(page, option)), Is.Empty);
    }

    [Test]
    public void What_looks_like_an_option_in_the_page_is_one()
    {
        HashSet<string> known = [.. Options(CliRun.Of(["--help"]).Out)];
        foreach (string verb in Verbs)
            known.UnionWith(Options(CliRun.Of([verb, "--help"]).Out));
        string[] named = [.. LongOption().Matches(Page("initx.1")).Select(m => m.Value).Distinct()];
        Assert.That(named, Has.Length.GreaterThan(30));
        Assert.That(named.Except(known), Is.Empty);
    }

    [Test]
    public void The_options_of_the_manager_are_those_of_its_help()
    {
        string[] help = [.. LongOption()
            .Matches(Source("engine/init/StartOptions.cs").Split("\"\"\"")[1])
            .Select(m => m.Value).Distinct().Order(StringComparer.Ordinal)];
        string[] page = [.. LongOption().Matches(Page("initxd.8")).Select(m => m.Value).Distinct()
            .Order(StringComparer.Ordinal)];
        Assert.That(help, Has.Length.GreaterThan(7));
        Assert.That(page, Is.EqualTo(help));
    }

    [Test]
    public void The_words_of_the_kernel_command_line_are_in_the_page()
    {
        string page = Page("initxd.8");
        string[] words = [.. KernelWord().Matches(Source("units/Parsing/KernelCommandLine.cs"))
            .Select(m => m.Groups[1].Value).Distinct()];
        Assert.That(words, Has.Length.GreaterThan(7));
        Assert.That(words.Where(word => !page.Contains($"{word}=", StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public void The_keys_of_initx_conf_are_those_of_the_page()
    {
        string[] page = [.. Key().Matches(Page("initx.conf.5")).Select(m => m.Groups[1].Value)
            .Distinct()];
        string text = "[Manager]\n" + string.Concat(page.Select(key => $"{key}=0\n"));
        ManagerConfig config = ManagerConfig.Parse(Encoding.UTF8.GetBytes(text), "initx.conf");
        Assert.That(
            config.Diagnostics.Select(d => d.Message), Has.None.StartsWith("unknown key"));
        IEnumerable<string> read = CaseOfKey().Matches(string.Concat(
                new[] { "ManagerConfigReader", "ArchiveSettings", "OutputSettings" }
                    .Select(file => Source($"units/Parsing/{file}.cs"))))
            .Select(m => m.Groups[1].Value)
            .Concat(DirectiveTable.All
                .Where(row => row.Section == "Service"
                    && ResourceLimitParser.Resource(row.Key) is not null)
                .Select(row => $"Default{row.Key}"));
        Assert.That(read.Except(page), Is.Empty);
    }

    [Test]
    public void The_keys_of_our_own_section_are_those_of_the_page()
    {
        string page = Page("initx.unit.5");
        string section = page[page.IndexOf(".SH THE SECTION", StringComparison.Ordinal)..];
        int next = section.IndexOf("\n.SH ", StringComparison.Ordinal);
        section = next < 0 ? section : section[..next];
        Assert.That(
            Key().Matches(section).Select(m => m.Groups[1].Value).Distinct(),
            Is.EquivalentTo(DirectiveTable.All
                .Where(row => row.Section == "X-InitTx").Select(row => row.Key)));
    }

    private static bool Names(string page, string option) => Regex.IsMatch(
        page, $@"(?<![\w-]){Regex.Escape(option)}(?![\w-])");

    private static IEnumerable<string> Options(string help)
    {
        foreach (string line in help.Split('\n'))
        {
            if (!line.TrimStart().StartsWith('-'))
                continue;
            string words = line.Trim().Split("  ")[0];
            foreach (Match option in Option().Matches(words))
            {
                if (option.Value != "-?")
                    yield return option.Value;
            }
        }
    }

    /// <summary>A page as groff reads it, its hyphens plain.</summary>
    private static string Page(string name) => Source($"docs/man/{name}")
        .Replace("\\-", "-", StringComparison.Ordinal);

    private static string Source(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "InitTx.sln")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException(
            "InitTx.sln is in no directory above the tests");
    }

    [GeneratedRegex(@"(?<![\w-])--?[a-zA-Z?][a-z-]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]*")]
    private static partial Regex LongOption();

    [GeneratedRegex(@"""((?:initx|systemd)\.[a-z]+)""")]
    private static partial Regex KernelWord();

    [GeneratedRegex(@"(?m)(?<=^\.BR .*)\b([A-Z]\w+)=(?=[ ,]|$)")]
    private static partial Regex Key();

    [GeneratedRegex(@"(?:case |a\.Key == |\n            )""([A-Z]\w+)""(?=:| =>|\))")]
    private static partial Regex CaseOfKey();
}
