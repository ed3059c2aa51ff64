using System.Buffers;

namespace InitTx.Protocol.Framing;

/// <summary>What <see cref="FrameReader.TryRead"/> found.</summary>
public enum FrameStatus : byte
{
    /// <summary>A whole message; its bytes are valid until the next call on the reader.</summary>
    Frame,

    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The message is longer than the limit: the connection is to be closed.</summary>
    TooLong,
}

/// <summary>
/// Cuts a byte stream into NUL-terminated messages. Memory is rented only while bytes are held and
/// is never more than the limit plus one chunk; a connection that is idle holds none. A byte is
/// looked at once. Not thread-safe.
/// </summary>
public sealed class FrameReader : IDisposable
{
    private const int FirstRent = 4_096;
    private readonly int _limit;
    private byte[]? _buffer;
    private int _start;
    private int _scanned;
    private int _end;

    /// <param name="limit">Longest message in bytes, its NUL not counted.</param>
    public FrameReader(int limit) => _limit = limit;

    /// <summary>True when part of a message is held: the frame deadline runs.</summary>
    public bool HasPartial => _end > _start;

    /// <summary>
    /// Takes bytes; they are copied. Never more than the limit is held after a TooLong.
    /// </summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        MakeRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Gives the next message without its NUL.</summary>
    public FrameStatus TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (_buffer is null)
            return FrameStatus.Incomplete;
        if (_start == _end)
        {
            Release();
            return FrameStatus.Incomplete;
        }

        int at = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)0);
        if (at < 0)
        {
            _scanned = _end;
            return _end - _start > _limit ? FrameStatus.TooLong : FrameStatus.Incomplete;
        }

        int nul = _scanned + at;
        if (nul - _start > _limit)
            return FrameStatus.TooLong;
        frame = _buffer.AsSpan(_start, nul - _start);
        _start = nul + 1;
        _scanned = _start;
        return FrameStatus.Frame;
    }

    /// <summary>
    /// Gives the memory back; the reader is empty afterwards and may be used again.
    /// </summary>
    public void Dispose() => Release();

    private void MakeRoom(int count)
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(FirstRent, count));
            return;
        }

        if (_buffer.Length - _end >= count)
            return;
        int held = _end - _start;
        byte[] target = _buffer.Length >= held + count
            ? _buffer
            : ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, held + count));
        _buffer.AsSpan(_start, held).CopyTo(target);
        if (!ReferenceEquals(target, _buffer))
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = target;
        _scanned -= _start;
        _start = 0;
        _end = held;
    }

    private void Release()
    {
        if (_buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _buffer = null;
        _start = _scanned = _end = 0;
    }
}
