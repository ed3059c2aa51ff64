using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>
/// The last value that a parser takes and the first that it does not: the caps of
/// <see cref="LoadLimits"/>, of Linux and of systemd.
/// </summary>
public sealed class BoundTests
{
    private static readonly string[] Sections = ["Unit"];

    // systemd's read_line(): a line of the limit itself is too long already.
    [TestCase(30, false)]
    [TestCase(31, true)]
    public void A_line_is_shorter_than_the_limit(int length, bool isBroken)
    {
        string line = "A=" + new string('x', length - 2);
        ParsedUnit unit = Parse($"[Unit]\nB=1\n{line}\n", new LoadLimits { MaxLineBytes = 31 });
        Assert.That(unit.IsBroken, Is.EqualTo(isBroken));
        Assert.That(unit.Assignments, Has.Count.EqualTo(isBroken ? 1 : 2));
        Assert.That(Told(unit.Diagnostics), Is.EqualTo(isBroken
            ? "Error /u:3:1 line longer than 31 bytes; the rest of the file is not read" : ""));
    }

    [TestCase(10, false)]
    [TestCase(11, true)]
    public void A_joined_line_is_no_longer_than_the_limit(int second, bool isBroken)
    {
        // Ten bytes with the backslash, then the rest.
        string text = $"[Unit]\nB=1\nA=1234567\\\n{new string('x', second)}\n";
        ParsedUnit unit = Parse(text, new LoadLimits { MaxLineBytes = 20 });
        Assert.That(unit.IsBroken, Is.EqualTo(isBroken));
        Assert.That(string.Join('|', unit.Assignments.Select(a => a.Value)),
            Is.EqualTo(isBroken ? "1" : "1|1234567 xxxxxxxxxx"));
    }

    [TestCase(12, false)]
    [TestCase(11, true)]
    public void A_file_has_a_longest_length(int limit, bool isBroken)
    {
        ParsedUnit unit = Parse("[Unit]\nA=12\n", new LoadLimits { MaxFileBytes = limit });
        Assert.That(unit.IsBroken, Is.EqualTo(isBroken));
        Assert.That(Told(unit.Diagnostics), Is.EqualTo(
            isBroken ? "Error /u:0:0 file of 12 bytes; at most 11 are read" : ""));
    }

    [TestCase(2, false)]
    [TestCase(1, true)]
    public void A_file_has_a_limited_number_of_assignments(int limit, bool isBroken)
    {
        ParsedUnit unit = Parse("[Unit]\nA=1\n  B=2\n", new LoadLimits { MaxAssignments = limit });
        Assert.That(unit.IsBroken, Is.EqualTo(isBroken));
        Assert.That(unit.Assignments, Has.Count.EqualTo(limit));
        Assert.That(Told(unit.Diagnostics), Is.EqualTo(isBroken
            ? "Error /u:3:3 more than 1 assignments; the rest of the file is not read" : ""));
    }

    [Test]
    public void Findings_are_counted_beyond_the_limit_and_errors_have_room_of_their_own()
    {
        var bag = new DiagnosticBag(2);
        for (int line = 1; line <= 8; line++)
        {
            bag.Add(new Diagnostic(
                line <= 4 ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
                new SourceLocation("/u", line), "", line <= 4 ? "w" : "e"));
        }

        Assert.That(bag.ToList().Select(d => $"{d.Severity} {d.Location} {d.Message}"), Is.EqualTo(
            new[]
            {
                "Warning /u:1 w", "Warning /u:2 w", "Error /u:5 e", "Error /u:6 e",
                "Note /u:3 4 more findings from here on",
            }));
    }

    [Test]
    public void An_environment_file_has_a_longest_length_and_a_number_of_variables()
    {
        byte[] text = Encoding.UTF8.GetBytes("A=1\nB=2\nA=3\nC=4\n");
        EnvironmentFileContent content = EnvironmentFileParser.Parse(
            "/e", text, new LoadLimits { MaxFileBytes = text.Length, MaxListItems = 2 });
        Assert.That(content.IsBroken, Is.False);
        Assert.That(content.Variables.Select(v => $"{v.Key}={v.Value}"),
            Is.EqualTo(new[] { "A=3", "B=2" }));
        Assert.That(Told(content.Diagnostics),
            Is.EqualTo("Warning /e:4:1 more than 2 variables; C is ignored"));
        content = EnvironmentFileParser.Parse(
            "/e", text, new LoadLimits { MaxFileBytes = text.Length - 1 });
        Assert.That(content.IsBroken, Is.True);
        Assert.That(content.Variables, Is.Empty);
        Assert.That(Told(content.Diagnostics),
            Is.EqualTo("Error /e:0:0 16 bytes long, the limit is 15"));
    }

