using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>
/// What parsers say of what they do not take: how bad it is, the place to the column, the line as
/// written and what to write instead.
/// </summary>
public sealed class FindingTests
{
    private static readonly string[] Sections = ["Unit", "Service"];

    [TestCase("[Unit]\n  nothing \n",
        "Warning /u:2:3 no '=' in this line, ignored; write Key=Value <  nothing >")]
    [TestCase("[Unit]\n =x\n", "Warning /u:2:2 no key before '=', ignored < =x>")]
    [TestCase("[Unit]\n = =x\n", "Warning /u:2:2 no key before '=', ignored < = =x>")]
    [TestCase("\n A=1\n", "Warning /u:2:2 assignment before any [Section], ignored < A=1>")]
    [TestCase(" [Foo]\nA=1\n",
        "Warning /u:1:2 unknown section [Foo], ignored; known here: Unit Service < [Foo]>")]
    [TestCase("[Unit]\n\t[Bar\n", "Error /u:2:2 invalid section header '[Bar'; write [Name] on a "
        + "line of its own <\t[Bar>")]
    [TestCase("[Unit]\n [a\"b]\n",
        "Error /u:2:2 bad characters in section header '[a\"b]' < [a\"b]>")]
    [TestCase("[a'b]\n", "Error /u:1:1 bad characters in section header '[a'b]' <[a'b]>")]
    [TestCase("[a\u007fb]\n",
        "Error /u:1:1 bad characters in section header '[a\u007fb]' <[a\u007fb]>")]
    [TestCase("[a\u001fb]\n",
        "Error /u:1:1 bad characters in section header '[a\u001fb]' <[a\u001fb]>")]
    [TestCase("[Unit]\nA=1\0B=2\0\n",
        "Warning /u:2:0 NUL byte in a text file; it is taken as the end of a line <>")]
    [TestCase("[X-Own]\nwhatever\n", "")]
    [TestCase("[a b]\n",
        "Warning /u:1:1 unknown section [a b], ignored; known here: Unit Service <[a b]>")]
    public void Each_fault_of_a_unit_file_has_its_words(string text, string finding) =>
        Assert.That(Show(Parse(text).Diagnostics), Is.EqualTo(finding));

    [Test]
    public void What_is_long_is_shortened()
    {
        string name = new('x', 100);
        Assert.That(Show(Parse($"[{name}]\n").Diagnostics),
            Does.Contain($"unknown section [{name[..80]}...], ignored"));
        name = new string('x', 80);
        Assert.That(Show(Parse($"[{name}]\n").Diagnostics),
            Does.Contain($"unknown section [{name}], ignored"));
        string line = new('y', 600);
        Assert.That(Parse($"[Unit]\n{line}\n").Diagnostics.Single().SourceLine,
            Is.EqualTo(line[..512]));
    }

    [TestCase("a\n\nb", 0, "a")]
    [TestCase("a\n\nb", 2, "")]
    [TestCase("a\n\nb", 3, "b")]
    [TestCase("a\n\nb", 4, "")]
    [TestCase("ab\r\n", 1, "b")]
    public void A_line_to_be_shown_ends_where_the_line_ends(string file, int offset, string line) =>
        Assert.That(Encoding.UTF8.GetString(
            UnitLexer.LineAt(Encoding.UTF8.GetBytes(file), offset)), Is.EqualTo(line));

    [Test]
    public void What_stands_in_a_skipped_section_is_told_of_once()
    {
        ParsedUnit unit = Parse("[Foo]\nA=1\nB\n[Unit]\nC=3\n");
        Assert.That(unit.Diagnostics, Has.Count.EqualTo(1));
        Assert.That(unit.Assignments.Single().Key, Is.EqualTo("C"));
    }

    [Test]
    public void After_a_broken_header_nothing_more_is_read()
    {
        ParsedUnit unit = Parse("[Unit]\nA=1\n[Service\nB=2\n[x\n");
        Assert.That(unit.IsBroken, Is.True);
        Assert.That(unit.Diagnostics, Has.Count.EqualTo(1));
        Assert.That(unit.Assignments, Has.Count.EqualTo(1));
    }

    [TestCase("A=1", 1, 3)]
    [TestCase("  A = 1", 3, 7)]
    [TestCase("A=", 1, 3)]
    [TestCase("A =  ", 1, 4)]
    public void Key_and_value_have_their_columns(string line, int key, int value)
    {
        ParsedAssignment a = Parse($"[Unit]\n{line}\n").Assignments.Single();
        Assert.That(a.KeySource, Is.EqualTo(new SourceLocation("/u", 2, key)));
        Assert.That(a.Source, Is.EqualTo(new SourceLocation("/u", 2, value)));
        Assert.That(a.LineText(0), Is.EqualTo(line));
    }

