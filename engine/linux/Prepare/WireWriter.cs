using System.Buffers.Binary;
using System.Text;

namespace InitTx.Linux.Prepare;

/// <summary>
/// Appends little-endian fields to a growing buffer. Past <see cref="PrepareCodec.MaxMessage"/> it
/// stops writing and says so in <see cref="Overflowed"/>.
/// </summary>
internal sealed class WireWriter
{
    private byte[] _buffer = new byte[1024];

    public int Length { get; private set; }

    public bool Overflowed { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Reset()
    {
        Length = 0;
        Overflowed = false;
    }

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Room(2), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Room(4), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);

    public void Bool(bool value) => Room(1)[0] = value ? (byte)1 : (byte)0;

    /// <summary>Null and empty are told apart.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            UInt32(uint.MaxValue);
            return;
        }

        int size = Encoding.UTF8.GetByteCount(value);
        UInt32((uint)size);
        Encoding.UTF8.GetBytes(value, Room(size));
    }

    public void Texts(IReadOnlyList<string> values)
    {
        UInt32((uint)values.Count);
        for (int i = 0; i < values.Count; i++)
            Text(values[i]);
    }

    public void Pairs(IReadOnlyList<KeyValuePair<string, string>> values)
    {
        UInt32((uint)values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            Text(values[i].Key);
            Text(values[i].Value);
        }
    }

    private Span<byte> Room(int size)
    {
        if (Length + size > PrepareCodec.MaxMessage)
        {
            Overflowed = true;
            return new byte[size];
        }

        if (Length + size > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + size));
        Span<byte> room = _buffer.AsSpan(Length, size);
        Length += size;
        return room;
    }
}
