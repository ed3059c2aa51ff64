using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace InitTx.Core.Recovery;

/// <summary>
/// Writes recorded state: little-endian, lengths before contents, words instead of enum numbers.
/// Its counterpart is <see cref="RecordReader"/>.
/// </summary>
internal readonly struct RecordWriter(IBufferWriter<byte> output)
{
    public void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    public void Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    public void Ulong(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    /// <summary>Null is length -1.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Int(-1);
            return;
        }

        int length = Encoding.UTF8.GetByteCount(value);
        Int(length);
        Encoding.UTF8.GetBytes(value, output.GetSpan(length));
        output.Advance(length);
    }

    public void Time(Instant value)
    {
        Long(value.MonotonicUs);
        Long(value.RealtimeUs);
    }

    public void Process(ProcessIdentity value)
    {
        Int(value.Pid);
        Ulong(value.StartTicks);
    }

    public void Texts(IReadOnlyList<string> values)
    {
        Int(values.Count);
        for (int i = 0; i < values.Count; i++)
            Text(values[i]);
    }
}
