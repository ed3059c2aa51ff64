using System.Text;
using InitTx.Units.Directives;
using InitTx.Units.Lint;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Directives;

/// <summary>What differs in one letter from something known is not that thing.</summary>
public sealed class NearMissTests
{
    private static readonly string[] Sections = ["Unit", "Service", "Socket", "Mount", "Automount",
        "Swap", "Timer", "Path", "Slice", "Scope", "Install", "X-InitTx"];

    // Keys with a closed set of words, and the words.
    private static readonly (string Section, string Key, string Words)[] Closed =
    [
        ("Service", "StandardInput", "null tty tty-force tty-fail socket"),
        ("Service", "StandardOutput", "inherit null tty journal syslog journal+console "
            + "syslog+console kmsg kmsg+console socket"),
        ("Service", "Type", "simple exec forking oneshot dbus notify idle"),
        ("Service", "Restart",
            "no always on-success on-failure on-abnormal on-abort on-watchdog"),
        ("Service", "KillMode", "control-group process mixed"),
        ("Service", "NotifyAccess", "none main exec all"),
        ("Service", "KillSignal", "SIGTERM SIGKILL SIGUSR1 TERM HUP SIGRTMIN+3"),
        ("Unit", "OnFailureJobMode", "fail replace replace-irreversibly isolate flush "
            + "ignore-dependencies ignore-requirements"),
        ("Unit", "FailureAction", "none reboot reboot-force reboot-immediate poweroff "
            + "poweroff-force poweroff-immediate exit exit-force"),
        ("Unit", "DefaultDependencies", "yes true on no false off"),
        ("Socket", "BindIPv6Only", "default both ipv6-only"),
    ];

    [Test]
    public void A_key_that_differs_in_one_letter_is_nobodys()
    {
        foreach (DirectiveRow row in DirectiveTable.All)
        {
            foreach (string key in Misses(row.Key))
            {
                if (DirectiveTable.Find(row.Section, key) is null)
                    Assert.That(IsTaken(row.Section, key), Is.False, $"[{row.Section}] {key}=");
            }
        }
    }

    [Test]
    public void A_section_that_differs_in_one_letter_is_nobodys()
    {
        foreach (string section in Sections)
        {
            foreach (string miss in Misses(section))
                Assert.That(IsTaken(miss, "Type") || IsTaken(miss, "Where"), Is.False, miss);
        }
    }

    [Test]
    public void A_key_of_one_section_is_not_taken_in_another()
    {
        foreach (DirectiveRow row in DirectiveTable.All)
        {
            // Scopes are made by programs: no file of theirs is read.
            foreach (string section in Sections.Except(["Scope"]))
            {
                UnitDefinition unit = Load(section, $"{row.Key}=");
                bool known = DirectiveTable.Find(section, row.Key) is not null;
                Assert.That(unit.Diagnostics.Any(d => d.Message.StartsWith("unknown key")),
                    Is.EqualTo(!known && !row.Key.StartsWith("X-")), $"[{section}] {row.Key}=");
            }
        }
    }

    [TestCaseSource(nameof(ClosedCases))]
    public void A_word_that_differs_in_one_letter_is_not_known(
        string section, string key, string word)
    {
        Assert.That(Complaint(section, key, word)?.Contains("obsolete") ?? true, Is.True,
            $"{word} is a word");
        foreach (string miss in Misses(word))
        {
            Assert.That(Complaint(section, key, miss), Is.Not.Null, $"{key}={miss}");
        }
    }

    private static IEnumerable<TestCaseData> ClosedCases() =>
        from row in Closed
        from word in row.Words.Split(' ')
        select new TestCaseData(row.Section, row.Key, word);

    private static string? Complaint(string section, string key, string value) =>
        Load(section, $"{key}={value}").Diagnostics
            .Where(d => d.Directive == key).Select(DiagnosticText.Render).FirstOrDefault();

    private static UnitDefinition Load(string section, string line)
    {
        string kind = section is "Unit" or "Install" or "X-InitTx" ? "service"
            : section.ToLowerInvariant();
        return new TextTree().File($"a.{kind}", $"[{section}]\n{line}\n").Load($"a.{kind}");
    }

    // Each letter by another one, and the ends cut off.
    private static IEnumerable<string> Misses(string word)
    {
        for (int i = 0; i < word.Length; i++)
            yield return $"{word[..i]}{(word[i] == 'q' ? 'x' : 'q')}{word[(i + 1)..]}";
        yield return $"{word}q";
        yield return word[1..] + 'q';
    }

    private static bool IsTaken(string section, string key)
    {
        UnitName name = UnitName.Parse("a.service");
        var draft = new UnitDraft(name, LoadLimits.Default)
        {
            Specifiers = new SpecifierExpander(SpecifierContext.Unknown, name, ""),
        };
        ParsedUnit parsed = UnitParser.Parse("/t",
            Encoding.UTF8.GetBytes($"[{section}]\n{key}=x\n"), [section], LoadLimits.Default);
        return UnitReader.Dispatch(new Setting(parsed.Assignments[0], draft));
    }
}
