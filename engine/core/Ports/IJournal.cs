namespace InitTx.Core.Ports;

/// <summary>How much the journal can do now; the words of CONTRACT "journal.level".</summary>
public enum JournalLevel : byte
{
    Full,
    ArchiveAway,
    Ring,
    None,
}

/// <summary>
/// Where committed rows and states go. One call is one transaction: all of it or nothing is found
/// again. Main thread only. It never throws for errors of the world: it degrades, says so, and
/// reports what was lost as a gap.
/// </summary>
public interface IJournal
{
    /// <summary>The present level.</summary>
    JournalLevel Level { get; }

    /// <summary>
    /// Writes the step's records, the changed units' states and, when it changed, the engine's.
    /// </summary>
    /// <returns>True when it is in the store; false when it went to the ring or nowhere.</returns>
    bool Commit(Engine engine, EngineStep step);
}