    [TestCase(255, null)]
    [TestCase(256, "is neither an absolute path nor a plain program name")]
    public void A_program_s_name_is_one_of_a_file(int length, string? fault) =>
        CheckProgram(new string('x', length), fault);

    [TestCase(4095, null)]
    [TestCase(4096, "the program's path is longer than 4095 characters")]
    public void A_program_s_path_is_one_that_the_kernel_takes(int length, string? fault) =>
        CheckProgram("/" + new string('x', length - 1), fault);

    [Test]
    public void A_command_has_a_limited_number_of_words()
    {
        // The program is a word as well.
        string words = string.Concat(Enumerable.Repeat(" a", ExecLineParser.MaxWords - 1));
        CheckProgram("/x" + words, null);
        CheckProgram("/x" + words + " a",
            $"more than {ExecLineParser.MaxWords} words in one command");
        CheckProgram("/x" + words + " ; /y", null);
        CheckProgram("/x" + words + " \\;", "words in one command");
    }

    [Test]
    public void A_specifier_s_result_may_be_as_long_as_the_limit()
    {
        var expander = new SpecifierExpander(
            SpecifierContext.Unknown, UnitName.Parse("a.service"), "", maxLength: 18);
        Assert.That(expander.TryExpand("%n%n", out string text, out _), Is.True);
        Assert.That(text, Has.Length.EqualTo(18));
        Assert.That(expander.TryExpand("%n%nx", out _, out _), Is.False);
    }

    [Test]
    public void A_unit_name_has_255_bytes_at_the_most()
    {
        Assert.That(UnitName.TryParse(new string('a', 247) + ".service", out _), Is.True);
        Assert.That(UnitName.TryParse(new string('a', 248) + ".service", out _), Is.False);
        Assert.That(UnitName.TryParse("", out _), Is.False);
        Assert.That(UnitName.TryParse(null, out _), Is.False);
    }

    [Test]
    public void The_kernel_s_command_line_is_read_up_to_the_caps()
    {
        int room = KernelCommandLine.MaxBytes - " quiet".Length;
        string filler = new('x', room);
        Assert.That(Line(filler + " quiet").Words[1], Is.EqualTo("quiet"));
        Assert.That(Line(filler + "x quiet").Words[1], Is.EqualTo("quie"));
        string words = string.Join(' ', Enumerable.Repeat("a", KernelCommandLine.MaxWords - 1));
        Assert.That(Line(words + " rescue").Unit, Is.EqualTo("rescue.target"));
        Assert.That(Line(words + " a rescue").Unit, Is.Null);
    }

    [TestCase(107, true)]
    [TestCase(108, false)]
    public void A_socket_s_path_leaves_room_for_its_NUL(int length, bool isGood)
    {
        // In bytes: the last character has two.
        foreach (string first in new[] { "/", "@" })
            Assert.That(ListenAddress.Fault(ListenKind.Stream,
                first + new string('x', length - 3) + "é") is null, Is.EqualTo(isGood));
    }

    [TestCase(ListenKind.Stream, "65535", true)]
    [TestCase(ListenKind.Stream, "1", true)]
    [TestCase(ListenKind.Stream, "+80", false)]
    [TestCase(ListenKind.Stream, "[1::2]:65535", true)]
    [TestCase(ListenKind.Stream, "vsock:0:0", true)]
    [TestCase(ListenKind.Stream, "1.2.3.4.5:80", false)]
    [TestCase(ListenKind.MessageQueue, "/q", true)]
    [TestCase(ListenKind.MessageQueue, "qq", false)]
    [TestCase(ListenKind.Netlink, "audit  1", true)]
    public void An_address_may_be_the_first_or_the_last_of_its_kind(
        ListenKind kind, string address, bool isGood) =>
        Assert.That(ListenAddress.Fault(kind, address) is null, Is.EqualTo(isGood));

