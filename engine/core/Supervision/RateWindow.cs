namespace InitTx.Core.Supervision;

/// <summary>
/// Counts what happened within a window that slides: at most <c>burst</c> within <c>interval</c>
/// for every history of calls. Allocates when it first counts, then only when the burst grows. A
/// field of its owner, never a copy: a unit has three, mostly empty.
/// </summary>
internal struct RateWindow
{
    private long[]? _times;
    private int _first;
    private int _count;

    public readonly int Count => _count;

    /// <summary>The i-th remembered instant, oldest first.</summary>
    public readonly long this[int i] => _times![(_first + i) % _times.Length];

    /// <summary>
    /// Counts one more if the limit allows it. An interval or burst of 0 means no limit
    /// (systemd.unit(5), StartLimitIntervalSec=).
    /// </summary>
    public bool TryTake(long nowUs, long intervalUs, int burst, int maxBurst)
    {
        if (intervalUs <= 0 || burst <= 0)
            return true;
        burst = Math.Min(burst, maxBurst);
        while (_count > 0 && (_count > burst || nowUs - _times![_first] >= intervalUs))
            DropFirst();
        if (_count == burst)
            return false;
        Append(nowUs);
        return true;
    }

    public void Clear() => (_first, _count) = (0, 0);

    /// <summary>Adds an instant that was recorded earlier.</summary>
    public void Append(long timeUs)
    {
        if (_times is null || _count == _times.Length)
            Grow();
        _times![(_first + _count++) % _times.Length] = timeUs;
    }

    private void DropFirst()
    {
        _first = (_first + 1) % _times!.Length;
        _count--;
    }

    private void Grow()
    {
        var larger = new long[Math.Max(4, _count * 2)];
        for (int i = 0; i < _count; i++)
            larger[i] = this[i];
        (_times, _first) = (larger, 0);
    }
}
