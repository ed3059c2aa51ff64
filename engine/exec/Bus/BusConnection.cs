using System.Globalization;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.DBus;
using InitTx.Linux.Identity;

namespace InitTx.Exec.Bus;

/// <summary>
/// One connection to a message bus: authenticates by the socket's credentials (EXTERNAL), says
/// Hello, sends calls and cuts the stream into messages. Whatever goes wrong ends the connection;
/// a new one begins anew.
/// </summary>
internal sealed class BusConnection : IDisposable
{
    private const int AuthenticationMs = 5_000;
    private const int SendMs = 5_000;
    private const int LineMax = 256;

    private readonly StreamClient _stream;
    private readonly byte[] _buffer = new byte[DBusReader.MessageMax];
    private int _filled;
    private long _skip;
    private uint _serial;

    private BusConnection(StreamClient stream) => _stream = stream;

    /// <summary>To be waited for.</summary>
    public int Fd => _stream.Fd;

    /// <summary>Connects, or says why not: nobody listens, not allowed, no answer.</summary>
    public static BusConnection? Open(string path, out string error)
    {
        SysResult<StreamClient> connected = StreamClient.Connect(path);
        if (connected.IsError)
        {
            error = connected.Message;
            return null;
        }

        var bus = new BusConnection(connected.Require());
        if (bus.Authenticate() && bus.Call("Hello") != 0)
        {
            error = "";
            return bus;
        }

        error = $"{path}: no bus answers, or it does not let us in";
        bus.Dispose();
        return null;
    }

    /// <summary>Calls the bus itself; the call's serial, or 0 without a connection.</summary>
    public uint Call(string member, params ReadOnlySpan<string> arguments)
    {
        uint serial = ++_serial;
        return Send(DBusWriter.Call(serial, member, arguments)) ? serial : 0;
    }

    /// <summary>Sends what DBusWriter makes of a new serial; false without a connection.</summary>
    public bool Send(Func<uint, byte[]> message) => Send(message(++_serial));

    /// <summary>Reads what is there without waiting; false when the connection is over.</summary>
    /// <param name="took">Called with each message, in order.</param>
    public bool Read(Action<DBusMessage> took)
    {
        SysResult got = _stream.Receive(_buffer.AsSpan(_filled), timeoutMs: 0);
        if (got.Error is Errno.EAGAIN or Errno.ETIMEDOUT)
            return true;
        if (got.IsError || got.Value == 0)
            return false;
        _filled += got.Value;
        return Cut(took);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private bool Cut(Action<DBusMessage> took)
    {
        int at = 0;
        while (true)
        {
            int skipped = (int)Math.Min(_skip, _filled - at);
            (at, _skip) = (at + skipped, _skip - skipped);
            ReadOnlySpan<byte> rest = _buffer.AsSpan(at, _filled - at);
            if (rest.Length < DBusReader.PrefixSize)
                break;
            long length = DBusReader.Length(rest);
            if (length < 0)
                return false;
            if (length > DBusReader.MessageMax)
            {
                // Anybody may send to us; nothing that is meant for us is so long.
                _skip = length;
                continue;
            }

            if (rest.Length < length)
                break;
            if (DBusReader.Read(rest[..(int)length]) is { } message)
                took(message);
            at += (int)length;
        }

        _buffer.AsSpan(at, _filled - at).CopyTo(_buffer);
        _filled -= at;
        return true;
    }

    private bool Authenticate()
    {
        string uid = Identities.Uid.ToString(CultureInfo.InvariantCulture);
        string hex = Convert.ToHexString(Encoding.ASCII.GetBytes(uid));
        return Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {hex}\r\n"))
            && Line().StartsWith("OK ", StringComparison.Ordinal)
            && Send("BEGIN\r\n"u8);
    }

    // Byte by byte: what comes behind the line belongs to the messages.
    private string Line()
    {
        Span<byte> line = stackalloc byte[LineMax];
        for (int length = 0; length < line.Length; length++)
        {
            SysResult got = _stream.Receive(line.Slice(length, 1), AuthenticationMs);
            if (got.IsError || got.Value == 0)
                return "";
            if (line[length] == (byte)'\n')
                return Encoding.ASCII.GetString(line[..length]).TrimEnd('\r');
        }

        return "";
    }

    private bool Send(ReadOnlySpan<byte> data) => _stream.SendAll(data, SendMs).IsOk;
}
