using System.Buffers.Binary;
using InitTx.Journal.Asking;
using InitTx.Linux;
using InitTx.Linux.Control;

namespace InitTx.Archive.Answering;

/// <summary>
/// One client: collects a request frame, holds the answer until it is read. Never waits.
/// </summary>
internal sealed class AnswerConnection(
    ControlConnection socket, ulong id, PeerUser peer, int viewer, long nowUs) : IDisposable
{
    private const int Header = sizeof(int);

    private byte[] _in = new byte[512];
    private int _have;
    private byte[] _out = [];
    private int _sent;

    public ulong Id => id;
    public int Fd => socket.Fd;
    public PeerUser Peer => peer;

    /// <summary>As whom it reads.</summary>
    public int Viewer => viewer;

    /// <summary>CLOCK_BOOTTIME microseconds at which it has been silent or slow for too
    /// long.</summary>
    public long DeadlineUs { get; private set; } = nowUs + AskLimits.IdleUs;

    /// <summary>Requests so far.</summary>
    public int Requests { get; private set; }

    /// <summary>Bytes that are still to be sent.</summary>
    public int Unsent => _out.Length - _sent;

    /// <summary>It ends when everything is sent.</summary>
    public bool Closing { get; private set; }

    /// <summary>A whole request waits, and nothing is left to be sent.</summary>
    public bool HasRequest => Unsent == 0 && !Closing && _have >= Header && _have >= Whole;

    private int Whole => Header + BinaryPrimitives.ReadInt32LittleEndian(_in);

    /// <summary>Takes what has come; false when the client is gone.</summary>
    public bool Read(long nowUs)
    {
        while (!Closing && Unsent == 0 && !HasRequest)
        {
            if (_have == _in.Length)
                Array.Resize(ref _in, Math.Min(_in.Length * 2, Header + AskLimits.Request));
            SysResult got = socket.Receive(_in.AsSpan(_have));
            if (got.Error == Errno.EAGAIN)
                return true;
            if (got.IsError || got.Value == 0)
                return false;
            if (_have == 0)
                DeadlineUs = nowUs + AskLimits.FrameUs;
            _have += got.Value;
            int length = _have < Header ? 0 : Whole - Header;
            if (length is < 0 or > AskLimits.Request)
                End(AnswerForms.TooLong, nowUs);
        }

        return true;
    }

    /// <summary>Takes the request that waits.</summary>
    public byte[] Take()
    {
        int whole = Whole;
        byte[] request = _in[Header..whole];
        _have -= whole;
        _in.AsSpan(whole, _have).CopyTo(_in);
        if (_in.Length > 4096 && _have == 0)
            _in = new byte[512];
        Requests++;
        return request;
    }

    /// <summary>Sets what is to be sent.</summary>
    public void Put(byte[] answer, long nowUs)
    {
        _out = new byte[Header + answer.Length];
        BinaryPrimitives.WriteInt32LittleEndian(_out, answer.Length);
        answer.CopyTo(_out, Header);
        _sent = 0;
        DeadlineUs = nowUs + AskLimits.FrameUs;
    }

    /// <summary>Sends a last answer.</summary>
    public void End(byte[] answer, long nowUs)
    {
        Put(answer, nowUs);
        Closing = true;
    }

    /// <summary>Sends what the socket takes; false when the client is gone or all said.</summary>
    public bool Flush(long nowUs)
    {
        while (Unsent > 0)
        {
            SysResult sent = socket.Send(_out.AsSpan(_sent));
            if (sent.Error == Errno.EAGAIN)
                return true;
            if (sent.IsError)
                return false;
            _sent += sent.Value;
        }

        if (_out.Length > 0)
        {
            _out = [];
            _sent = 0;
            DeadlineUs = nowUs + (_have > 0 ? AskLimits.FrameUs : AskLimits.IdleUs);
        }

        return !Closing;
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}

/// <summary>Refusals that need no archive.</summary>
internal static class AnswerForms
{
    public static byte[] TooLong { get; } = ArchiveAnswerer.Refuse(
        $"a request has at most {AskLimits.Request} bytes");

    public static byte[] TooMany(string what) => ArchiveAnswerer.Refuse(what);
}
