using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Running;

/// <summary>
/// A 64-bit digest of a sequence of numbers and words; for comparison, not for secrets.
/// </summary>
internal struct TraceHash
{
    private ulong _state;

    /// <summary>The digest so far.</summary>
    public readonly ulong Value => Seed.Finish(_state);

    /// <summary>One number.</summary>
    public void Add(long value) =>
        _state = ((ulong.RotateLeft(_state, 23) ^ (ulong)value) * 0x9E3779B97F4A7C15)
            + 0x632BE59BD9B4E019;

    /// <summary>One word; null differs from empty.</summary>
    public void Add(string? text)
    {
        if (text is null)
        {
            Add(-1);
            return;
        }

        Add(text.Length);
        foreach (char c in text)
            _state = (_state ^ c) * 0x100000001B3;
    }
}
