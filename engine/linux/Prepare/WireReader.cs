using System.Buffers.Binary;
using System.Text;

namespace InitTx.Linux.Prepare;

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote, total on any bytes: after the first fault
/// <see cref="Failed"/> stays true and every read gives a default.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public bool Failed { get; private set; }

    /// <summary>Everything was read and nothing was wrong.</summary>
    public readonly bool AtEnd => !Failed && _rest.IsEmpty;

    public ushort UInt16() =>
        Take(2) is { Length: 2 } b ? BinaryPrimitives.ReadUInt16LittleEndian(b) : (ushort)0;

    public uint UInt32() =>
        Take(4) is { Length: 4 } b ? BinaryPrimitives.ReadUInt32LittleEndian(b) : 0;

    public int Int32() => Take(4) is { Length: 4 } b ? BinaryPrimitives.ReadInt32LittleEndian(b) : 0;

    public ulong UInt64() =>
        Take(8) is { Length: 8 } b ? BinaryPrimitives.ReadUInt64LittleEndian(b) : 0;

    public bool Bool()
    {
        ReadOnlySpan<byte> b = Take(1);
        if (b.Length == 1 && b[0] > 1)
            Failed = true;
        return b.Length == 1 && b[0] == 1;
    }

    public string? Text()
    {
        uint size = UInt32();
        if (size == uint.MaxValue)
            return null;
        if (size > (uint)_rest.Length)
        {
            Failed = true;
            return null;
        }

        return Encoding.UTF8.GetString(Take((int)size));
    }

    public string Required()
    {
        if (Text() is { } text)
            return text;
        Failed = true;
        return "";
    }

    /// <summary>A count that cannot be larger than what is left could hold.</summary>
    public int Count(int bytesEach)
    {
        uint count = UInt32();
        if (count <= PrepareCodec.MaxCount && (long)count * bytesEach <= _rest.Length)
            return (int)count;
        Failed = true;
        return 0;
    }

    public List<string> Texts()
    {
        int count = Count(4);
        var list = new List<string>(count);
        for (int i = 0; i < count && !Failed; i++)
            list.Add(Required());
        return list;
    }

    public List<KeyValuePair<string, string>> Pairs()
    {
        int count = Count(8);
        var list = new List<KeyValuePair<string, string>>(count);
        for (int i = 0; i < count && !Failed; i++)
            list.Add(new(Required(), Required()));
        return list;
    }

    private ReadOnlySpan<byte> Take(int size)
    {
        if (Failed || size > _rest.Length)
        {
            Failed = true;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..size];
        _rest = _rest[size..];
        return taken;
    }
}
