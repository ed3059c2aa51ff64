using System.Buffers;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;
using InitTx.Protocol.Framing;

namespace InitTx.Cli.Client;

/// <summary>How waiting for a reply came out.</summary>
internal enum ReadStatus : byte
{
    Reply,
    TimedOut,

    /// <summary>The manager closed the connection, or died, or replaced itself.</summary>
    Closed,

    /// <summary>What came is no reply: Problem says why.</summary>
    Broken,
}

/// <summary>One connection to a manager. Blocking, with a limit on every wait.</summary>
internal sealed class ControlClient : IDisposable
{
    private const int Chunk = 16 * 1024;
    private const int SendTimeoutMs = 10_000;
    private const int FullQueueTries = 50;
    private const int FullQueuePauseMs = 20;
    private readonly StreamClient _stream;
    private readonly FrameReader _frames = new(ProtocolLimits.ReplyBytes);
    private byte[] _frame = [];
    private byte[]? _chunk;

    private ControlClient(StreamClient stream) => _stream = stream;

    /// <summary>The last reply.</summary>
    public Reply Reply { get; private set; }

    /// <summary>What was wrong with the last thing that came.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>The parameters of the last reply as JSON.</summary>
    public ReadOnlySpan<byte> Parameters => Reply.Parameters(_frame);

    /// <summary>Connects; null with the reason in words when nobody listens.</summary>
    public static ControlClient? Connect(string path, out string problem)
    {
        for (int tries = 0; ; tries++)
        {
            SysResult<StreamClient> connected = StreamClient.Connect(path);
            if (connected.IsOk)
            {
                problem = "";
                return new ControlClient(connected.Require());
            }

            // The listener's queue is full: a burst of clients, over in a moment.
            if (connected.Error == Errno.EAGAIN && tries < FullQueueTries)
            {
                Thread.Sleep(FullQueuePauseMs);
                continue;
            }

            problem = connected.Error switch
            {
                Errno.ENOENT => $"{path} does not exist",
                Errno.ECONNREFUSED => $"nobody listens on {path}",
                Errno.ENAMETOOLONG => $"'{path}' is no path for a socket (1 to 107 bytes)",
                _ => connected.Message,
            };
            return null;
        }
    }

    /// <summary>Sends a call; false when the connection is gone.</summary>
    public bool Send(Call call)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        CallWriter.Write(buffer, call);
        return _stream.SendAll(buffer.WrittenSpan, SendTimeoutMs).IsOk;
    }

    /// <summary>Waits for the next reply, at most <paramref name="timeoutMs"/>.</summary>
    public ReadStatus Read(long timeoutMs)
    {
        long until = Environment.TickCount64 + timeoutMs;
        while (true)
        {
            FrameStatus status = _frames.TryRead(out ReadOnlySpan<byte> frame);
            if (status == FrameStatus.TooLong)
                return Break($"a reply is longer than {ProtocolLimits.ReplyBytes} bytes");
            if (status == FrameStatus.Frame)
                return Take(frame);
            long left = until - Environment.TickCount64;
            if (left <= 0)
                return ReadStatus.TimedOut;
            if (Receive(left) is { } end)
                return end;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _frames.Dispose();
    }

    private ReadStatus Take(ReadOnlySpan<byte> frame)
    {
        _frame = frame.ToArray();
        if (!ReplyReader.TryRead(_frame, out Reply reply, out string problem))
            return Break(problem);
        Reply = reply;
        return ReadStatus.Reply;
    }

    private ReadStatus? Receive(long leftMs)
    {
        _chunk ??= new byte[Chunk];
        SysResult received = _stream.Receive(_chunk, (int)Math.Min(leftMs, int.MaxValue));
        if (received.Error == Errno.ETIMEDOUT)
            return null;
        if (received.IsError || received.Value == 0)
            return ReadStatus.Closed;
        _frames.Append(_chunk.AsSpan(0, received.Value));
        return null;
    }

    private ReadStatus Break(string problem)
    {
        Problem = problem;
        return ReadStatus.Broken;
    }
}
