using System.Text;
using SQLitePCL;

namespace InitTx.Journal.Sqlite;

/// <summary>
/// A prepared statement. Binding collects its first error, which <see cref="Step"/> then reports
/// instead of running. SQLite copies what is bound; nothing is allocated on the managed heap.
/// </summary>
internal sealed class Statement : IDisposable
{
    /// <summary>The longest text that is stored, in bytes of UTF-8; longer text is cut.</summary>
    public const int MaxTextBytes = 4096;

    private static readonly byte[] TextBuffer = new byte[MaxTextBytes];
    private readonly sqlite3_stmt _handle;
    private int _bindError;

    internal Statement(sqlite3_stmt handle) => _handle = handle;

    public void Bind(int index, long value) => Note(raw.sqlite3_bind_int64(_handle, index, value));

    /// <summary>Null and empty both become NULL; NUL characters become spaces.</summary>
    public void BindText(int index, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            Note(raw.sqlite3_bind_null(_handle, index));
            return;
        }

        Encoding.UTF8.TryGetBytes(value, TextBuffer, out int length);
        if (length == 0)
            length = Cut(value);
        Span<byte> text = TextBuffer.AsSpan(0, length);
        text.Replace((byte)0, (byte)' ');
        Note(raw.sqlite3_bind_text(_handle, index, text));
    }

    /// <summary>As <see cref="BindText"/>, but empty text stays text.</summary>
    public void BindTextOrEmpty(int index, string value)
    {
        if (value.Length == 0)
            Note(raw.sqlite3_bind_text(_handle, index, ""));
        else
            BindText(index, value);
    }

    public void BindBlob(int index, ReadOnlySpan<byte> value)
    {
        Note(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_handle, index, 0)
            : raw.sqlite3_bind_blob(_handle, index, value));
    }

    /// <summary>
    /// ROW, DONE or an error; the caller resets after ROW, this does it after all else.
    /// </summary>
    public int Step()
    {
        int code = _bindError != raw.SQLITE_OK ? _bindError : raw.sqlite3_step(_handle);
        _bindError = raw.SQLITE_OK;
        if (code != raw.SQLITE_ROW)
            raw.sqlite3_reset(_handle);
        return code;
    }

    /// <summary>Runs a statement that gives no row: OK or an error.</summary>
    public int Run()
    {
        int code = Step();
        if (code == raw.SQLITE_ROW)
            raw.sqlite3_reset(_handle);
        return code is raw.SQLITE_DONE or raw.SQLITE_ROW ? raw.SQLITE_OK : code;
    }

    public void Reset() => raw.sqlite3_reset(_handle);

    public int ColumnCount => raw.sqlite3_column_count(_handle);

    public string ColumnName(int column) =>
        raw.sqlite3_column_name(_handle, column).utf8_to_string() ?? "";

    public bool IsReadOnly => raw.sqlite3_stmt_readonly(_handle) != 0;

    public int Type(int column) => raw.sqlite3_column_type(_handle, column);

    public long Long(int column) => raw.sqlite3_column_int64(_handle, column);

    public double Real(int column) => raw.sqlite3_column_double(_handle, column);

    /// <summary>Null for NULL. Allocates.</summary>
    public string? Text(int column) => raw.sqlite3_column_text(_handle, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_handle, column);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private void Note(int code)
    {
        if (_bindError == raw.SQLITE_OK)
            _bindError = code;
    }

    // Encoder.Convert would allocate; a cut is rare, so it goes character by character.
    private static int Cut(string value)
    {
        ReadOnlySpan<byte> mark = "…"u8;
        int length = 0;
        int at = 0;
        while (at < value.Length)
        {
            int step = char.IsHighSurrogate(value[at]) && at + 1 < value.Length ? 2 : 1;
            Span<byte> room = TextBuffer.AsSpan(length, MaxTextBytes - mark.Length - length);
            if (!Encoding.UTF8.TryGetBytes(value.AsSpan(at, step), room, out int used))
                break;
            length += used;
            at += step;
        }

        mark.CopyTo(TextBuffer.AsSpan(length));
        return length + mark.Length;
    }
}
