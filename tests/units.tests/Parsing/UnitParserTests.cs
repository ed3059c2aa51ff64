using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>The text rules of unit files, each as systemd 252 has it.</summary>
public sealed class UnitParserTests
{
    private static readonly string[] Sections = ["Unit", "Service", "Install"];

    [TestCase("[Service]\nA=1\n", "Service.A=1")]
    [TestCase("  [Unit]  \nType = oneshot\n\t Key=v \n", "Unit.Type=oneshot|Unit.Key=v")]
    [TestCase("[Unit]\nA=x \\\n# c\n; c\ny \\\n\nB=2\n", "Unit.A=x  y|Unit.B=2")]
    [TestCase("[Unit]\n# comment \\\nA=1\n", "Unit.A=1")]
    [TestCase("[Unit]\nA=ab\\\ncd\n", "Unit.A=ab cd")]
    [TestCase("[Unit]\nA=a \\ \nB=2\n", "Unit.A=a \\|Unit.B=2")]
    [TestCase("[Unit]\nA=a\\\\\nB=2\n", "Unit.A=a\\\\|Unit.B=2")]
    [TestCase("[Unit]\nA=end\\", "Unit.A=end")]
    [TestCase("[Unit]\r\nA=1\r\nB=2\r\n", "Unit.A=1|Unit.B=2")]
    [TestCase("\uFEFF[Unit]\nA=1\n", "Unit.A=1")]
    [TestCase("[Unit]\nA=a # b ; c\n", "Unit.A=a # b ; c")]
    [TestCase("[Unit]\nA=1\n[X-Foo]\nB=2\n[Service]\nC=3", "Unit.A=1|Service.C=3")]
    [TestCase("[Unit]\nA=\n", "Unit.A=")]
    [TestCase("[Unit]\nA=one\0B=two\n", "Unit.A=one|Unit.B=two")]
    [TestCase("[Unit]\nA=\\\n  /x \\\n  /y\n", "Unit.A=/x    /y")]
    public void Text_gives_the_assignments_that_systemd_reads(string text, string expected) =>
        Assert.That(Show(Parse(text)), Is.EqualTo(expected));

    [TestCase("[Unit]\n[Foo]\nA=1\n", 2, "unknown section [Foo]")]
    [TestCase("[unit]\nA=1\n", 1, "unknown section [unit]")]
    [TestCase("A=1\n[Unit]\n", 1, "before any [Section]")]
    [TestCase("[Unit]\nnothing\n", 2, "no '='")]
    [TestCase("[Unit]\n  =x\n", 2, "no key before '='")]
    [TestCase("[Unit]\nA=1\0\n", 2, "NUL byte")]
    public void A_fault_is_a_warning_with_its_line(string text, int line, string message)
    {
        ParsedUnit unit = Parse(text);
        Assert.That(unit.IsBroken, Is.False);
        Assert.That(unit.Diagnostics, Has.Count.EqualTo(1));
        Assert.That(unit.Diagnostics[0].Severity, Is.EqualTo(DiagnosticSeverity.Warning));
        Assert.That(unit.Diagnostics[0].Location.ToString(), Is.EqualTo($"/t/a.service:{line}"));
        Assert.That(unit.Diagnostics[0].Message, Does.Contain(message));
    }

    [TestCase("[X-Foo]\nA=1\n")]
    [TestCase("[Unit]\nA=1\n# [Foo\n")]
    public void What_systemd_takes_in_silence_is_silent_here(string text) =>
        Assert.That(Parse(text).Diagnostics, Is.Empty);

    [TestCase("[Unit\nA=1\n", 1, "invalid section header")]
    [TestCase("[Unit]\n[a\\b]\n", 2, "bad characters")]
    public void A_broken_section_header_breaks_the_file(string text, int line, string message)
    {
        ParsedUnit unit = Parse(text);
        Assert.That(unit.IsBroken);
        Assert.That(unit.Diagnostics[^1].Location.Line, Is.EqualTo(line));
        Assert.That(unit.Diagnostics[^1].Message, Does.Contain(message));
    }

    [Test]
    public void A_byte_that_is_not_utf8_breaks_the_file_at_its_line()
    {
        ParsedUnit unit = Parse([.. "[Unit]\nA=1\nB="u8, 0xE9, .. "\nC=3\n"u8]);
        Assert.That(unit.IsBroken);
        Assert.That(Show(unit), Is.EqualTo("Unit.A=1"));
        Assert.That(unit.Diagnostics[0].Location.Line, Is.EqualTo(3));
    }

    [TestCase(70_000, false)]
    [TestCase(1_200_000, true)]
    public void A_line_may_have_up_to_one_mebibyte(int length, bool broken)
    {
        ParsedUnit unit = Parse($"[Unit]\nA={new string('x', length)}\nB=1\n");
        Assert.That(unit.IsBroken, Is.EqualTo(broken));
        Assert.That(unit.Diagnostics.Count, Is.EqualTo(broken ? 1 : 0));
    }

    [Test]
    public void Half_a_million_continued_lines_cost_linear_time_and_meet_the_limit()
    {
        var text = new StringBuilder("[Unit]\nA=");
        for (int i = 0; i < 600_000; i++)
            text.Append("x\\\n");
        ParsedUnit unit = Parse(text.ToString());
        Assert.That(unit.IsBroken);
        Assert.That(unit.Diagnostics[0].Message, Does.Contain("line longer than"));
    }

    [Test]
    public void A_place_inside_a_continued_value_is_found_in_its_own_line()
    {
        ParsedUnit unit = Parse("[Unit]\nA=é \\\n  wörd \\\n  last\n");
        ParsedAssignment a = unit.Assignments[0];
        int offset = a.Value.IndexOf("last", StringComparison.Ordinal);
        Assert.That(a.Source, Is.EqualTo(new SourceLocation("/t/a.service", 2, 3)));
        Assert.That(a.Locate(offset), Is.EqualTo(new SourceLocation("/t/a.service", 4, 3)));
        Assert.That(a.LineText(offset), Is.EqualTo("  last"));
    }

    private static string Show(ParsedUnit unit) =>
        string.Join('|', unit.Assignments.Select(a => $"{a.Section}.{a.Key}={a.Value}"));

    private static ParsedUnit Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    private static ParsedUnit Parse(byte[] bytes) =>
        UnitParser.Parse("/t/a.service", bytes, Sections, LoadLimits.Default);
}
