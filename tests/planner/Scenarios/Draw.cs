namespace InitTx.PlannerCheck.Scenarios;

/// <summary>
/// splitmix64 (Steele, Lea and Flood): numbers that follow from a seed on every runtime.
/// </summary>
internal struct Draw(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to below <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)((Next() >> 32) * (ulong)limit >> 32);

    public bool OneIn(int times) => Below(times) == 0;

    public T Pick<T>(T[] items) => items[Below(items.Length)];
}
