using System.Buffers;
using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Init.Recovery;

/// <summary>The engine as the journal and the snapshot copy it.</summary>
internal sealed class EngineStates(Engine engine) : IStateSource
{
    /// <inheritdoc/>
    public int UnitCount => engine.Units.Count;

    /// <inheritdoc/>
    public string? UnitNameOf(UnitId unit) => engine.Unit(unit).Name.Value;

    /// <inheritdoc/>
    public void WriteUnit(UnitId unit, IBufferWriter<byte> output) => engine.WriteUnit(unit, output);

    /// <inheritdoc/>
    public void WriteEngine(IBufferWriter<byte> output) => engine.WriteEngine(output);
}
