namespace InitTx.Journal.Live;

/// <summary>Where an opened store comes from.</summary>
public enum StoreOrigin : byte
{
    /// <summary>None could be opened; rows go to the ring.</summary>
    None,

    /// <summary>Made now: nothing to recover from.</summary>
    Fresh,

    /// <summary>Written earlier in this boot: its states hold.</summary>
    SameBoot,

    /// <summary>
    /// Written in an earlier boot (<c>Store=disk</c>): rows are kept, states are dropped.
    /// </summary>
    EarlierBoot,
}

/// <summary>A unit's state as the engine wrote it.</summary>
public readonly record struct StoredUnit(string Name, ReadOnlyMemory<byte> State);

/// <summary>
/// What <see cref="JournalRecovery.Open"/> found; the journal is usable in every case.
/// </summary>
public sealed record RecoveredJournal
{
    /// <summary>Ready to commit.</summary>
    public required LiveJournal Journal { get; init; }

    public required StoreOrigin Origin { get; init; }

    /// <summary>The engine continues with the next number.</summary>
    public required long HeadSeq { get; init; }

    /// <summary>
    /// The row after which <see cref="Units"/> and <see cref="Engine"/> were written. Lower than
    /// <see cref="HeadSeq"/> means that they are older than what happened: take the snapshot, or
    /// check every unit against /proc and cgroups.
    /// </summary>
    public required long StateSeq { get; init; }

    /// <summary>Sorted by name, ordinal; empty when nothing can be recovered.</summary>
    public required IReadOnlyList<StoredUnit> Units { get; init; }

    /// <summary>The engine's own state; empty when there is none.</summary>
    public required ReadOnlyMemory<byte> Engine { get; init; }

    /// <summary>Ended transactions by the number of their end, ascending.</summary>
    public required IReadOnlyList<KeyValuePair<long, byte[]>> Ended { get; init; }

    /// <summary>What went wrong, for a person, in order.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}
