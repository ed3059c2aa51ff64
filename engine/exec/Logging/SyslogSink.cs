using System.Globalization;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Logging;

namespace InitTx.Exec.Logging;

/// <summary>
/// Records to a running syslog daemon (RFC 3164 over the datagram socket /dev/log, as syslog(3)).
/// What it does not take, or nobody listens for, goes to the files instead.
/// </summary>
internal sealed class SyslogSink(ILogSink files, string path) : ILogSink
{
    private const int LongestMessage = 8 * 1024;

    private readonly byte[] _message = new byte[LongestMessage];
    private DatagramClient? _socket;

    /// <inheritdoc/>
    public void Take(LogStreamFacts stream, in LogRecord record, ReadOnlySpan<byte> text)
    {
        if (!Send(stream, record, text))
            files.Take(stream, record, text);
    }

    /// <inheritdoc/>
    public void Flush(string unit) => files.Flush(unit);

    /// <inheritdoc/>
    public void Release(string unit) => files.Release(unit);

    private bool Send(LogStreamFacts stream, in LogRecord record, ReadOnlySpan<byte> text)
    {
        DateTime local = DateTime.UnixEpoch.AddMicroseconds(record.TimeUs).ToLocalTime();
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"<{(stream.Facility << 3) | record.Level}>{local:MMM} {local.Day,2} {local:HH:mm:ss} "
            + $"{stream.Identifier}[{record.Pid}]: ");
        int length = Encoding.UTF8.GetBytes(head, _message);
        int room = Math.Min(text.Length, _message.Length - length);
        text[..room].CopyTo(_message.AsSpan(length));
        ReadOnlySpan<byte> message = _message.AsSpan(0, length + room);

        // A daemon that was restarted has another socket behind the same name.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            _socket ??= DatagramClient.Connect(path).Value;
            if (_socket is null)
                return false;
            SysResult sent = _socket.Send(message);
            if (sent.IsOk)
                return true;
            _socket.Dispose();
            _socket = null;
            if (sent.Error is Errno.EAGAIN or Errno.EMSGSIZE)
                return false;
        }

        return false;
    }
}
