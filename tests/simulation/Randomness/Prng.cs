namespace InitTx.Simulation.Randomness;

/// <summary>
/// xoshiro256** (Blackman and Vigna), its state filled by splitmix64. Our own, because the
/// sequence must be the same on every runtime and version for ever. Not thread-safe.
/// </summary>
internal sealed class Prng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>A generator whose whole sequence follows from <paramref name="seed"/>.</summary>
    public Prng(ulong seed)
    {
        _s0 = Splitmix(ref seed);
        _s1 = Splitmix(ref seed);
        _s2 = Splitmix(ref seed);
        _s3 = Splitmix(ref seed);
    }

    /// <summary>64 uniform bits.</summary>
    public ulong Next()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>
    /// 0 to <paramref name="bound"/> - 1; the bias of the multiplication is below 2⁻³².
    /// </summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    /// <summary>Both ends included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>True <paramref name="percent"/> times in a hundred.</summary>
    public bool Percent(int percent) => Below(100) < percent;

    /// <summary>True once in <paramref name="n"/> times.</summary>
    public bool OneIn(int n) => Below(n) == 0;

    /// <summary>One of the items, each as likely as the other.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>The index of a weight, as likely as its share of the sum.</summary>
    public int Weighted(ReadOnlySpan<int> weights)
    {
        int sum = 0;
        foreach (int w in weights)
            sum += w;
        int at = Below(sum);
        for (int i = 0; i < weights.Length; i++)
        {
            at -= weights[i];
            if (at < 0)
                return i;
        }

        throw new InvalidOperationException("weights without a sum");
    }

    private static ulong Splitmix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        return Seed.Finish(state);
    }
}
