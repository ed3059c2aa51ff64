using InitTx.Core.Ports;

namespace InitTx.Journal.Live;

/// <summary>What <c>initx status</c> shows of the journal.</summary>
/// <param name="Rows">Rows in the store and the ring.</param>
/// <param name="Gaps">Gap rows among them.</param>
/// <param name="RingRows">Rows that wait in the ring.</param>
/// <param name="RingLost">Rows that the ring had to give up since it was last emptied.</param>
/// <param name="Quarantines">Stores put aside in this boot.</param>
/// <param name="LastError">The last problem, or null.</param>
public sealed record JournalHealth(
    JournalLevel Level,
    long HeadSeq,
    long Rows,
    long Gaps,
    int RingRows,
    long RingLost,
    int Quarantines,
    string? LastError);
