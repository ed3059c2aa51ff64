using System.Buffers;
using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Init.Recovery;

/// <summary>The engine as the journal and the snapshot copy it.</summary>
/// <param name="handsOver">True for the snapshot of a planned re-exec.</param>
internal sealed class EngineStates(Engine engine, bool handsOver = false) : IStateSource
{
    /// <inheritdoc/>
    public int UnitCount => engine.Units.Count;

    /// <inheritdoc/>
    public UnitId UnitAt(int place) => engine.Units[place].Id;

    /// <inheritdoc/>
    public string? UnitNameOf(UnitId unit) => engine.UnitOrNull(unit)?.Name.Value;

    /// <inheritdoc/>
    public void WriteUnit(UnitId unit, IBufferWriter<byte> output) =>
        engine.WriteUnit(unit, output, handsOver);

    /// <inheritdoc/>
    public void WriteEngine(IBufferWriter<byte> output, bool withEnded)
    {
        if (withEnded)
            engine.WriteEngine(output);
        else
            engine.WriteEngineAlone(output);
    }

    /// <inheritdoc/>
    public long FirstEnded => engine.FirstEnded;

    /// <inheritdoc/>
    public long LastEnded => engine.LastEnded;

    /// <inheritdoc/>
    public void WriteEnded(long number, IBufferWriter<byte> output) =>
        engine.WriteEnded(number, output);
}
