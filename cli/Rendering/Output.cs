using System.Buffers;
using System.Text;

namespace InitTx.Cli.Rendering;

/// <summary>
/// A stream of UTF-8 text with a buffer. The console class is not used: its start costs more than
/// a whole `is-active`.
/// </summary>
internal sealed class Output : IBufferWriter<byte>
{
    private const int FlushAt = 16 * 1024;
    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(1_024);
    private bool _broken;

    public Output(Stream stream, bool isTerminal)
    {
        _stream = stream;
        IsTerminal = isTerminal;
    }

    public bool IsTerminal { get; }

    /// <summary>The reader went away: nothing more can be told to it.</summary>
    public bool IsBroken => _broken;

    public void Write(ReadOnlySpan<char> text)
    {
        int max = Encoding.UTF8.GetMaxByteCount(text.Length);
        _buffer.Advance(Encoding.UTF8.GetBytes(text, _buffer.GetSpan(max)));
        FlushWhenFull();
    }

    public void WriteLine(ReadOnlySpan<char> text = default)
    {
        Write(text);
        Write("\n");
    }

    /// <summary>Bytes that are UTF-8 already, as they are.</summary>
    public void WriteRaw(ReadOnlySpan<byte> utf8)
    {
        _buffer.Write(utf8);
        FlushWhenFull();
    }

    /// <inheritdoc/>
    public void Advance(int count) => _buffer.Advance(count);

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        FlushWhenFull();
        return _buffer.GetMemory(sizeHint);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        FlushWhenFull();
        return _buffer.GetSpan(sizeHint);
    }

    private void FlushWhenFull()
    {
        if (_buffer.WrittenCount >= FlushAt)
            Flush();
    }

    /// <summary>Writes the buffer out. EPIPE ends the telling, not the program.</summary>
    public void Flush()
    {
        if (!_broken && _buffer.WrittenCount > 0)
        {
            try
            {
                _stream.Write(_buffer.WrittenSpan);
                _stream.Flush();
            }
            catch (IOException)
            {
                _broken = true;
            }
        }

        _buffer.ResetWrittenCount();
    }
}
