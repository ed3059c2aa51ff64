using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Framing;

namespace InitTx.Init.Control;

/// <summary>The call that a connection waits for: at most one at a time.</summary>
internal sealed record PendingCall(RequestId Request, bool More, bool NoBlock, bool OneWay);

/// <summary>
/// What the server knows of one client: bytes in, bytes out, the call that is being answered, and
/// until when the client must have done something. Plain state; <see cref="ControlServer"/> acts.
/// </summary>
internal sealed class ControlConnection
{
    private readonly OrderedDictionary<long, EngineReply.Progress> _held = [];

    public ControlConnection(ConnectionId id, PeerIdentity peer, bool privileged, long nowUs)
    {
        Id = id;
        Peer = peer;
        Privileged = privileged;
        LastCallUs = nowUs;
        LastSentUs = nowUs;
    }

    public ConnectionId Id { get; }
    public PeerIdentity Peer { get; }

    /// <summary>May change things.</summary>
    public bool Privileged { get; }

    public FrameReader In { get; } = new(ProtocolLimits.RequestBytes);
    public OutputQueue Out { get; } = new();

    /// <summary>A request that the engine has.</summary>
    public PendingCall? Pending { get; set; }

    /// <summary>An answer that is written in parts as the client takes them.</summary>
    public PlanStream? Stream { get; set; }

    /// <summary>The connection ends once the output is sent.</summary>
    public bool Closing { get; set; }

    /// <summary>
    /// The client wrote its last byte: the connection ends when what came is answered.
    /// </summary>
    public bool InputEnded { get; set; }

    /// <summary>Nobody reads an answer any more, and the socket is closed.</summary>
    public bool PeerIsGone { get; set; }

    /// <summary>Bytes came that were not looked at yet: there may be a whole message.</summary>
    public bool IsUnread { get; set; }

    /// <summary>It waits for its turn.</summary>
    public bool IsQueued { get; set; }

    /// <summary>What the transport was last told to watch.</summary>
    public (bool Readable, bool Writable) Watched { get; set; } = (true, false);

    /// <summary>
    /// When the first byte of an unfinished message came; meaningless without one.
    /// </summary>
    public long FrameBegunUs { get; set; }

    /// <summary>When the last call ended, or the connection began.</summary>
    public long LastCallUs { get; set; }

    /// <summary>When output last moved, or was empty.</summary>
    public long LastSentUs { get; set; }

    /// <summary>Nothing is being answered: the next message may be read.</summary>
    public bool IsIdle => Pending is null && Stream is null && !Closing;

    /// <summary>Progress held back for a slow client.</summary>
    public int HeldCount => _held.Count;

    /// <summary>Keeps the latest progress of a job, in the order of last change.</summary>
    public void Hold(EngineReply.Progress progress, int limit)
    {
        _held.Remove(progress.Job.Value);
        if (_held.Count == limit)
            _held.RemoveAt(0);
        _held.Add(progress.Job.Value, progress);
    }

    /// <summary>Gives back the progress held longest.</summary>
    public EngineReply.Progress TakeHeld()
    {
        EngineReply.Progress first = _held.GetAt(0).Value;
        _held.RemoveAt(0);
        return first;
    }

    /// <summary>
    /// When the client has been silent or slow for too long; long.MaxValue for never.
    /// </summary>
    public long DeadlineUs(ControlOptions options)
    {
        long stalled = Out.Count > 0
            ? LastSentUs + options.StalledOutputTimeoutUs
            : long.MaxValue;

        // A whole message that waits is not the client's delay.
        if (!IsIdle || IsUnread)
            return stalled;
        long next = In.HasPartial
            ? FrameBegunUs + options.FrameTimeoutUs
            : LastCallUs + options.IdleTimeoutUs;
        return Math.Min(stalled, next);
    }

    /// <summary>Gives all memory back.</summary>
    public void Release()
    {
        In.Dispose();
        Out.Clear();
        _held.Clear();
        Stream = null;
    }
}
