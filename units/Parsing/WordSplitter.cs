using System.Text;

namespace InitTx.Units.Parsing;

/// <summary>How <see cref="WordSplitter"/> treats quotes and backslashes.</summary>
[Flags]
internal enum WordRules : byte
{
    None = 0,

    /// <summary>Quotes group and are removed.</summary>
    Unquote = 1,

    /// <summary>C escapes are replaced, inside and outside quotes.</summary>
    Unescape = 2,

    /// <summary>Backslashes are ordinary characters.</summary>
    KeepBackslash = 4,

    /// <summary>A quote that is never closed ends with the text.</summary>
    Relaxed = 8,

    /// <summary>
    /// An unknown escape is a fault (for callers; the splitter keeps it and says so).
    /// </summary>
    StrictEscapes = 16,
}

/// <summary>What <see cref="WordSplitter.Next"/> found.</summary>
internal enum WordResult : byte
{
    /// <summary>A word, possibly empty.</summary>
    Word,

    /// <summary>A word with an unknown escape that was kept as written.</summary>
    WordWithUnknownEscape,

    /// <summary>No further word.</summary>
    End,

    /// <summary>A quote is not closed.</summary>
    Unbalanced,
}

/// <summary>
/// Splits a value into words at blanks (systemd.syntax(7), "Quoting"). Quotes may open in the
/// middle of a word. Linear: unknown escapes are noticed in the same pass.
/// </summary>
internal ref struct WordSplitter(ReadOnlySpan<char> text, WordRules rules)
{
    private readonly ReadOnlySpan<char> _text = text;
    private readonly StringBuilder _word = new();
    private bool _unknownEscape;
    private bool _heldBytes;

    /// <summary>Offset of the next unread character.</summary>
    public int Position { get; set; }

    /// <summary>Offset at which the last word began.</summary>
    public int Start { get; private set; }

    /// <summary>The last word.</summary>
    public string Word { get; private set; } = "";

    /// <summary>Nothing but what was read is left.</summary>
    public readonly bool AtEnd => Position >= _text.Length;

    /// <summary>The characters not yet read.</summary>
    public readonly ReadOnlySpan<char> Rest => _text[Math.Min(Position, _text.Length)..];

    public static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\r';

    /// <summary>Reads the next word and the blanks after it.</summary>
    public WordResult Next()
    {
        SkipBlanks();
        Start = Position;
        _word.Clear();
        _unknownEscape = false;
        _heldBytes = false;
        Word = "";
        if (AtEnd)
            return WordResult.End;
        if (TryPlain())
            return WordResult.Word;
        char quote = '\0';
        for (; Position < _text.Length; Position++)
        {
            char c = _text[Position];
            if (c == '\\' && (rules & WordRules.KeepBackslash) == 0)
                Escape();
            else if (quote != '\0' && c == quote)
                quote = '\0';
            else if (quote == '\0' && (rules & WordRules.Unquote) != 0 && (c is '\'' or '"'))
                quote = c;
            else if (quote == '\0' && IsBlank(c))
                break;
            else
                _word.Append(c);
        }

        if (quote != '\0' && (rules & WordRules.Relaxed) == 0)
            return WordResult.Unbalanced;
        SkipBlanks();
        Word = _heldBytes ? RawText.Compose(_word) : _word.ToString();
        return _unknownEscape ? WordResult.WordWithUnknownEscape : WordResult.Word;
    }

    // Nearly all words: nothing in them to interpret, so they are a piece of the text.
    private bool TryPlain()
    {
        ReadOnlySpan<char> rest = Rest;
        int end = rest.IndexOfAny(" \t\n\r'\"\\");
        if (end >= 0 && !IsBlank(rest[end]))
            return false;
        Word = (end < 0 ? rest : rest[..end]).ToString();
        Position += end < 0 ? rest.Length : end;
        SkipBlanks();
        return true;
    }

    public void SkipBlanks()
    {
        while (Position < _text.Length && IsBlank(_text[Position]))
            Position++;
    }

    private void Escape()
    {
        ReadOnlySpan<char> after = _text[(Position + 1)..];
        if ((rules & WordRules.Unescape) == 0)
        {
            if (!after.IsEmpty)
                _word.Append(after[0]);
            Position++;
            return;
        }

        int used = Unescaper.Read(after, out int value, out bool isByte);
        if (used == 0)
        {
            // Both characters stay: after an unknown escape a quote does not close.
            _unknownEscape = true;
            _word.Append('\\');
            if (!after.IsEmpty)
                _word.Append(after[0]);
            Position++;
            return;
        }

        Position += used;
        if (isByte && value >= 0x80)
        {
            _heldBytes = true;
            _word.Append(RawText.Hold((byte)value));
        }
        else
        {
            _word.Append(new Rune(value).ToString());
        }
    }
}
