namespace InitTx.Linux.Loop;

/// <summary>
/// What a descriptor is registered under: a kind that the owner of the loop chooses, and an id of
/// 56 bits. Kind 255 is the loop's own.
/// </summary>
/// <param name="Raw">The 64 bits epoll carries.</param>
public readonly record struct EventKey(ulong Raw)
{
    internal static readonly EventKey Deadline = new(ulong.MaxValue);
    internal static readonly EventKey Lasting = new(ulong.MaxValue - 1);

    /// <summary>A key of a kind and an id that fits 56 bits.</summary>
    public EventKey(byte kind, ulong id)
        : this(((ulong)kind << 56) | (id & 0x00FF_FFFF_FFFF_FFFF))
    {
    }

    /// <summary>The kind.</summary>
    public byte Kind => (byte)(Raw >> 56);

    /// <summary>The id.</summary>
    public ulong Id => Raw & 0x00FF_FFFF_FFFF_FFFF;
}
