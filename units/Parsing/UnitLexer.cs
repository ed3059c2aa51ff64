using InitTx.Units.Loading;

namespace InitTx.Units.Parsing;

/// <summary>
/// Cuts the bytes of a unit file into logical lines, in one pass and linear time
/// (systemd.syntax(7)): comment lines are dropped wherever they stand, a backslash at the very end
/// of a line becomes a blank and joins the next line, any of LF, CR and NUL ends a line.
/// </summary>
/// <remarks>
/// Traps kept as systemd 252 has them: a comment does not continue, so a comment line between two
/// continued lines vanishes; an empty line ends a continuation; an even number of backslashes at
/// the end is no continuation; a byte order mark is dropped only once, at a line's start.
/// </remarks>
internal ref struct UnitLexer
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _maxLine;
    private readonly List<LineStart> _starts = [];
    private byte[]? _joined;
    private int _joinedLength;
    private int _position;
    private int _line;
    private int _lineOffset;
    private bool _markSeen;

    public UnitLexer(ReadOnlySpan<byte> bytes, LoadLimits limits)
    {
        _bytes = bytes;
        _maxLine = limits.MaxLineBytes;
    }

    /// <summary>The bytes of the current logical line, blanks at both ends included.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>1-based number of the first physical line of <see cref="Current"/>.</summary>
    public int Line { get; private set; }

    /// <summary>Offset of that line's first byte in the file.</summary>
    public int FileOffset { get; private set; }

    /// <summary>The physical line that was read last, for messages about limits.</summary>
    public readonly int LastLine => _line;

    /// <summary>Set when <see cref="Next"/> stopped because a line exceeds the limit.</summary>
    public bool TooLong { get; private set; }

    /// <summary>First line that a NUL byte ended, 0 when there was none.</summary>
    public int NulLine { get; private set; }

    /// <summary>
    /// Where each physical line begins within <see cref="Current"/>, if it was joined.
    /// </summary>
    public readonly LineStart[]? CopyStarts() => _starts.Count > 1 ? _starts.ToArray() : null;

    /// <summary>
    /// The one physical line that begins at an offset of the file, without its end.
    /// </summary>
    public static ReadOnlySpan<byte> LineAt(ReadOnlySpan<byte> file, int offset)
    {
        if ((uint)offset >= (uint)file.Length)
            return default;
        ReadOnlySpan<byte> rest = file[offset..];
        int end = rest.IndexOfAny((byte)'\n', (byte)'\r', (byte)0);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>
    /// Moves to the next logical line; false at the end or at a line that is too long.
    /// </summary>
    public bool Next()
    {
        _starts.Clear();
        bool continued = false;
        while (_position < _bytes.Length)
        {
            ReadOnlySpan<byte> text = ReadPhysicalLine();
            if (TooLong)
                return false;
            if (IsComment(text))
                continue;
            if (!_markSeen && text.StartsWith(ByteOrderMark))
            {
                text = text[ByteOrderMark.Length..];
                _markSeen = true;
            }

            if (!continued)
                (Line, FileOffset) = (_line, _lineOffset);
            bool continues = EndsInBackslash(text);
            if (!continued && !continues)
            {
                Current = text;
                return true;
            }

            if (!Join(text, continues, first: !continued))
                return false;
            continued = true;
            if (!continues)
                break;
        }

        if (!continued)
            return false;
        Current = _joined.AsSpan(0, _joinedLength);
        return true;
    }

    private bool Join(ReadOnlySpan<byte> text, bool continues, bool first)
    {
        if (first)
            _joinedLength = 0;
        if (_joinedLength + text.Length > _maxLine)
        {
            TooLong = true;
            return false;
        }

        _starts.Add(new LineStart(_joinedLength, _line, _lineOffset));
        int needed = _joinedLength + text.Length;
        if (_joined is null || _joined.Length < needed)
            Array.Resize(ref _joined, Math.Max(needed, 2 * (_joined?.Length ?? 128)));
        text.CopyTo(_joined.AsSpan(_joinedLength));
        _joinedLength = needed;
        if (continues)
            _joined[needed - 1] = (byte)' ';
        return true;
    }

    private ReadOnlySpan<byte> ReadPhysicalLine()
    {
        ReadOnlySpan<byte> rest = _bytes[_position..];
        _line++;
        _lineOffset = _position;
        int end = rest.IndexOfAny((byte)'\n', (byte)'\r', (byte)0);
        int length = end < 0 ? rest.Length : end;
        if (length >= _maxLine)
            TooLong = true;
        int next = length;

        // CR LF and LF CR are one end of line, CR CR are two, a NUL closes whatever it ends.
        bool lf = false, cr = false;
        while (next < rest.Length)
        {
            byte b = rest[next];
            if (b == '\n' && !lf)
                lf = true;
            else if (b == '\r' && !cr)
                cr = true;
            else if (b != 0)
                break;
            next++;
            if (b == 0)
            {
                NulLine = NulLine == 0 ? _line : NulLine;
                break;
            }
        }

        _position += next;
        return rest[..length];
    }

    private static bool IsComment(ReadOnlySpan<byte> text)
    {
        int i = text.IndexOfAnyExcept((byte)' ', (byte)'\t');
        return i >= 0 && (text[i] == '#' || text[i] == ';');
    }

    private static bool EndsInBackslash(ReadOnlySpan<byte> text)
    {
        int plain = text.LastIndexOfAnyExcept((byte)'\\');
        return ((text.Length - 1 - plain) & 1) == 1;
    }
}

/// <summary>Where a physical line begins inside a joined one.</summary>
/// <param name="Offset">
/// Offset of its first byte (after parsing: character) in the joined text.
/// </param>
/// <param name="Line">Its 1-based number in the file.</param>
/// <param name="FileOffset">Offset of its first byte in the file.</param>
internal readonly record struct LineStart(int Offset, int Line, int FileOffset);
