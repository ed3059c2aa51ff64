using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading;

/// <summary>
/// One assignment on its way into a draft, with the ways to read its value. A value that cannot
/// be read is reported and leaves the earlier one in place, as systemd has it.
/// </summary>
internal readonly struct Setting(ParsedAssignment assignment, UnitDraft draft)
{
    public UnitDraft Draft => draft;
    public string Key => assignment.Key;
    public string Value => assignment.Value;
    public string Section => assignment.Section;
    public SourceLocation Source => assignment.Source;

    /// <summary>Empty values reset lists.</summary>
    public bool IsReset => assignment.Value.Length == 0;

    public SourceLocation Locate(int offset) => assignment.Locate(offset);

    // The line is looked up only for a finding that is kept: a line of a million bytes may have
    // ten thousand of them.
    public void Warn(string message, int offset = 0)
    {
        SourceLocation location = Locate(offset);
        if (!draft.Findings.TryDrop(DiagnosticSeverity.Warning, location))
            Add(location, message, offset);
    }

    /// <summary>Reports a fault of the key itself.</summary>
    public void WarnAtKey(string message)
    {
        if (!draft.Findings.TryDrop(DiagnosticSeverity.Warning, Source))
            Add(assignment.KeySource, message, 0);
    }

    private void Add(SourceLocation location, string message, int offset) =>
        draft.Findings.Add(new Diagnostic(DiagnosticSeverity.Warning, location, Key, message,
            assignment.LineText(offset)));

    /// <summary>Reports a fault that makes the unit unusable.</summary>
    public void Fatal(string message, int offset = 0) =>
        draft.Fatal(assignment.Locate(offset), Key, message, assignment.LineText(offset));

    public bool TryBoolean(out bool value)
    {
        if (BooleanParser.TryParse(Value, out value))
            return true;
        Warn($"'{Shown}' is neither yes nor no, ignored");
        return false;
    }

    /// <summary>The value if it is a boolean, else the one that stood before.</summary>
    public bool Boolean(bool current) => TryBoolean(out bool value) ? value : current;

    /// <summary>A time span in microseconds, else the one that stood before.</summary>
    public long Duration(long current)
    {
        if (DurationParser.TryParse(Value, out long us))
            return us;
        Warn($"'{Shown}' is no time span, ignored; write for example 90, 1min 30s or infinity");
        return current;
    }

    /// <summary>A time-out, where 0 means none.</summary>
    public bool TryTimeout(out long microseconds)
    {
        if (DurationParser.TryParseTimeout(Value, out microseconds))
            return true;
        Warn($"'{Shown}' is no time span, ignored; write for example 90, 1min 30s or infinity");
        return false;
    }

    public int Integer(int current, int lowest, int highest)
    {
        if (Numbers.TrySigned(Value, lowest, highest, out long value))
            return (int)value;
        Warn($"'{Shown}' is no number from {lowest} to {highest}, ignored");
        return current;
    }

    public long Size(long current)
    {
        if (ByteSizeParser.TryParse(Value, out ulong bytes) && bytes <= long.MaxValue)
            return (long)bytes;
        Warn($"'{Shown}' is no size, ignored; write for example 65536, 64K or 8M");
        return current;
    }

    public int Mode(int current)
    {
        if (Numbers.Mode(Value) is { } mode)
            return mode;
        Warn($"'{Shown}' is no octal mode, ignored; write for example 0755");
        return current;
    }

    /// <summary>One word of a closed set, by its place in it; -1 when it is none of them.</summary>
    public int Choice(ReadOnlySpan<string> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (string.Equals(words[i], Value, StringComparison.Ordinal))
                return i;
        }

        Warn($"'{Shown}' is not known, ignored; write one of: "
            + $"{string.Join(", ", words.ToArray())}");
        return -1;
    }

    public int? Signal(int? current)
    {
        if (SignalNames.Parse(Value) is { } signal)
            return signal;
        Warn($"'{Shown}' is no signal, ignored; write for example SIGTERM");
        return current;
    }

    /// <summary>The value with specifiers replaced; a failure is reported as a warning.</summary>
    public bool TryExpand(out string text) => TryExpand(Value, 0, out text);

    public bool TryExpand(string value, int offset, out string text)
    {
        if (draft.Specifiers.TryExpand(value, out text, out string error))
            return true;
        Warn($"{error}; ignored", offset);
        return false;
    }

    /// <summary>
    /// A path with specifiers replaced and slashes collapsed; a fault is a warning.
    /// </summary>
    public bool TryPath(string value, int offset, bool absolute, out string path)
    {
        if (!TryExpand(value, offset, out path))
            return false;
        if (PathText.Fault(path, absolute) is { } fault)
        {
            Warn($"{fault}, ignored", offset);
            return false;
        }

        path = PathText.Collapse(path);
        return true;
    }

    /// <summary>
    /// The words of the value; a quote that is not closed is reported and ends the list. Words
    /// beyond the limit are left out with a warning.
    /// </summary>
    public List<(string Text, int Offset)> Words(WordRules rules)
    {
        // Most values have a blank between two words: growing would leave as much garbage again.
        int blanks = Value.AsSpan().Count(' ');
        var list = new List<(string, int)>(Math.Min(blanks + 1, draft.Limits.MaxListItems));
        var words = new WordSplitter(Value, rules);
        while (true)
        {
            WordResult result = words.Next();
            if (result == WordResult.End)
                return list;
            if (result == WordResult.Unbalanced)
            {
                Warn("a quote is not closed; the words from here on are ignored", words.Start);
                return list;
            }

            if (result == WordResult.WordWithUnknownEscape
                && (rules & WordRules.StrictEscapes) != 0)
            {
                Warn("unknown escape sequence; the words from here on are ignored", words.Start);
                return list;
            }

            if (list.Count >= draft.Limits.MaxListItems)
            {
                Warn($"more than {draft.Limits.MaxListItems} words; the rest is ignored",
                    words.Start);
                return list;
            }

            list.Add((words.Word, words.Start));
        }
    }

    /// <summary>
    /// A list that the draft may extend in place: copying it for each line would make a file of
    /// many lines cost quadratic time.
    /// </summary>
    public static List<T> Own<T>(IReadOnlyList<T> current) => current as List<T> ?? [.. current];

    /// <summary>The value, shortened for messages.</summary>
    public string Shown => Value.Length > 80 ? $"{Value[..80]}..." : Value;
}
