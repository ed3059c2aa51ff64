using System.Buffers;

namespace InitTx.Init.Control;

/// <summary>
/// Bytes on their way to one client. Memory is rented while there are any and given back when
/// there are none. The limit is judged by who writes: <see cref="Count"/>, <see cref="Truncate"/>.
/// </summary>
internal sealed class OutputQueue : IBufferWriter<byte>
{
    private const int FirstRent = 4_096;
    private byte[]? _buffer;
    private int _start;
    private int _end;

    /// <summary>Bytes not yet sent.</summary>
    public int Count => _end - _start;

    /// <summary>The unsent bytes; valid until the next write.</summary>
    public ReadOnlySpan<byte> Unsent => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The first <paramref name="count"/> unsent bytes are sent.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
            Clear();
    }

    /// <summary>
    /// Takes back what was written after there were <paramref name="count"/> bytes.
    /// </summary>
    public void Truncate(int count) => _end = _start + count;

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        if (_buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _buffer = null;
        _start = _end = 0;
    }

    /// <inheritdoc/>
    public void Advance(int count) => _end += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 256));
        return _buffer.AsMemory(_end);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 256));
        return _buffer.AsSpan(_end);
    }

    private void MakeRoom(int count)
    {
        if (_buffer is not null && _buffer.Length - _end >= count)
            return;
        int held = Count;
        byte[] target = _buffer is not null && _buffer.Length >= held + count
            ? _buffer
            : ArrayPool<byte>.Shared.Rent(Math.Max(FirstRent, (held + count) * 2));
        Unsent.CopyTo(target);
        if (_buffer is { } old && !ReferenceEquals(old, target))
            ArrayPool<byte>.Shared.Return(old);
        _buffer = target;
        _start = 0;
        _end = held;
    }
}
