namespace InitTx.Journal.Degraded;

/// <summary>No ring at all: what no store takes is lost, and reported as a gap later.</summary>
public sealed class NoRing : IDegradedRing
{
    /// <summary>The one instance.</summary>
    public static readonly NoRing Instance = new();

    private NoRing()
    {
    }

    /// <inheritdoc/>
    public int SlotSize => 0;

    /// <inheritdoc/>
    public int Count => 0;

    /// <inheritdoc/>
    public long Lost => 0;

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> slot)
    {
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Read(int index) => [];

    /// <inheritdoc/>
    public void Clear()
    {
    }
}
