using System.Buffers;
using System.Net.Sockets;
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
    private readonly Socket _socket;
    private readonly FrameReader _frames = new(ProtocolLimits.ReplyBytes);
    private byte[] _frame = [];

    private ControlClient(Socket socket) => _socket = socket;

    /// <summary>The last reply.</summary>
    public Reply Reply { get; private set; }

    /// <summary>What was wrong with the last thing that came.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>The parameters of the last reply as JSON.</summary>
    public ReadOnlySpan<byte> Parameters => Reply.Parameters(_frame);

    /// <summary>Connects; null with the reason in words when nobody listens.</summary>
    public static ControlClient? Connect(string path, out string problem)
    {
        problem = "";
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = SendTimeoutMs,
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new ControlClient(socket);
        }
        catch (SocketException e)
        {
            problem = e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => $"nobody listens on {path}",
                SocketError.AccessDenied => $"{path}: permission denied",
                _ => File.Exists(path) ? $"{path}: {e.Message}" : $"{path} does not exist",
            };
        }
        catch (ArgumentException)
        {
            problem = $"'{path}' is no path for a socket (1 to 107 bytes)";
        }

        socket.Dispose();
        return null;
    }

    /// <summary>Sends a call; false when the connection is gone.</summary>
    public bool Send(Call call)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        CallWriter.Write(buffer, call);
        ReadOnlySpan<byte> left = buffer.WrittenSpan;
        try
        {
            while (!left.IsEmpty)
                left = left[_socket.Send(left)..];
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
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
        _socket.Dispose();
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
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            int micros = (int)Math.Min(leftMs * 1_000, int.MaxValue);
            if (!_socket.Poll(micros, SelectMode.SelectRead))
                return null;
            int count = _socket.Receive(chunk);
            if (count == 0)
                return ReadStatus.Closed;
            _frames.Append(chunk.AsSpan(0, count));
            return null;
        }
        catch (SocketException)
        {
            return ReadStatus.Closed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private ReadStatus Break(string problem)
    {
        Problem = problem;
        return ReadStatus.Broken;
    }
}
