using System.Text;

namespace InitTx.Init.Processes;

/// <summary>
/// NUL-terminated strings one after another in one growing buffer that is reused: argv and envp as
/// the shim takes them. A string that holds a NUL cannot be passed to a process and is refused.
/// </summary>
internal sealed class NulBlock
{
    private byte[] _bytes = new byte[4096];
    private int _length;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Clear()
    {
        _length = 0;
        Count = 0;
    }

    public bool Add(ReadOnlySpan<char> text) => Add(text, default, default);

    /// <summary>Appends key=value.</summary>
    public bool AddPair(ReadOnlySpan<char> key, ReadOnlySpan<char> value) => Add(key, "=", value);

    private bool Add(ReadOnlySpan<char> a, ReadOnlySpan<char> b, ReadOnlySpan<char> c)
    {
        if (a.Contains('\0') || c.Contains('\0'))
            return false;
        int most = Encoding.UTF8.GetMaxByteCount(a.Length + b.Length + c.Length) + 1;
        if (_length + most > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + most));
        _length += Encoding.UTF8.GetBytes(a, _bytes.AsSpan(_length));
        _length += Encoding.UTF8.GetBytes(b, _bytes.AsSpan(_length));
        _length += Encoding.UTF8.GetBytes(c, _bytes.AsSpan(_length));
        _bytes[_length++] = 0;
        Count++;
        return true;
    }
}