    [Test]
    public void Each_character_of_a_continued_value_has_its_line()
    {
        // A comment between the lines takes part in nothing.
        ParsedAssignment a = Parse("[Unit]\nA=ab\\\n# no\n cd\\\néf\n").Assignments.Single();
        Assert.That(a.Value, Is.EqualTo("ab  cd éf"));
        Assert.That(Enumerable.Range(0, a.Value.Length).Select(
            i => $"{a.Locate(i).Line}:{a.Locate(i).Column}"), Is.EqualTo(new[]
            {
                "2:3", "2:4", "2:5", "4:1", "4:2", "4:3", "4:4", "5:1", "5:2",
            }));
        Assert.That(a.LineText(8), Is.EqualTo("éf"));
    }

    // systemd.syntax(7) and read_line(): which bytes end a line.
    [TestCase("[Unit]\nA=1\n\rB=2\n", 3)]
    [TestCase("[Unit]\nA=1\r\nB=2\n", 3)]
    [TestCase("[Unit]\nA=1\rB=2\n", 3)]
    [TestCase("[Unit]\nA=1\r\rB=2\n", 4)]
    [TestCase("[Unit]\nA=1\n\nB=2\n", 4)]
    [TestCase("[Unit]\nA=1\n\r\nB=2\n", 4)]
    [TestCase("[Unit]\nA=1\0B=2\n", 3)]
    [TestCase("[Unit]\nA=1\n\0B=2\n", 3)]
    [TestCase("[Unit]\nA=1\0\nB=2\n", 4)]
    public void A_line_ends_where_it_ends_for_systemd(string text, int line)
    {
        ParsedUnit unit = Parse(text);
        Assert.That(unit.Assignments.Select(a => a.Key), Is.EqualTo(new[] { "A", "B" }));
        Assert.That(unit.Assignments[1].Line, Is.EqualTo(line));
    }

    [TestCase("\uFEFF[Unit]\nA=1\n", "A=1")]
    [TestCase("[Unit]\n\uFEFFA=1\n\uFEFFB=2\n", "A=1 \uFEFFB=2")]
    [TestCase("\uFEFF# c\n[Unit]\nA=1\n", "A=1")]
    public void A_byte_order_mark_is_dropped_once(string text, string assignments) =>
        Assert.That(string.Join(' ', Parse(text).Assignments.Select(a => $"{a.Key}={a.Value}")),
            Is.EqualTo(assignments));

    [TestCase("\"/x", "0 no a quote is not closed, line ignored")]
    [TestCase("/x \"y", "3 yes a quote is not closed")]
    [TestCase("-/x \"y", "4 no a quote is not closed; line ignored")]
    [TestCase("-", "0 no no program in this command; line ignored")]
    [TestCase("@", "0 yes no program in this command")]
    [TestCase("@/x", "0 yes '@' wants the program's own name as the next word")]
    [TestCase("-@/x", "0 no '@' wants the program's own name as the next word; line ignored")]
    [TestCase("/x/", "0 yes '/x/' is a directory; name the program in it")]
    [TestCase("/", "0 yes '/' is a directory; name the program in it")]
    [TestCase("//.", "0 yes '//.' is a directory; name the program in it")]
    [TestCase("a/b", "0 yes 'a/b' is neither an absolute path nor a plain program name")]
    [TestCase(".", "0 yes '.' is neither an absolute path nor a plain program name")]
    [TestCase("..", "0 yes '..' is neither an absolute path nor a plain program name")]
    [TestCase("/x \\q", "3 no unknown escape sequence, kept as written; write \\\\ for a "
        + "backslash")]
    [TestCase("/x %z", "3 yes unknown specifier %z in '%z'; write %% for a percent sign")]
    [TestCase("/%z", "0 yes unknown specifier %z in '/%z'; write %% for a percent sign")]
    [TestCase("/a ; -b/ ; /c", "5 no 'b/' is a directory; name the program in it; line ignored")]
    public void Each_fault_of_a_command_has_its_words(string line, string fault)
    {
        List<ValueFault> faults = Commands(line).Faults;
        Assert.That(string.Join('\n', faults.Select(
            f => $"{f.Offset} {(f.IsFatal ? "yes" : "no")} {f.Message}")), Is.EqualTo(fault));
    }

