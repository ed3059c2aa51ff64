namespace InitTx.Linux.Notify;

/// <summary>
/// A token bucket for each unit: how many notify messages a second it may have handled. What is
/// beyond is dropped, so that one service cannot fill the journal or starve the rest. Allocates
/// nothing once a unit is known. Main thread only.
/// </summary>
/// <param name="perSecond">Tokens that come back each second.</param>
/// <param name="burst">Tokens at most.</param>
public sealed class NotifyLimiter(int perSecond = 100, int burst = 400)
{
    private readonly Dictionary<int, Bucket> _buckets = [];

    /// <summary>Messages refused so far.</summary>
    public long Refused { get; private set; }

    /// <summary>Takes a token; false when the unit has none left.</summary>
    /// <param name="nowUs">CLOCK_BOOTTIME, microseconds.</param>
    public bool TryTake(int unit, long nowUs)
    {
        ref var bucket = ref System.Runtime.InteropServices.CollectionsMarshal
            .GetValueRefOrAddDefault(_buckets, unit, out bool known);
        long full = (long)burst * 1_000_000;
        if (!known)
            bucket = new() { MicroTokens = full, LastUs = nowUs };
        long elapsed = Math.Clamp(nowUs - bucket.LastUs, 0, full);
        bucket.MicroTokens = Math.Min(full, bucket.MicroTokens + (elapsed * perSecond));
        bucket.LastUs = nowUs;
        if (bucket.MicroTokens < 1_000_000)
        {
            Refused++;
            return false;
        }

        bucket.MicroTokens -= 1_000_000;
        return true;
    }

    /// <summary>The unit is gone.</summary>
    public void Forget(int unit) => _buckets.Remove(unit);

    private struct Bucket
    {
        internal long MicroTokens;
        internal long LastUs;
    }
}
