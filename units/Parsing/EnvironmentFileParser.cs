using System.Text;
using System.Text.Unicode;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>What an environment file says.</summary>
/// <param name="Variables">
/// In file order; a later line for the same name replaces an earlier one.
/// </param>
/// <param name="Diagnostics">What was ignored, with file:line.</param>
/// <param name="IsBroken">
/// True when the file as a whole is refused (not UTF-8, too long): a start that needs it fails.
/// </param>
public sealed record EnvironmentFileContent(
    IReadOnlyList<KeyValuePair<string, string>> Variables,
    IReadOnlyList<Diagnostic> Diagnostics,
    bool IsBroken);

/// <summary>
/// Files named by <c>EnvironmentFile=</c> (systemd.exec(5)) and os-release(5): shell-like
/// assignments without expansion. Pure, total, one pass.
/// </summary>
public static class EnvironmentFileParser
{
    /// <summary>Parses one file.</summary>
    /// <param name="path">The path for messages.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="limits">What the file may cost.</param>
    public static EnvironmentFileContent Parse(
        string path, ReadOnlySpan<byte> content, LoadLimits limits)
    {
        if (content.Length > limits.MaxFileBytes)
            return Broken(path, 0, $"{content.Length} bytes long, the limit is "
                + $"{limits.MaxFileBytes}");
        int bad = Utf8.IsValid(content) ? -1 : FirstInvalid(content);
        if (bad >= 0)
            return Broken(path, 1 + content[..bad].Count((byte)'\n'), "not valid UTF-8");
        return new Run(path, Encoding.UTF8.GetString(content), limits).Parse();
    }

    private static EnvironmentFileContent Broken(string path, int line, string message) =>
        new([], [new Diagnostic(DiagnosticSeverity.Error, new SourceLocation(path, line), "",
            message)], true);

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _,
            out int used) == System.Buffers.OperationStatus.Done)
            at += used;
        return at;
    }

    private enum State : byte
    {
        BeforeKey,
        Key,
        BeforeValue,
        Value,
        ValueEscape,
        SingleQuoted,
        DoubleQuoted,
        DoubleQuotedEscape,
        Comment,
        CommentEscape,
    }

    private sealed class Run(string path, string text, LoadLimits limits)
    {
        private readonly List<KeyValuePair<string, string>> _variables = [];
        private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
        private readonly DiagnosticBag _findings = new(limits.MaxDiagnostics);
        private readonly StringBuilder _key = new();
        private readonly StringBuilder _value = new();
        private int _keyEnd;
        private int _valueEnd;
        private int _line = 1;
        private int _keyLine;
        private State _state;

        public EnvironmentFileContent Parse()
        {
            foreach (char c in text)
            {
                Step(c);
                if (c == '\n')
                    _line++;
            }

            // A quote that is never closed ends with the file, as systemd has it.
            if (_state is not (State.BeforeKey or State.Key or State.Comment
                or State.CommentEscape))
                Push();
            return new EnvironmentFileContent(_variables, _findings.ToList(), false);
        }

        private void Step(char c)
        {
            bool newline = c is '\n' or '\r';
            bool blank = newline || c is ' ' or '\t';
            switch (_state)
            {
                case State.BeforeKey:
                    BeforeKey(c, blank);
                    break;
                case State.Key:
                    Key(c, newline, blank);
                    break;
                case State.BeforeValue:
                    BeforeValue(c, newline, blank);
                    break;
                case State.Value:
                    Value(c, newline, blank);
                    break;
                case State.ValueEscape:
                    _state = State.Value;
                    if (!newline)
                        Keep(c);
                    break;
                case State.SingleQuoted:
                    if (c == '\'')
                        _state = State.BeforeValue;
                    else
                        Keep(c);
                    break;
                case State.DoubleQuoted:
                    if (c == '"')
                        _state = State.BeforeValue;
                    else if (c == '\\')
                        _state = State.DoubleQuotedEscape;
                    else
                        Keep(c);
                    break;
                case State.DoubleQuotedEscape:
                    _state = State.DoubleQuoted;
                    if (c is not ('"' or '\\' or '`' or '$' or '\n'))
                        Keep('\\');
                    if (c != '\n')
                        Keep(c);
                    break;
                case State.Comment:
                    if (newline)
                        _state = State.BeforeKey;
                    else if (c == '\\')
                        _state = State.CommentEscape;
                    break;
                case State.CommentEscape:
                    _state = State.Comment;
                    break;
                default:
                    throw new InvalidOperationException(_state.ToString());
            }
        }

        private void BeforeKey(char c, bool blank)
        {
            if (c is '#' or ';')
            {
                _state = State.Comment;
            }
            else if (!blank)
            {
                _state = State.Key;
                _keyLine = _line;
                _key.Clear().Append(c);
                _keyEnd = 1;
            }
        }

        private void Key(char c, bool newline, bool blank)
        {
            if (newline)
            {
                Warn($"no '=' in '{Shorten(_key)}', ignored");
                _state = State.BeforeKey;
            }
            else if (c == '=')
            {
                _state = State.BeforeValue;
                _value.Clear();
                _valueEnd = 0;
            }
            else
            {
                _key.Append(c);
                if (!blank)
                    _keyEnd = _key.Length;
            }
        }

        private void BeforeValue(char c, bool newline, bool blank)
        {
            if (newline)
                Push();
            else if (c == '\'')
                _state = State.SingleQuoted;
            else if (c == '"')
                _state = State.DoubleQuoted;
            else if (c == '\\')
                _state = State.ValueEscape;
            else if (!blank)
                (_state, _) = (State.Value, Keep(c));
        }

        private void Value(char c, bool newline, bool blank)
        {
            if (newline)
            {
                Push();
            }
            else if (c == '\\')
            {
                _valueEnd = _value.Length;
                _state = State.ValueEscape;
            }
            else
            {
                int end = _valueEnd;
                Keep(c);
                if (blank)
                    _valueEnd = end;
            }
        }

        private bool Keep(char c)
        {
            _value.Append(c);
            _valueEnd = _value.Length;
            return true;
        }

        private void Push()
        {
            _state = State.BeforeKey;
            string key = _key.ToString(0, _keyEnd), value = _value.ToString(0, _valueEnd);
            if (!EnvironmentName.IsValid(key))
            {
                Warn($"'{Shorten(_key)}' is no variable name, ignored; write NAME=value without "
                    + "'export'");
            }
            else if (!EnvironmentName.IsValidValue(value))
            {
                Warn($"the value of {key} holds a control character, ignored");
            }
            else if (_index.TryGetValue(key, out int at))
            {
                _variables[at] = new(key, value);
            }
            else if (_variables.Count >= limits.MaxListItems)
            {
                Warn($"more than {limits.MaxListItems} variables; {key} is ignored");
            }
            else
            {
                _index[key] = _variables.Count;
                _variables.Add(new(key, value));
            }
        }

        private void Warn(string message) =>
            _findings.Add(new Diagnostic(
                DiagnosticSeverity.Warning, new SourceLocation(path, _keyLine, 1), "", message));

        private static string Shorten(StringBuilder text) =>
            text.Length > 60 ? text.ToString(0, 60) + "..." : text.ToString();
    }
}
