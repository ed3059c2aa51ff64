using System.Net.Sockets;
using System.Text;

namespace InitTx.Benchmarks.Harness;

/// <summary>One connection to the control socket: a call, its replies to the last.</summary>
internal sealed class ControlLine : IDisposable
{
    private readonly Socket _socket =
        new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private readonly byte[] _buffer = new byte[1 << 20];

    public ControlLine(string path) => _socket.Connect(new UnixDomainSocketEndPoint(path));

    /// <summary>The method without its interface; parameters as JSON. The last reply.</summary>
    public string Call(string method, string parameters, bool more = false)
    {
        string rest = parameters + (more ? ",\"more\":true" : "");
        _socket.Send(Encoding.UTF8.GetBytes(
            $"{{\"method\":\"io.inittx.Manager.{method}\",\"parameters\":{rest}}}\0"));
        int length = 0;
        while (true)
        {
            int got = _socket.Receive(_buffer.AsSpan(length));
            if (got == 0)
                throw new InvalidOperationException($"{method}: the manager closed the connection");
            length += got;
            int begin = 0;
            int end;
            for (; (end = Terminator(begin, length)) >= 0; begin += end + 1)
            {
                string reply = Encoding.UTF8.GetString(_buffer, begin, end);
                if (reply.Contains("\"error\":", StringComparison.Ordinal))
                    throw new InvalidOperationException($"{method}: {reply}");
                if (!reply.Contains("\"continues\":true", StringComparison.Ordinal))
                    return reply;
            }

            _buffer.AsSpan(begin, length - begin).CopyTo(_buffer);
            length -= begin;
        }
    }

    private int Terminator(int begin, int length) =>
        _buffer.AsSpan(begin, length - begin).IndexOf((byte)0);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