    [TestCase("SIGRTMIN+0", 34)]
    [TestCase("RTMIN+30", 64)]
    [TestCase("RTMAX", 64)]
    [TestCase("RTMAX-0", 64)]
    [TestCase("RTMAX-31", null)]
    [TestCase("RTMAX+1", null)]
    [TestCase("RTMIN-1", null)]
    [TestCase("RTMIN+", null)]
    [TestCase("64", 64)]
    [TestCase("1", 1)]
    [TestCase("SIG9", null)]
    [TestCase("", null)]
    [TestCase("SIG", null)]
    public void A_real_time_signal_is_counted_from_either_end(string text, int? signal) =>
        Assert.That(SignalNames.Parse(text), Is.EqualTo(signal));

    [TestCase(34, "RTMIN")]
    [TestCase(35, "RTMIN+1")]
    [TestCase(64, "RTMIN+30")]
    [TestCase(65, "65")]
    [TestCase(33, "33")]
    [TestCase(32, "32")]
    [TestCase(31, "SYS")]
    [TestCase(1, "HUP")]
    [TestCase(0, "0")]
    public void A_signal_without_a_name_is_its_number(int signal, string name) =>
        Assert.That(SignalNames.Name(signal), Is.EqualTo(name));

    [TestCase("9223372036854775806us", null)]
    [TestCase("9223372036852s", 9_223_372_036_852_000_000L)]
    [TestCase("9223372036853s", null)]
    [TestCase("9223372036852s 999999us", 9_223_372_036_852_999_999L)]
    [TestCase("1.5", 1_500_000L)]
    [TestCase(".5", 500_000L)]
    [TestCase("1.", null)]
    [TestCase("1.0000001", 1_000_000L)]
    [TestCase("1 2", 3_000_000L)]
    [TestCase("+1", 1_000_000L)]
    [TestCase("-1", null)]
    [TestCase("1.5x", null)]
    [TestCase("1x", null)]
    [TestCase("12.34.56", null)]
    [TestCase("12.34 .56", 12_900_000L)]
    [TestCase("infinity", long.MaxValue)]
    [TestCase(" infinity ", long.MaxValue)]
    [TestCase("infinityx", null)]
    [TestCase("1 infinity", null)]
    [TestCase("", null)]
    [TestCase("  ", null)]
    public void A_span_is_read_to_the_microsecond(string text, long? us)
    {
        long? expected = us == long.MaxValue ? ServiceSettings.Infinity : us;
        Assert.That(DurationParser.TryParse(text, out long found) ? found : (long?)null,
            Is.EqualTo(expected));
    }

    [TestCase("LimitNICE", "1", "13 1 1")]
    [TestCase("LimitNICE", "40", "13 40 40")]
    [TestCase("LimitNICE", "12", "13 12 12")]
    [TestCase("LimitNICE", "0", null)]
    [TestCase("LimitNICE", "41", null)]
    [TestCase("LimitNICE", "-20", "13 40 40")]
    [TestCase("LimitNICE", "+19", "13 1 1")]
    [TestCase("LimitNICE", "+20", null)]
    [TestCase("LimitNICE", "-21", null)]
    [TestCase("LimitNICE", "+", null)]
    [TestCase("LimitCPU", "1us", "0 1 1")]
    [TestCase("LimitCPU", "1s", "0 1 1")]
    [TestCase("LimitCPU", "1s 1us", "0 2 2")]
    [TestCase("LimitCPU", "2", "0 2 2")]
    [TestCase("LimitRTTIME", "5", "15 5 5")]
    [TestCase("LimitRTTIME", "5ms", "15 5000 5000")]
    [TestCase("LimitNOFILE", "5:5", "7 5 5")]
    [TestCase("LimitNOFILE", "6:5", null)]
    [TestCase("LimitNOFILE", "5:infinity", "7 5 18446744073709551615")]
    [TestCase("LimitNOFILE", "infinity:5", null)]
    [TestCase("LimitNOFILE", "5:", null)]
    [TestCase("LimitNOFILE", ":5", null)]
    [TestCase("LimitCPU", "infinity", "0 18446744073709551615 18446744073709551615")]
    [TestCase("LimitX", "1", null)]
    public void A_limit_is_counted_as_the_kernel_counts_it(
        string key, string text, string? limit) =>
        Assert.That(ResourceLimitParser.TryParse(key, text, out ResourceLimit found)
            ? $"{found.Resource} {found.Soft} {found.Hard}" : null, Is.EqualTo(limit));

    [TestCase("CAP_CHOWN", 0)]
    [TestCase("cap_checkpoint_restore", 40)]
    [TestCase("62", 62)]
    [TestCase("63", -1)]
    [TestCase("CHOWN", -1)]
    [TestCase("CAP_X", -1)]
    public void A_capability_is_a_name_or_a_number(string text, int number) =>
        Assert.That(CapabilityNames.Parse(text), Is.EqualTo(number));

