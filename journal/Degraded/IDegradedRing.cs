namespace InitTx.Journal.Degraded;

/// <summary>
/// A bounded ring of fixed slots that keeps the last rows while no store takes them. It is
/// allocated before it is needed and must not fail when written. In PID 1 it lies in the black box,
/// so that it survives a crash; <see cref="MemoryRing"/> is the fallback that does not.
/// Main thread only.
/// </summary>
public interface IDegradedRing
{
    /// <summary>
    /// Bytes of a slot, at least <see cref="RecordCodec.MinSlotSize"/>; 0 when there is no ring.
    /// </summary>
    int SlotSize { get; }

    /// <summary>Slots that are in use, oldest first.</summary>
    int Count { get; }

    /// <summary>Slots overwritten before they were read, since the ring was last cleared.</summary>
    long Lost { get; }

    /// <summary>
    /// Writes a slot; a full ring gives up its oldest and counts it in <see cref="Lost"/>.
    /// </summary>
    /// <param name="slot">At most <see cref="SlotSize"/> bytes; it carries its own length and
    /// checksum.</param>
    void Append(ReadOnlySpan<byte> slot);

    /// <summary>
    /// The slot at <paramref name="index"/>, 0 the oldest. The content is not to be trusted: a
    /// crash may have torn it. Valid until the next call that writes.
    /// </summary>
    ReadOnlySpan<byte> Read(int index);

    /// <summary>Empties the ring; called only after its rows were committed elsewhere.</summary>
    void Clear();
}
