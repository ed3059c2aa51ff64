using System.Text;
using InitTx.Units.Directives;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Directives;

/// <summary>
/// The table says what loading does, knows what systemd knows, and its page is current.
/// </summary>
public sealed class DirectiveTableTests
{
    public static IEnumerable<DirectiveRow> Rows => DirectiveTable.All;

    [Test]
    public void Every_key_of_systemd_252_has_a_row()
    {
        string known = File.ReadAllText(Path.Combine(
            SourceRoot.Path, "tests", "units.tests", "Directives", "systemd-252-keys.txt"));
        List<string> missing = [];
        string section = "";
        foreach (string line in known.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('['))
                section = line.Trim('[', ']');
            else if (!line.StartsWith('#') && DirectiveTable.Find(section, line) is null)
                missing.Add($"[{section}] {line}");
        }

        Assert.That(missing, Is.Empty);
    }

    [TestCaseSource(nameof(Rows))]
    public void A_directive_that_is_called_honoured_is_read_by_a_section(DirectiveRow row)
    {
        if (row.Treatment is not (DirectiveTreatment.Honoured or DirectiveTreatment.Approximated))
        {
            Assert.That(row.Reason, Is.Not.Empty);
            return;
        }

        UnitName name = UnitName.Parse(row.Section switch
        {
            "Unit" or "Install" or "Service" or "X-InitTx" => "a.service",
            _ => $"a.{row.Section.ToLowerInvariant()}",
        });
        var draft = new UnitDraft(name, LoadLimits.Default)
        {
            Specifiers = new SpecifierExpander(SpecifierContext.Unknown, name, ""),
        };
        ParsedUnit parsed = UnitParser.Parse(
            "/t", Encoding.UTF8.GetBytes($"[{row.Section}]\n{row.Key}=x\n"), [row.Section],
                LoadLimits.Default);
        Assert.That(UnitReader.Dispatch(new Setting(parsed.Assignments[0], draft)), Is.True);
    }

    [Test]
    public void A_security_directive_that_is_not_applied_is_listed_on_the_unit()
    {
        UnitDefinition unit = TextTree.Service(
            "ExecStart=/bin/true\nRestrictFileSystems=ext4\nSELinuxContext=\nIPAccounting=1\n"
            + "MemoryMax=infinity\nBPFProgram=a:/b\nBPFProgram=\nIPIngressFilterPath=/x\n"
            + "User=u\n");
        Assert.That(unit.Unhonoured.Select(u =>
            $"{u.Key} {u.Treatment} {u.IsSecurity} {u.Source.Line}"),
            Is.EqualTo(new[] { "RestrictFileSystems Ignored True 4", "IPAccounting Ignored False 6",
                "IPIngressFilterPath Ignored True 10" }));
    }

    [Test]
    public void A_directive_whose_value_begins_on_the_next_line_is_listed_with_its_own()
    {
        UnitDefinition unit = TextTree.Service(
            "ExecStart=/bin/true\nRestrictFileSystems=\\\n  ext4 \\\n  xfs\nIPAccounting=1\n");
        Assert.That(unit.Unhonoured.Select(u => $"{u.Key} {u.Source.Line}"),
            Is.EqualTo(new[] { "RestrictFileSystems 4", "IPAccounting 7" }));
    }

    [TestCase("Service", "ExecStrat", "ExecStart")]
    [TestCase("Service", "restart", "Restart")]
    [TestCase("Unit", "Afer", "After")]
    [TestCase("Unit", "Nonsense", null)]
    public void A_mistyped_key_is_answered_with_the_nearest_one(string section, string key,
        string? nearest) =>
        Assert.That(DirectiveTable.Nearest(section, key), Is.EqualTo(nearest));

    [Test]
    public void The_generated_page_is_current()
    {
        string path = Path.Combine(SourceRoot.Path, "docs", "generated", "directives.md");
        string page = Page();
        if (Environment.GetEnvironmentVariable("INITX_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, page);
        }

        Assert.That(File.Exists(path) ? File.ReadAllText(path) : "", Is.EqualTo(page),
            "INITX_UPDATE_GOLDEN=1 dotnet test tests/units.tests --filter "
                + "The_generated_page_is_current");
    }

    private static string Page()
    {
        var text = new StringBuilder();
        text.Append("# Directives\n\nWritten from the directive table by a test; do not edit.\n\n");
        text.Append("What this version does with each directive of systemd 252. *honoured*: as "
            + "documented there;\n");
        text.Append("*approximated*: nearly; *ignored*: read, checked and listed by `initx "
            + "lint`, without effect;\n");
        text.Append("*refused*: a unit that needs it is not started. **security** marks the "
            + "directives on which\n");
        text.Append("`UnhonouredSecurity=` decides.\n\n");
        foreach (IGrouping<DirectiveTreatment, DirectiveRow> group in DirectiveTable.All
            .GroupBy(r => r.Treatment).OrderBy(g => g.Key))
            text.Append($"- {group.Key.ToString().ToLowerInvariant()}: {group.Count()}\n");
        foreach (IGrouping<string, DirectiveRow> section in DirectiveTable.All.GroupBy(r =>
            r.Section))
        {
            text.Append($"\n## [{section.Key}]\n\n| Directive | Class | Treatment | Why "
                + "|\n|---|---|---|---|\n");
            foreach (DirectiveRow row in section)
            {
                string kind = row.IsSecurity ? "**security**"
                    : row.Class.ToString().ToLowerInvariant();
                text.Append($"| {row.Key} | {kind} | "
                    + $"{row.Treatment.ToString().ToLowerInvariant()} | {row.Reason} |\n");
            }
        }

        return text.ToString();
    }
}
