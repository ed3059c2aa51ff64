namespace InitTx.Init.Control;

/// <summary>Who may read unit and state: <c>ReadPolicy=</c>.</summary>
internal enum ReadPolicy : byte
{
    /// <summary>Every user of the machine.</summary>
    All,

    /// <summary>Only those who may change.</summary>
    Privileged,
}

/// <summary>
/// Who may do what on the control socket, and its limits. Times are microseconds.
/// </summary>
internal sealed record ControlOptions
{
    /// <summary>
    /// The uid that may change things: 0, or the user's own for a user's manager.
    /// </summary>
    public int OwnerUid { get; init; }

    /// <summary>A group that may change things too, <c>ControlGroup=</c>; -1 for none.</summary>
    public int ControlGid { get; init; } = -1;

    public ReadPolicy ReadPolicy { get; init; }

    /// <summary>Connections at once, one of which only the owner gets.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Connections at once of one uid; the owner is bound by the total alone.</summary>
    public int ConnectionsPerUid { get; init; } = 8;

    /// <summary>From a message's first byte to its NUL.</summary>
    public long FrameTimeoutUs { get; init; } = 2_000_000;

    /// <summary>Without a call.</summary>
    public long IdleTimeoutUs { get; init; } = 300_000_000;

    /// <summary>With output that the client does not take.</summary>
    public long StalledOutputTimeoutUs { get; init; } = 30_000_000;

    /// <summary>Bytes held for one client that reads slowly.</summary>
    public int OutputBytes { get; init; } = 1024 * 1024;

    /// <summary>Beyond this, progress is coalesced and streams pause.</summary>
    public int OutputHighWater { get; init; } = 128 * 1024;

    /// <summary>
    /// Progress of different jobs held for a slow client; beyond it the oldest is dropped.
    /// </summary>
    public int CoalescedProgress { get; init; } = 1_024;
}
