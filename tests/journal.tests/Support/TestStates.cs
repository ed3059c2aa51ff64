using System.Buffers;
using System.Text;
using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Journal.Tests.Support;

/// <summary>An engine's states, held as byte arrays.</summary>
internal sealed class TestStates : IStateSource
{
    public List<(string? Name, byte[] State)> Units { get; } = [];

    public byte[] Engine { get; set; } = "engine"u8.ToArray();

    public int UnitCount => Units.Count;

    public UnitId UnitAt(int place) => new(place);

    public UnitId Add(string name, string state)
    {
        Units.Add((name, Encoding.UTF8.GetBytes(state)));
        return new UnitId(Units.Count - 1);
    }

    public string? UnitNameOf(UnitId unit) => Units[unit.Value].Name;

    public void WriteUnit(UnitId unit, IBufferWriter<byte> output) =>
        output.Write(Units[unit.Value].State);

    /// <summary>Ended transactions; the first has the number <see cref="FirstEnded"/>.</summary>
    public List<byte[]> Ended { get; } = [];

    public long FirstEnded { get; set; } = 1;

    public long LastEnded => FirstEnded + Ended.Count - 1;

    /// <summary>How many ended transactions were asked for.</summary>
    public int EndedWrites { get; private set; }

    public void WriteEngine(IBufferWriter<byte> output, bool withEnded) => output.Write(Engine);

    public void WriteEnded(long number, IBufferWriter<byte> output)
    {
        EndedWrites++;
        output.Write(Ended[(int)(number - FirstEnded)]);
    }
}
