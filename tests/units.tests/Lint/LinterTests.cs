using InitTx.Units.Lint;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Lint;

/// <summary>What lint says, and how it prints.</summary>
public sealed class LinterTests
{
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    [TestCase("[Unit]\nRequires=b.service\n" + Run, 2, "add After=b.service")]
    [TestCase("[Unit]\nRequires=gone.service\nAfter=gone.service\n" + Run, 2,
        "gone.service is not found, so a start of a.service by name is refused")]
    [TestCase("[Unit]\nWants=gone.service\n" + Run, 2, "left out")]
    [TestCase("[Unit]\nWants=masked.service\n" + Run, 2, "masked.service is masked")]
    [TestCase("[Service]\nExecStart=/bin/echo a > /tmp/x\n", 2, "there is no shell")]
    [TestCase("[Service]\nExecStart=$PROG a\n", 2, "cannot be a variable")]
    [TestCase("[Service]\nType=forking\nExecStart=/bin/true\n", 2, "the main process is guessed")]
    [TestCase("[Unit]\nBindsTo=b.service\n" + Run, 2, "add After=b.service")]
    [TestCase("[Unit]\nRequisite=b.service\n" + Run, 2, "add After=b.service")]
    [TestCase("[Unit]\nRequires=bad.service\nBefore=bad.service\n" + Run, 2,
        "bad.service is unusable")]
    [TestCase("[Unit]\nRequires=broken.service\nAfter=broken.service\n" + Run, 2,
        "broken.service is broken")]
    [TestCase("[Service]\nExecStart=/bin/true\nExecStop=/bin/a && /bin/b\n", 3,
        "'&&' is given to the program")]
    [TestCase("[Service]\nType=forking\nGuessMainPID=no\nRestart=always\nExecStart=/bin/x\n", 4,
        "only an empty control group")]
    [TestCase("[Service]\nExecStart=/bin/true\nKillMode=process\n", 3, "outlive a stop")]
    [TestCase("[Service]\nExecStart=/bin/true\nExecStrat=/bin/false\n", 3,
        "did you mean ExecStart=?")]
    public void A_doubtful_unit_is_named_with_its_line(string text, int line, string message)
    {
        UnitLoader loader = new TextTree().File("a.service", text).File("b.service", Run)
            .File("bad.service", "[Service]\n").File("broken.service", "[Service\n")
            .Mask("masked.service").Loader();
        IReadOnlyList<Diagnostic> findings = Linter.Lint(loader.Load(UnitName.Parse("a.service")),
            loader);
        Assert.That(findings.Select(f => $"{f.Location}: {f.Message}"),
            Has.One.StartsWith($"/etc/systemd/system/a.service:{line}: ").And.Some.Contains(
                message));
    }

    [TestCase("[Unit]\nRequires=b.service\nAfter=b.service\n" + Run)]
    [TestCase("[Unit]\nRequires=b.service\nBefore=b.service\n" + Run)]
    [TestCase("[Unit]\nRequires=b.slice dev-x.device\n" + Run)]
    [TestCase("[Service]\nType=forking\nPIDFile=/run/x\nRestart=always\nExecStart=/bin/x\n")]
    [TestCase("[Service]\nExecStart=/bin/true\nKillMode=process\nUser=u\n")]
    [TestCase("[Service]\nExecStart=/bin/sh -c 'a | b'\n")]
    public void A_unit_without_doubts_has_no_findings(string text)
    {
        UnitLoader loader = new TextTree().File("a.service", text).File("b.service", Run).Loader();
        UnitDefinition unit = loader.Load(UnitName.Parse("a.service"));
        Assert.That(Linter.Lint(unit).Select(DiagnosticText.Render), Is.Empty);
    }

    [Test]
    public void What_cannot_be_loaded_shows_what_loading_found_in_file_order()
    {
        UnitLoader loader = new TextTree().File("a.service", "[Service]\nUser=a:b\nNice=x\n")
            .File("a.service.d/x.conf", "[Service]\nNope=1\n").Loader();
        UnitDefinition unit = loader.Load(UnitName.Parse("a.service"));
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.BadSetting));
        Assert.That(Linter.Lint(unit, loader), Is.EquivalentTo(unit.Diagnostics));
    }

    [Test]
    public void A_target_may_require_without_an_order()
    {
        UnitLoader loader = new TextTree().File("a.target", "[Unit]\nRequires=b.service\n")
            .File("b.service", Run).Loader();
        Assert.That(Linter.Lint(loader.Load(UnitName.Parse("a.target")), loader), Is.Empty);
    }

    [Test]
    public void A_plain_unit_has_no_findings()
    {
        UnitLoader loader = new TextTree().File("a.service", Run).Loader();
        Assert.That(Linter.Lint(loader.Load(UnitName.Parse("a.service")), loader), Is.Empty);
    }

    [Test]
    public void A_finding_shows_its_line_and_a_caret_below_the_word()
    {
        UnitDefinition unit = TextTree.Service("ExecStart=/bin/true\nEnvironment=A=1 9B=2 C=3\n");
        Assert.That(DiagnosticText.Render(unit.Diagnostics.Single()), Is.EqualTo(
            "/etc/systemd/system/a.service:4:17: warning: Environment=: '9B=2' is no assignment, "
                + "ignored; "
            + "write NAME=value, in quotes if it holds blanks\n"
            + "    Environment=A=1 9B=2 C=3\n"
            + "                    ^"));
    }

    [Test]
    public void A_fault_inside_a_continued_line_is_shown_in_its_own_line()
    {
        UnitDefinition unit = TextTree.Service("ExecStart=/bin/echo a \\\n  b %z\n");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.BadSetting));
        Assert.That(unit.LoadError, Does.StartWith("/etc/systemd/system/a.service:4: ExecStart=: "
            + "unknown specifier %z"));
        Assert.That(DiagnosticText.Render(unit.Diagnostics.Single()),
            Does.EndWith("\n      b %z\n        ^"));
    }

    [Test]
    public void A_very_long_line_is_shown_around_its_column_without_control_characters()
    {
        string line = new string('x', 400) + "\tBAD" + new string('y', 400);
        string text = DiagnosticText.Render(new Diagnostic(
            DiagnosticSeverity.Error, new SourceLocation("/f\u001b", 1, 402), "K", "m", line));
        string[] lines = text.Split('\n');
        Assert.That(lines[0], Is.EqualTo("/f?:1:402: error: K=: m"));
        Assert.That(lines[1].Length, Is.LessThanOrEqualTo(164));
        Assert.That(lines[1][lines[2].IndexOf('^')], Is.EqualTo('B'));
    }
}