    [TestCase("/x a ; /y b", "/x:1 a|/y:8 b")]
    [TestCase("/x ; ; /y", "/x:1|/y:8")]
    [TestCase("/x ;", "/x:1")]
    [TestCase("; /x", "/x:3")]
    [TestCase("/x \\; /y", "/x:1 ; /y")]
    [TestCase("/x ;y", "/x:1 ;y")]
    [TestCase("/x \\;y", "/x:1 \\;y")]
    [TestCase("/x a; b", "/x:1 a; b")]
    [TestCase("/x \\; ", "/x:1 ;")]
    [TestCase("/x \\; ; /y", "/x:1 ;|/y:9")]
    [TestCase("/x \"a\" ", "/x:1 a")]
    [TestCase("/x \"a\" ; /y", "/x:1 a|/y:10")]
    [TestCase("/x \\xc3\\xa9", "/x:1 é")]
    [TestCase("  /x  a  ", "/x:3 a")]
    [TestCase("/a ; -b/ ; /c", "/a:1")]
    [TestCase("/a//b/./c d", "/a/b/c:1 d")]
    public void A_line_holds_the_commands_that_are_good(string line, string expected) =>
        Assert.That(string.Join('|', Commands(line).Commands.Select(c =>
            string.Join(' ', [$"{c.Path}:{c.Source.Column}", .. c.Arguments.Skip(1)]))),
            Is.EqualTo(expected));

    [TestCase("-/x", "IgnoreFailure", "/x")]
    [TestCase("--x", "IgnoreFailure", "-x")]
    [TestCase("@/x y", "None", "/x")]
    [TestCase("@@ y", "None", "@")]
    [TestCase(":/x", "NoEnvironmentExpansion", "/x")]
    [TestCase("::x", "NoEnvironmentExpansion", ":x")]
    [TestCase("+/x", "FullyPrivileged", "/x")]
    [TestCase("++x", "FullyPrivileged", "+x")]
    [TestCase("+!x", "FullyPrivileged", "!x")]
    [TestCase("!/x", "NoUser", "/x")]
    [TestCase("!!/x", "AmbientMagic", "/x")]
    [TestCase("!!!x", "AmbientMagic", "!x")]
    [TestCase("!+x", "NoUser", "+x")]
    [TestCase("!-!/x", "IgnoreFailure, AmbientMagic", "/x")]
    [TestCase("-:+/x", "IgnoreFailure, NoEnvironmentExpansion, FullyPrivileged", "/x")]
    public void A_prefix_counts_once(string line, string flags, string path)
    {
        ExecCommand command = Commands(line).Commands.Single();
        Assert.That(command.Path, Is.EqualTo(path));
        Assert.That(command.Flags.ToString().Split(", "), Is.EquivalentTo(flags.Split(", ")));
    }

    [TestCase("ConditionPathExists", "x", "0 'x' is not an absolute path, ignored")]
    [TestCase("ConditionPathExists", "|!/a/../b", "2 '/a/../b' holds '..', ignored")]
    [TestCase("ConditionPathExists", "| /a", "1 ' /a' is not an absolute path, ignored")]
    [TestCase("AssertHost", "! %z",
        "2 unknown specifier %z in '%z'; write %% for a percent sign; ignored")]
    public void Each_fault_of_a_condition_has_its_words(string key, string value, string fault)
    {
        Assert.That(Condition(key, value, out ValueFault found), Is.Null);
        Assert.That($"{found.Offset} {found.Message}", Is.EqualTo(fault));
        Assert.That(found.IsFatal, Is.False);
    }

    [TestCase("ConditionHost", "| ! a b", "Host 'a b' negated triggering")]
    [TestCase("ConditionHost", "|", "Host '' triggering")]
    [TestCase("ConditionHost", "!", "Host '' negated")]
    [TestCase("ConditionHost", "!|a", "Host '|a' negated")]
    [TestCase("AssertPathExists", "|!//a/./b/", "PathExists '/a/b' negated triggering assert")]
    [TestCase("ConditionPathExists", "/%n", "PathExists '/a.service'")]
    public void A_condition_has_its_prefixes_in_their_order(
        string key, string value, string expected)
    {
        UnitCondition c = Condition(key, value, out _)!;
        Assert.That($"{c.Type} '{c.Argument}'" + (c.Negated ? " negated" : "")
            + (c.Triggering ? " triggering" : "") + (c.IsAssert ? " assert" : ""),
            Is.EqualTo(expected));
    }

