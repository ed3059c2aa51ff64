namespace InitTx.Journal.Degraded;

/// <summary>
/// A ring in this process's memory: nothing survives a crash but what the store has.
/// </summary>
public sealed class MemoryRing : IDegradedRing
{
    private readonly byte[] _slots;
    private readonly int _capacity;
    private int _first;

    /// <summary>Allocates all of it at once.</summary>
    /// <param name="capacity">Slots, at least 1.</param>
    /// <param name="slotSize">Bytes of a slot.</param>
    public MemoryRing(int capacity, int slotSize = 512)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(slotSize, RecordCodec.MinSlotSize);
        _capacity = capacity;
        SlotSize = slotSize;
        _slots = new byte[capacity * slotSize];
    }

    /// <inheritdoc/>
    public int SlotSize { get; }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public long Lost { get; private set; }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> slot)
    {
        if (Count == _capacity)
        {
            _first = (_first + 1) % _capacity;
            Count--;
            Lost++;
        }

        slot.CopyTo(SlotAt(Count));
        Count++;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Read(int index) => SlotAt(index);

    /// <inheritdoc/>
    public void Clear()
    {
        _first = 0;
        Count = 0;
        Lost = 0;
    }

    private Span<byte> SlotAt(int index) =>
        _slots.AsSpan((_first + index) % _capacity * SlotSize, SlotSize);
}
