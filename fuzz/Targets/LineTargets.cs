using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>Single values: command lines, specifiers, durations, sizes, names.</summary>
internal static class LineTargets
{
    private static readonly string[] ExecWords =
    [
        "/bin/sh", "-c", "'a b'", "\"c d\"", "e\"f g\"h", "''", "\\x41", "\\101", "\\u00e9", "\\q",
            "\\", ";",
        "\\;", "$X", "${Y}", "%i", "%%", "%z", "-", "@", "+", "!", "!!", ":", "/bin/echo/", "./x",
            "echo", "\\xff\\xfe",
    ];

    private static readonly string[] SpecifierWords =
        ["%n", "%N", "%p", "%P", "%i", "%I", "%j", "%f", "%t", "%H", "%m", "%%", "%", "%z", "a-b",
            "\\x2d", "%y", "%U"];

    private static readonly string[] DurationWords =
        ["1", "5", "min", "s", "ms", "us", "h", "d", "w", "month", "y", ".5", "0.", "infinity",
            "-", "+", " ", "99999999999999999999", "µs"];

    private static readonly string[] SizeWords =
        ["1", "1024", "K", "M", "G", "T", "P", "E", "B", ".5", " ", "18446744073709551615", "-"];

    private static readonly string[] NameWords =
        ["a", "b-c", "@", "x", ".service", ".socket", ".target", "-", "\\x2d", "/", "//", "..",
            ".", "é", "\\", " ", "foo@bar.service", ".mount"];

    private static readonly SpecifierExpander Specifiers =
        new(SpecifierContext.Unknown with { HostName = "h.example" },
            UnitName.Parse("a-b@c-d.service"), "/u/a-b@.service");

    public static readonly FuzzTarget ExecLine =
        new("exec-line", CheckExecLine, random => Grammar.Line(random, ExecWords), ExecWords);

    public static readonly FuzzTarget Specifier =
        new("specifier", CheckSpecifier, random =>
            Grammar.Line(random, SpecifierWords), SpecifierWords);

    public static readonly FuzzTarget Duration =
        new("duration", CheckDuration, random =>
            Grammar.Line(random, DurationWords), DurationWords);

    public static readonly FuzzTarget ByteSize =
        new("byte-size", CheckByteSize, random => Grammar.Line(random, SizeWords), SizeWords);

    public static readonly FuzzTarget UnitNames =
        new("unit-name", CheckUnitName, random => Grammar.Line(random, NameWords), NameWords);

    private static void CheckExecLine(byte[] input)
    {
        // A NUL ends a line of a file, so none arrives here.
        string line = Encoding.UTF8.GetString(input).Replace('\0', ' ');
        (bool usable, List<ExecCommand> commands, List<ValueFault> faults) = Parse(line);
        Require(usable || faults.Exists(f => f.IsFatal), "a line is refused without a reason");
        foreach (ValueFault fault in faults)
            Require(fault.Offset >= 0 && fault.Offset <= line.Length
                && fault.Message.Length > 0, "a fault is nowhere");
        foreach (ExecCommand command in commands)
        {
            (bool again, List<ExecCommand> copies, _) = Parse(Quote(command));
            Require(again && copies.Count == 1, $"'{Quote(command)}' is not read again");
            Require(copies[0].Path == command.Path && copies[0].Flags == command.Flags
                && copies[0].Arguments.SequenceEqual(command.Arguments),
                    $"'{Quote(command)}' is read as another command");
            _ = CommandExpander.Expand(command, name => name.Length > 2 ? null : "a 'b c' d");
            foreach (string word in command.Arguments)
                Require(RawText.FromBytes(RawText.ToBytes(word)) == word,
                    "a word's bytes are not its text");
        }
    }