    // What PID 1 answers by itself may not ask a file system that could hang (DESIGN.md §2).
    [Test]
    public void The_manager_itself_asks_no_file_system()
    {
        foreach (string type in ConditionParser.Types)
        {
            bool asksFiles = type.Contains("Path", StringComparison.Ordinal)
                || type.Contains("File", StringComparison.Ordinal)
                || type.Contains("Directory", StringComparison.Ordinal)
                || type is "NeedsUpdate" or "FirstBoot" or "Credential" or "OSRelease"
                    or "Security" or "ACPower" or "Firmware";
            Assert.That(ConditionParser.IsSafeInManager(type) && asksFiles, Is.False, type);
        }

        Assert.That(ConditionParser.Types.Where(ConditionParser.IsSafeInManager),
            Is.SupersetOf(new[] { "Architecture", "Host", "KernelCommandLine", "User" }));
    }

    [TestCase("A=1\nB\nC=2\n", "Warning /e:2:1 no '=' in 'B', ignored")]
    [TestCase("A=1\n\n9=x\n", "Warning /e:3:1 '9' is no variable name, ignored; write NAME=value "
        + "without 'export'")]
    [TestCase("A='1\n2'\nB=\u0001\n",
        "Warning /e:3:1 the value of B holds a control character, ignored")]
    [TestCase("A=\\\n1\nB\n", "Warning /e:3:1 no '=' in 'B', ignored")]
    public void Each_fault_of_an_environment_file_has_its_words(string text, string finding) =>
        Assert.That(string.Join('\n', Environment(text).Diagnostics.Select(
            d => $"{d.Severity} {d.Location.Path}:{d.Location.Line}:{d.Location.Column} "
                + d.Message)), Is.EqualTo(finding));

    [Test]
    public void A_long_line_of_an_environment_file_is_shortened()
    {
        string name = new('x', 60);
        Assert.That(Environment($"{name}\n").Diagnostics.Single().Message,
            Is.EqualTo($"no '=' in '{name}', ignored"));
        Assert.That(Environment($"{name}y\n").Diagnostics.Single().Message,
            Is.EqualTo($"no '=' in '{name}...', ignored"));
    }

    [TestCase("A=a\\\r\nb\n", "A=a")]
    [TestCase("A=\"a\\\nb\"\n", "A=ab")]
    [TestCase("A=\"a\\qb\"\n", "A=a\\qb")]
    [TestCase("A='a\\'\n", "A=a\\")]
    [TestCase("A= 'a' \n", "A=a")]
    [TestCase("A='a' b\n", "A=ab")]
    [TestCase("A='a'\"b\"\n", "A=ab")]
    [TestCase("A=a'b'\n", "A=a'b'")]
    [TestCase("A=a \\\nb\n", "A=a b")]
    [TestCase("A=a  \\\n\n", "A=a  ")]
    [TestCase("A B=1\n", "")]
    [TestCase(" A\t=1\n", "A=1")]
    [TestCase("A=1", "A=1")]
    [TestCase("A=", "A=")]
    [TestCase("A='1", "A=1")]
    [TestCase("A=\"1\\", "A=1")]
    [TestCase("A=1\\", "A=1")]
    [TestCase("#A=1", "")]
    [TestCase("# \\\n# B\nA=1\n", "A=1")]
    [TestCase("A", "")]
    [TestCase("A=1\rB=2\r", "A=1|B=2")]
    public void An_environment_file_is_read_to_the_character(string text, string expected) =>
        Assert.That(string.Join('|', Environment(text).Variables.Select(
            v => $"{v.Key}={v.Value}")), Is.EqualTo(expected));

    [Test]
    public void A_file_that_is_not_utf8_is_named_with_its_first_bad_line()
    {
        EnvironmentFileContent content = EnvironmentFileParser.Parse(
            "/e", [.. "É=1\nB="u8, 0xE9, .. "\nC="u8, 0xE9, 0x0A], LoadLimits.Default);
        Diagnostic finding = content.Diagnostics.Single();
        Assert.That($"{finding.Severity} {finding.Location} {finding.Message}",
            Is.EqualTo("Error /e:2 not valid UTF-8"));
    }

    [TestCase("initx.unit=a@.service", "initx.unit=a@.service: no unit name, ignored")]
    [TestCase("initx.unit", "initx.unit=: no unit name, ignored")]
    [TestCase("systemd.wants=\"a b\"", "systemd.wants=a b: no unit name, ignored")]
    [TestCase("initx.sequential=x", "initx.sequential=x: neither yes nor no, ignored")]
    [TestCase("initx.log=x", "initx.log=x: not known, ignored; write one of: ")]
    [TestCase("initx.store", "initx.store=: not known, ignored; write one of: memory, disk, none")]
    [TestCase("initx.x", "initx.x: not known, ignored")]
    [TestCase("systemd.x=1", "")]
    [TestCase("initx=1", "")]
    public void Each_fault_of_the_kernel_s_command_line_has_its_words(string line, string finding)
    {
        KernelCommandLine parsed = KernelCommandLine.Parse(Encoding.UTF8.GetBytes(line));
        Assert.That(string.Join('\n', parsed.Diagnostics.Select(d => d.Message)),
            finding.Length == 0 ? Is.Empty : Does.StartWith(finding));
        Assert.That(parsed.Unit, Is.Null);
    }

