using System.Text;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// One file as text says, before any key is understood: its assignments in order, and what was
/// wrong. Immutable.
/// </summary>
public sealed class ParsedUnit
{
    private const int MaxQuotedLine = 512;

    internal ParsedUnit(string path, ReadOnlyMemory<byte> content)
    {
        Path = path;
        Content = content;
    }

    /// <summary>The file's path as messages show it.</summary>
    public string Path { get; }

    /// <summary>The file's bytes.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The assignments of known sections, in file order, empty values included.</summary>
    public IReadOnlyList<ParsedAssignment> Assignments { get; internal set; } = [];

    /// <summary>What was wrong, in file order.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; internal set; } = [];

    /// <summary>
    /// True when the file as a whole is refused: a broken section header, a line that is too long
    /// or not UTF-8. What stood before the fault is kept, as systemd does.
    /// </summary>
    public bool IsBroken { get; internal set; }

    /// <summary>
    /// The text of the physical line that begins at an offset, shortened for display.
    /// </summary>
    internal string LineText(int fileOffset)
    {
        ReadOnlySpan<byte> line = UnitLexer.LineAt(Content.Span, fileOffset);
        return Encoding.UTF8.GetString(line.Length > MaxQuotedLine ? line[..MaxQuotedLine] : line);
    }
}

/// <summary>One <c>Key=Value</c> line, continuations joined, blanks at both ends removed.</summary>
public sealed class ParsedAssignment
{
    private readonly LineStart[]? _starts;
    private readonly int _fileOffset;
    private readonly int _valueStart;

    internal ParsedAssignment(
        ParsedUnit file, string section, string key, string value, int line, int fileOffset,
        int valueStart, LineStart[]? starts)
    {
        File = file;
        Section = section;
        Key = key;
        Value = value;
        Line = line;
        _fileOffset = fileOffset;
        _valueStart = valueStart;
        _starts = starts;
        Source = Locate(0);
    }

    /// <summary>The file it stands in.</summary>
    public ParsedUnit File { get; }

    /// <summary>The section without brackets.</summary>
    public string Section { get; }

    /// <summary>The key as written.</summary>
    public string Key { get; }

    /// <summary>
    /// The value, specifiers and escapes untouched; empty means "reset" to most keys.
    /// </summary>
    public string Value { get; }

    /// <summary>1-based line of the key.</summary>
    public int Line { get; }

    /// <summary>File, line and column of the value's first character.</summary>
    public SourceLocation Source { get; }

    /// <summary>File, line and column of the key.</summary>
    public SourceLocation KeySource
    {
        get
        {
            string line = File.LineText(_fileOffset);
            return new SourceLocation(File.Path, Line, line.IndexOf(Key, StringComparison.Ordinal)
                + 1);
        }
    }

    /// <summary>File, line and column of one character of the value.</summary>
    public SourceLocation Locate(int offset)
    {
        int position = _valueStart + offset;
        LineStart start = StartOf(position);
        return new SourceLocation(File.Path, start.Line, position - start.Offset + 1);
    }

    /// <summary>
    /// The physical line that holds one character of the value, shortened for display.
    /// </summary>
    public string LineText(int offset) => File.LineText(StartOf(_valueStart + offset).FileOffset);

    private LineStart StartOf(int position)
    {
        if (_starts is null)
            return new LineStart(0, Line, _fileOffset);
        int low = 0, high = _starts.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (_starts[middle].Offset <= position)
                low = middle;
            else
                high = middle - 1;
        }

        return _starts[low];
    }
}
