using InitTx.Journal.Degraded;
using InitTx.Linux.BlackBox;

namespace InitTx.Init.Recovery;

/// <summary>
/// The journal's ring in the black box. The shim's ring only appends; clearing moves the start
/// behind everything that is there, and after a crash the old slots come back, which the journal
/// tells apart by their sequence numbers.
/// </summary>
internal sealed class BlackBoxRing : IDegradedRing
{
    /// <summary>Slots of the shim's ring; one record of ours takes one.</summary>
    private const int ShimCapacity = 4096;

    private readonly byte[] _slot = new byte[DegradedRing.LargestRecord];
    private ulong _start;
    private ulong _cursor;
    private int _cursorIndex;
    private long _sequence;

    public BlackBoxRing()
    {
        ulong cursor = 0;
        while (DegradedRing.Read(ref cursor, out long sequence, _slot) >= 0)
        {
            Count++;
            _sequence = Math.Max(_sequence, sequence);
        }
    }

    /// <inheritdoc/>
    public int SlotSize => 448;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public long Lost { get; private set; }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> slot)
    {
        if (DegradedRing.Append(++_sequence, slot) < 0)
        {
            Lost++;
        }
        else if (Count < ShimCapacity)
        {
            Count++;
        }
        else
        {
            Lost++;
            _cursorIndex = 0;
            _cursor = _start;
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Read(int index)
    {
        if (index < _cursorIndex)
        {
            _cursorIndex = 0;
            _cursor = _start;
        }

        int length = 0;
        while (_cursorIndex <= index)
        {
            length = DegradedRing.Read(ref _cursor, out _, _slot);
            if (length < 0)
                return default;
            _cursorIndex++;
        }

        return _slot.AsSpan(0, length);
    }

    /// <inheritdoc/>
    public void Clear()
    {
        ulong cursor = _start;
        while (DegradedRing.Read(ref cursor, out _, _slot) >= 0)
        {
        }

        _start = cursor;
        _cursor = cursor;
        _cursorIndex = 0;
        Count = 0;
        Lost = 0;
    }
}
