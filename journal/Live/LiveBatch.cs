using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Journal.Live;

/// <summary>What one transaction writes; built for each commit on the stack.</summary>
internal readonly ref struct LiveBatch
{
    public required IStateSource States { get; init; }
    public required List<JournalRecord> Records { get; init; }
    public required List<UnitId> Changed { get; init; }
    public required bool EngineChanged { get; init; }

    /// <summary>
    /// After a time without the store: also what the ring kept, every unit's state and the
    /// engine's.
    /// </summary>
    public required bool CatchUp { get; init; }

    /// <summary>The engine's state is part of it.</summary>
    public bool WritesEngine => EngineChanged || CatchUp;

    /// <summary>
    /// Why numbers between the last stored row and the next one are missing, if they are.
    /// </summary>
    public required string HoleReason { get; init; }
}