    [TestCase(0, "CAP_CHOWN")]
    [TestCase(40, "CAP_CHECKPOINT_RESTORE")]
    [TestCase(41, "41")]
    public void A_capability_without_a_name_is_its_number(int number, string name) =>
        Assert.That(CapabilityNames.Of(number), Is.EqualTo(name));

    [TestCase("EPERM", 1)]
    [TestCase("EAGAIN", 11)]
    [TestCase("EWOULDBLOCK", 11)]
    [TestCase("EDEADLK", 35)]
    [TestCase("EDEADLOCK", 35)]
    [TestCase("EOPNOTSUPP", 95)]
    [TestCase("ENOTSUP", 95)]
    [TestCase("ENOMSG", 42)]
    [TestCase("EHWPOISON", 133)]
    [TestCase("-", null)]
    [TestCase("", null)]
    [TestCase("EX", null)]
    [TestCase("eperm", null)]
    public void An_error_has_the_number_of_the_kernel(string name, int? number) =>
        Assert.That(ErrorNames.Parse(name), Is.EqualTo(number));

    [TestCase("emerg", 0)]
    [TestCase("debug", 7)]
    [TestCase("7", 7)]
    [TestCase("0", 0)]
    [TestCase("8", null)]
    [TestCase("-1", null)]
    [TestCase("x", null)]
    public void A_level_is_a_name_or_a_number(string text, int? level) =>
        Assert.That(SyslogWords.Level(text), Is.EqualTo(level));

    [TestCase("kern", 0)]
    [TestCase("local7", 23)]
    [TestCase("23", 23)]
    [TestCase("24", null)]
    public void A_facility_is_a_name_or_a_number(string text, int? facility) =>
        Assert.That(SyslogWords.Facility(text), Is.EqualTo(facility));

    [TestCase("0x1f", 31UL)]
    [TestCase("0x1G", null)]
    [TestCase("0xF:", null)]
    [TestCase("0x@", null)]
    [TestCase("0x`", null)]
    [TestCase("00", 0UL)]
    [TestCase("0o", null)]
    [TestCase("0b", null)]
    [TestCase("0b12", null)]
    [TestCase("\n7", 7UL)]
    [TestCase("+ 7", null)]
    [TestCase("++7", null)]
    public void A_number_has_digits_of_its_base_only(string text, ulong? value) =>
        Assert.That(Numbers.TryUnsigned(text, out ulong found) ? found : (ulong?)null,
            Is.EqualTo(value));

    [TestCase("1.5.5K", null)]
    [TestCase("1.K", 1024UL)]
    [TestCase(".5K", null)]
    [TestCase(" 1K 1B ", null)]
    [TestCase("1K1B", 1025UL)]
    [TestCase("1B 1B", null)]
    [TestCase("1K 1K", null)]
    [TestCase("1 K", 1024UL)]
    [TestCase("1K 1", 1025UL)]
    [TestCase("1K x", null)]
    [TestCase("", null)]
    public void A_size_is_a_sum_of_falling_suffixes(string text, ulong? bytes) =>
        Assert.That(ByteSizeParser.TryParse(text, out ulong found) ? found : (ulong?)null,
            Is.EqualTo(bytes));

    private static void CheckProgram(string line, string? fault)
    {
        var commands = new List<ExecCommand>();
        var faults = new List<ValueFault>();
        var specifiers = new SpecifierExpander(
            SpecifierContext.Unknown, UnitName.Parse("a.service"), "");
        bool isGood = ExecLineParser.Parse(
            line, specifiers, at => new SourceLocation("/u", 1, at + 1), commands, faults);
        Assert.That(isGood, Is.EqualTo(fault is null));
        if (fault is not null)
            Assert.That(faults.Single().Message, Does.Contain(fault));
    }

    private static KernelCommandLine Line(string text) =>
        KernelCommandLine.Parse(Encoding.UTF8.GetBytes(text));

    private static ParsedUnit Parse(string text, LoadLimits limits) =>
        UnitParser.Parse("/u", Encoding.UTF8.GetBytes(text), Sections, limits);

    private static string Told(IEnumerable<Diagnostic> findings) => string.Join('\n',
        findings.Select(d => $"{d.Severity} {d.Location.Path}:{d.Location.Line}:"
            + $"{d.Location.Column} {d.Message}"));
}
