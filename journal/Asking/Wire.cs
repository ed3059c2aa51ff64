using System.Buffers.Binary;
using System.Text;

namespace InitTx.Journal.Asking;

/// <summary>Writes little-endian values one after another; grows as needed.</summary>
internal sealed class WireWriter
{
    private byte[] _buffer = new byte[512];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Byte(byte value) => Room(1)[0] = value;

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int(int value) => BinaryPrimitives.WriteInt32LittleEndian(Room(4), value);

    public void Long(long value) => BinaryPrimitives.WriteInt64LittleEndian(Room(8), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Room(8), value);

    /// <summary>A flag, and the value where it is set.</summary>
    public void Maybe(long? value)
    {
        Flag(value is not null);
        if (value is { } known)
            Long(known);
    }

    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Int(length);
        Encoding.UTF8.GetBytes(value, Room(length));
    }

    public void MaybeText(string? value)
    {
        Flag(value is not null);
        if (value is not null)
            Text(value);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int(value.Length);
        value.CopyTo(Room(value.Length));
    }

    /// <summary>Writes a number where one was written before.</summary>
    public void Put(int at, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(at), value);

    /// <summary>Writes a flag where one was written before.</summary>
    public void PutFlag(int at, bool value) => _buffer[at] = value ? (byte)1 : (byte)0;

    private Span<byte> Room(int count)
    {
        if (Length + count > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + count));
        Length += count;
        return _buffer.AsSpan(Length - count, count);
    }
}

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote, from bytes that nobody is to be trusted for: after
/// the first that is wrong <see cref="Failed"/> stays set and everything reads as zero or empty.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Something was cut short or out of its range.</summary>
    public bool Failed { get; private set; }

    /// <summary>Everything was read, and all of it was right.</summary>
    public readonly bool IsDone => !Failed && _rest.IsEmpty;

    public byte Byte() => Take(1) is { IsEmpty: false } taken ? taken[0] : (byte)0;

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => Fail(),
    };

    public int Int() =>
        Take(4) is { IsEmpty: false } taken ? BinaryPrimitives.ReadInt32LittleEndian(taken) : 0;

    public long Long() =>
        Take(8) is { IsEmpty: false } taken ? BinaryPrimitives.ReadInt64LittleEndian(taken) : 0;

    public double Double() =>
        Take(8) is { IsEmpty: false } taken ? BinaryPrimitives.ReadDoubleLittleEndian(taken) : 0;

    public long? Maybe() => Flag() ? Long() : null;

    /// <summary>Text of at most so many bytes.</summary>
    public string Text(int most)
    {
        int length = Count(most);
        return length == 0 ? "" : Encoding.UTF8.GetString(Take(length));
    }

    public string? MaybeText(int most) => Flag() ? Text(most) : null;

    public byte[] Bytes(int most) => Take(Count(most)).ToArray();

    /// <summary>A number of things, 0 to <paramref name="most"/>.</summary>
    public int Count(int most)
    {
        int count = Int();
        if (count >= 0 && count <= most)
            return count;
        Fail();
        return 0;
    }

    public bool Fail()
    {
        Failed = true;
        _rest = [];
        return false;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count == 0)
            return [];
        if (Failed || _rest.Length < count)
        {
            Fail();
            return [];
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
