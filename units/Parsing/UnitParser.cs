using System.Text;
using System.Text.Unicode;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// Turns the bytes of a unit file, a drop-in or initx.conf into sections and assignments
/// (systemd.syntax(7)). Pure, total and linear: any input gives a <see cref="ParsedUnit"/>.
/// </summary>
public static class UnitParser
{
    /// <summary>Parses one file.</summary>
    /// <param name="path">The path for messages.</param>
    /// <param name="content">The bytes; kept by the result.</param>
    /// <param name="sections">
    /// The sections the caller knows. Another one is skipped with a warning, one that starts with
    /// <c>X-</c> in silence.
    /// </param>
    /// <param name="limits">What the file may cost.</param>
    public static ParsedUnit Parse(
        string path, ReadOnlyMemory<byte> content, IReadOnlyList<string> sections,
        LoadLimits limits) =>
        new Run(path, content, sections, limits).Parse();

    private sealed class Run(
        string path, ReadOnlyMemory<byte> content, IReadOnlyList<string> sections,
        LoadLimits limits)
    {
        private readonly ParsedUnit _unit = new(path, content);
        private readonly List<ParsedAssignment> _assignments = [];
        private readonly DiagnosticBag _findings = new(limits.MaxDiagnostics);
        private string? _section;
        private bool _sectionIgnored;

        public ParsedUnit Parse()
        {
            if (content.Length > limits.MaxFileBytes)
            {
                Fail(0, 0, 0, $"file of {content.Length} bytes; at most {limits.MaxFileBytes} "
                    + "are read");
                return Close();
            }

            var lexer = new UnitLexer(content.Span, limits);
            while (!_unit.IsBroken && lexer.Next())
                Line(ref lexer);
            if (lexer.TooLong)
                Fail(lexer.LastLine, 1, 0, $"line longer than {limits.MaxLineBytes} bytes; the "
                    + "rest of the file is not read");
            if (lexer.NulLine > 0)
                Warn(lexer.NulLine, 0, 0, "NUL byte in a text file; it is taken as the end of a "
                    + "line");
            return Close();
        }

        private ParsedUnit Close()
        {
            _unit.Assignments = _assignments;
            _unit.Diagnostics = _findings.ToList();
            return _unit;
        }

        private void Line(ref UnitLexer lexer)
        {
            ReadOnlySpan<byte> bytes = lexer.Current;
            if (bytes.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
                return;
            if (!Utf8.IsValid(bytes))
            {
                Fail(lexer.Line, 1, lexer.FileOffset,
                    "line is not valid UTF-8; save the file as UTF-8");
                return;
            }

            string text = Encoding.UTF8.GetString(bytes);
            int first = SkipBlanks(text, 0);
            ReadOnlySpan<char> trimmed = text.AsSpan(first).TrimEnd(" \t");
            if (trimmed[0] == '[')
                Section(ref lexer, trimmed, first);
            else
                Assignment(ref lexer, text, trimmed, first);
        }

        private void Section(ref UnitLexer lexer, ReadOnlySpan<char> text, int first)
        {
            if (text[^1] != ']')
            {
                Fail(lexer.Line, first + 1, lexer.FileOffset,
                    $"invalid section header '{Quote(text)}'; write [Name] on a line of its own");
                return;
            }

            string name = text[1..^1].ToString();
            if (!IsSafe(name))
            {
                Fail(lexer.Line, first + 1, lexer.FileOffset,
                    $"bad characters in section header '{Quote(text)}'");
                return;
            }

            _section = null;
            foreach (string known in sections)
            {
                if (string.Equals(known, name, StringComparison.Ordinal))
                    _section = known;
            }

            _sectionIgnored = _section is null;
            if (_sectionIgnored && !name.StartsWith("X-", StringComparison.Ordinal))
            {
                Warn(lexer.Line, first + 1, lexer.FileOffset,
                    $"unknown section [{Quote(name)}], ignored; known here: "
                        + $"{string.Join(' ', sections)}");
            }
        }

        private void Assignment(
            ref UnitLexer lexer, string line, ReadOnlySpan<char> text, int first)
        {
            int column = first + 1;
            if (_section is null)
            {
                if (!_sectionIgnored)
                    Warn(lexer.Line, column, lexer.FileOffset,
                        "assignment before any [Section], ignored");
                return;
            }

            int equals = text.IndexOf('=');
            if (equals <= 0)
            {
                Warn(lexer.Line, column, lexer.FileOffset, equals < 0
                    ? "no '=' in this line, ignored; write Key=Value"
                    : "no key before '=', ignored");
                return;
            }

            if (_assignments.Count >= limits.MaxAssignments)
            {
                Fail(lexer.Line, column, lexer.FileOffset,
                    $"more than {limits.MaxAssignments} assignments; the rest of the file is not "
                        + "read");
                return;
            }

            string key = text[..equals].TrimEnd(" \t").ToString();
            int valueStart = SkipBlanks(line, first + equals + 1);
            int end = first + text.Length;
            string value = valueStart >= end ? "" : line[valueStart..end];
            _assignments.Add(new ParsedAssignment(
                _unit, _section, key, value, lexer.Line, lexer.FileOffset,
                Math.Min(valueStart, end), CharStarts(lexer.Current, lexer.CopyStarts())));
        }

        private void Fail(int line, int column, int fileOffset, string message)
        {
            _unit.IsBroken = true;
            Add(DiagnosticSeverity.Error, line, column, fileOffset, message);
        }

        private void Warn(int line, int column, int fileOffset, string message) =>
            Add(DiagnosticSeverity.Warning, line, column, fileOffset, message);

        private void Add(
            DiagnosticSeverity severity, int line, int column, int fileOffset, string message) =>
            _findings.Add(new Diagnostic(
                severity, new SourceLocation(path, line, column), "", message,
                column > 0 ? _unit.LineText(fileOffset) : ""));
    }

    // The lexer counts bytes, everything after it counts characters.
    private static LineStart[]? CharStarts(ReadOnlySpan<byte> bytes, LineStart[]? starts)
    {
        if (starts is null || Ascii.IsValid(bytes))
            return starts;
        int chars = 0, done = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            chars += Encoding.UTF8.GetCharCount(bytes[done..starts[i].Offset]);
            done = starts[i].Offset;
            starts[i] = starts[i] with { Offset = chars };
        }

        return starts;
    }

    private static int SkipBlanks(string text, int from)
    {
        while (from < text.Length && (text[from] is ' ' or '\t'))
            from++;
        return from;
    }

    private static bool IsSafe(string name)
    {
        foreach (char c in name)
        {
            if (c is < ' ' or '"' or '\'' or '\\' or '\x7f')
                return false;
        }

        return true;
    }

    private static string Quote(ReadOnlySpan<char> text) =>
        text.Length > 80 ? $"{text[..80]}..." : text.ToString();
}
