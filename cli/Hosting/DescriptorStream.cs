using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;

namespace InitTx.Cli.Hosting;

/// <summary>
/// An inherited descriptor as a stream that only writes. The runtime's own choices are no good
/// here: the console's streams install signal handlers and a thread with the first byte, and a
/// file stream writes at an offset of its own, over what the next process wrote to the same file.
/// </summary>
internal sealed class DescriptorStream(int descriptor) : Stream
{
    private readonly FileDescriptor _fd = new(descriptor);

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>write(2) until all is written; IOException when the reader is gone.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            SysResult written = _fd.Write(buffer);
            if (written.IsOk)
                buffer = buffer[written.Value..];
            else if (written.Error == Errno.EAGAIN)
                BlockingWait.Writable(_fd.Number);
            else
                throw new IOException(written.ToString());
        }
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
