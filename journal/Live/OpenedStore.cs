namespace InitTx.Journal.Live;

/// <summary>
/// An open store with what belongs to it; <see cref="Store"/> is null when none opened.
/// </summary>
internal sealed class OpenedStore
{
    public static readonly OpenedStore None = new();

    public LiveStore? Store { get; init; }
    public FileWatch? Watch { get; init; }
    public StoreOrigin Origin { get; init; }

    /// <summary>An earlier file had to be put aside.</summary>
    public bool Quarantined { get; set; }

    public IReadOnlyList<BootStart> Boots { get; init; } = [];
    public IReadOnlyList<StoredUnit> Units { get; init; } = [];
    public ReadOnlyMemory<byte> Engine { get; init; }
    public IReadOnlyList<KeyValuePair<long, byte[]>> Ended { get; init; } = [];
}

/// <summary>A boot and the first row number that belongs to it.</summary>
internal readonly record struct BootStart(long FirstSeq, string BootId);