    [TestCase("initx.sequential initx.sequential=x", true, false)]
    [TestCase("initx.sequential=no", false, false)]
    [TestCase("initx.sequential=no initx.sequential=x", false, false)]
    [TestCase("", null, false)]
    [TestCase("initx.shell initx.shell=x", null, true)]
    [TestCase("initx.shell initx.shell=0", null, false)]
    public void A_word_that_cannot_be_read_changes_nothing(
        string line, bool? sequential, bool shell)
    {
        KernelCommandLine parsed = KernelCommandLine.Parse(Encoding.UTF8.GetBytes(line));
        Assert.That((parsed.Sequential, parsed.Shell), Is.EqualTo((sequential, shell)));
    }

    [TestCase("initx.store=disk initx.store=x", JournalStore.Disk)]
    [TestCase("initx.store=memory", JournalStore.Memory)]
    [TestCase("initx.store=x", null)]
    [TestCase("initx.store=disk quiet", JournalStore.Disk)]
    public void A_store_that_is_not_known_changes_nothing(string line, JournalStore? store) =>
        Assert.That(KernelCommandLine.Parse(Encoding.UTF8.GetBytes(line)).Store,
            Is.EqualTo(store));

    [TestCase("initx.log=kmsg initx.log=x", LogTargetKind.Kmsg)]
    [TestCase("initx.log=x", null)]
    public void A_log_that_is_not_known_changes_nothing(string line, LogTargetKind? log) =>
        Assert.That(KernelCommandLine.Parse(Encoding.UTF8.GetBytes(line)).Log, Is.EqualTo(log));

    [Test]
    public void Blanks_between_the_words_of_the_kernel_are_no_words() =>
        Assert.That(KernelCommandLine.Parse(" quiet  'a b'  splash \n"u8).Words,
            Is.EqualTo(new[] { "quiet", "a b", "splash" }));

    [TestCase("S", "rescue.target")]
    [TestCase("-b", "emergency.target")]
    [TestCase("2", "multi-user.target")]
    [TestCase("4", "multi-user.target")]
    [TestCase("6", null)]
    [TestCase("systemd.unit=a.target quiet", "a.target")]
    [TestCase("initx-unit=a", null)]
    [TestCase("systemd.unit=a.target emergency=1", "a.target")]
    public void The_old_words_name_their_goals(string line, string? unit) =>
        Assert.That(KernelCommandLine.Parse(Encoding.UTF8.GetBytes(line)).Unit,
            Is.EqualTo(unit));

    private static (List<ExecCommand> Commands, List<ValueFault> Faults) Commands(string line)
    {
        var commands = new List<ExecCommand>();
        var faults = new List<ValueFault>();
        var specifiers = new SpecifierExpander(
            SpecifierContext.Unknown, UnitName.Parse("a.service"), "");
        bool isGood = ExecLineParser.Parse(
            line, specifiers, at => new SourceLocation("/u", 1, at + 1), commands, faults);
        Assert.That(isGood, Is.EqualTo(!faults.Exists(f => f.IsFatal)));
        return (commands, faults);
    }

    private static UnitCondition? Condition(string key, string value, out ValueFault fault) =>
        ConditionParser.Parse(key, value,
            new SpecifierExpander(SpecifierContext.Unknown, UnitName.Parse("a.service"), ""),
            new SourceLocation("/u", 1), out fault);

    private static EnvironmentFileContent Environment(string text) =>
        EnvironmentFileParser.Parse("/e", Encoding.UTF8.GetBytes(text), LoadLimits.Default);

    private static ParsedUnit Parse(string text) =>
        UnitParser.Parse("/u", Encoding.UTF8.GetBytes(text), Sections, LoadLimits.Default);

    private static string Show(IEnumerable<Diagnostic> findings) => string.Join('\n',
        findings.Select(d => $"{d.Severity} {d.Location.Path}:{d.Location.Line}:"
            + $"{d.Location.Column} {d.Message} <{d.SourceLine}>"));
}
