using System.Buffers;

namespace InitTx.Core.Ports;

/// <summary>
/// The persistent state of an engine as bytes, unit by unit: what a journal stores beside the rows
/// and what a hand-over snapshot holds. The engine implements it; a store only copies. The bytes
/// carry their own version. Main thread only; nothing is kept after a call returns.
/// </summary>
public interface IStateSource
{
    /// <summary>How many units there are.</summary>
    int UnitCount { get; }

    /// <summary>The unit at a place from 0 to <see cref="UnitCount"/>, exclusive.</summary>
    UnitId UnitAt(int place);

    /// <summary>
    /// The unit's name, the same string object every time; null for an id that is unused.
    /// </summary>
    string? UnitNameOf(UnitId unit);

    /// <summary>
    /// Appends the unit's persistent state; appends nothing when nothing needs to be remembered
    /// (the store then forgets the unit).
    /// </summary>
    void WriteUnit(UnitId unit, IBufferWriter<byte> output);

    /// <summary>
    /// Appends counters, open transactions, the manager's own state and, for a hand-over, ended
    /// transactions.
    /// </summary>
    /// <param name="withEnded">False for a store, which keeps each ended one by itself.</param>
    void WriteEngine(IBufferWriter<byte> output, bool withEnded);

    /// <summary>The number of the oldest ended transaction to be kept.</summary>
    long FirstEnded { get; }

    /// <summary>
    /// The number of the newest one, below <see cref="FirstEnded"/> when there is none. Numbers
    /// have no hole and only grow, but for an engine that had to begin without its state.
    /// </summary>
    long LastEnded { get; }

    /// <summary>Appends an ended transaction; the same bytes for a number every time.</summary>
    void WriteEnded(long number, IBufferWriter<byte> output);
}