    private static (bool, List<ExecCommand>, List<ValueFault>) Parse(string line)
    {
        List<ExecCommand> commands = [];
        List<ValueFault> faults = [];
        bool usable = ExecLineParser.Parse(line, Specifiers, offset =>
            new SourceLocation("/u", 1, offset), commands, faults);
        return (usable, commands, faults);
    }

    // The same command, every byte that could mean something escaped.
    private static string Quote(ExecCommand command)
    {
        var text = new StringBuilder();
        ExecCommandFlags f = command.Flags;
        text.Append(f.HasFlag(ExecCommandFlags.IgnoreFailure) ? "-" : "").Append('@');
        text.Append(f.HasFlag(ExecCommandFlags.NoEnvironmentExpansion) ? ":" : "");
        text.Append(f.HasFlag(ExecCommandFlags.FullyPrivileged) ? "+" : "");
        text.Append(f.HasFlag(ExecCommandFlags.NoUser) ? "!" : "");
        text.Append(f.HasFlag(ExecCommandFlags.AmbientMagic) ? "!!" : "");
        text.Append(QuoteWord(command.Path));
        foreach (string word in command.Arguments)
            text.Append(' ').Append(QuoteWord(word));
        return text.ToString();
    }

    private static string QuoteWord(string word)
    {
        var text = new StringBuilder("\"");
        foreach (byte b in RawText.ToBytes(word))
        {
            bool plain = char.IsAsciiLetterOrDigit((char)b)
                || b is (byte)'/' or (byte)'.' or (byte)'-';
            text.Append(b == '%' ? "%%" : plain ? ((char)b).ToString() : $"\\x{b:x2}");
        }

        return text.Append('"').ToString();
    }

    private static void CheckSpecifier(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        bool done = Specifiers.TryExpand(text, out string result, out string error);
        Require(done || error.Length > 0, "a failure has no reason");
        if (!text.Contains('%', StringComparison.Ordinal))
            Require(done && result == text, "a text without specifiers was changed");
        string doubled = text.Replace("%", "%%", StringComparison.Ordinal);
        Require(Specifiers.TryExpand(doubled, out string back, out _)
            && back == text, "%% is not a percent sign");
    }

    private static void CheckDuration(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (!DurationParser.TryParse(text, out long us))
            return;
        Require(us >= 0, "a negative time");
        string plain = us == ServiceSettings.Infinity ? "infinity" : $"{us}us";
        Require(DurationParser.TryParse(plain, out long again)
            && again == us, $"{plain} is another time");
    }

    private static void CheckByteSize(byte[] input)
    {
        if (!ByteSizeParser.TryParse(Encoding.UTF8.GetString(input), out ulong bytes))
            return;
        Require(ByteSizeParser.TryParse(bytes.ToString(), out ulong again)
            && again == bytes, $"{bytes} is another size");
    }

    private static void CheckUnitName(byte[] input)
    {
        string text = RawText.FromBytes(input);
        if (UnitName.TryParse(text, out UnitName name))
        {
            Require(name.Value == text && text.Length <= UnitName.MaxLength,
                "a name is not its text");
            Require(UnitName.TryParse(name.Template.Value, out _), "the template is no name");
            if (name.IsInstance)
                Require(name.Template.WithInstance(name.Instance!) is { } same
                    && same == name, "an instance is not its template's");
        }

        string escaped = UnitNameEscaper.Escape(text);
        if (!text.Contains('\0', StringComparison.Ordinal))
            Require(UnitNameEscaper.Unescape(escaped) == text, $"'{escaped}' does not lead back");
        if (UnitNameEscaper.EscapePath("/" + text) is { } path
            && !text.Contains('\0', StringComparison.Ordinal))
            Require(UnitNameEscaper.UnescapePath(path) == (UnitNameEscaper.Simplify("/" + text)),
                $"'{path}' does not lead back");
        if (UnitNameEscaper.UnescapePath(text) is { } unescaped)
            Require(UnitNameEscaper.EscapePath(unescaped) is not null, "a path has no name");
    }
}
