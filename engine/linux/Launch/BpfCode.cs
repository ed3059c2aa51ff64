using System.Buffers.Binary;

namespace InitTx.Linux.Launch;

/// <summary>
/// Instructions of eBPF (bpf(2), the kernel's instruction-set document), 8 bytes each, with jumps
/// that only go forward. Registers are numbers: 0 the answer, 1 to 5 arguments, which a call
/// destroys, 6 to 9 kept, 10 the end of the stack.
/// </summary>
internal sealed class BpfCode
{
    public const byte Answer = 0;
    public const byte Context = 1;
    public const byte Stack = 10;

    private readonly List<byte> _bytes = [];

    /// <summary>All so far.</summary>
    public byte[] Bytes => [.. _bytes];

    /// <summary>How many instructions so far; a map's address counts as two.</summary>
    public int Count => _bytes.Count / 8;

    /// <summary>target = *(u32 *)(source + offset).</summary>
    public void Load(byte target, byte source, short offset) =>
        Put(0x61, target, source, offset, 0);

    /// <summary>*(u32 *)(target + offset) = value.</summary>
    public void Store(byte target, short offset, int value) => Put(0x62, target, 0, offset, value);

    /// <summary>target = source.</summary>
    public void Move(byte target, byte source) => Put(0xBF, target, source, 0, 0);

    /// <summary>target = value.</summary>
    public void Set(byte target, int value) => Put(0xB7, target, 0, 0, value);

    /// <summary>target += value.</summary>
    public void Add(byte target, int value) => Put(0x07, target, 0, 0, value);

    /// <summary>The low half of target &amp;= value.</summary>
    public void And(byte target, int value) => Put(0x54, target, 0, 0, value);

    /// <summary>The low half of target >>= bits.</summary>
    public void ShiftRight(byte target, int bits) => Put(0x74, target, 0, 0, bits);

    /// <summary>The low 16 bits of target from the network's byte order.</summary>
    public void FromNetwork16(byte target) => Put(0xDC, target, 0, 0, 16);

    /// <summary>The address of a map, by its descriptor (BPF_PSEUDO_MAP_FD).</summary>
    public void LoadMap(byte target, int map)
    {
        Put(0x18, target, 1, 0, map);
        Put(0, 0, 0, 0, 0);
    }

    /// <summary>Calls a helper function of the kernel (enum bpf_func_id).</summary>
    public void Call(int function) => Put(0x85, 0, 0, 0, function);

    /// <summary>A jump over what follows, to be ended by <see cref="Land"/>; its place.</summary>
    public int JumpIfEqual(byte target, int value) => Jump(0x15, target, 0, value);

    /// <inheritdoc cref="JumpIfEqual"/>
    public int JumpIfNotEqual(byte target, int value) => Jump(0x55, target, 0, value);

    /// <inheritdoc cref="JumpIfEqual"/>
    public int JumpIfNotSame(byte target, byte source) => Jump(0x5D, target, source, 0);

    /// <summary>As numbers without a sign.</summary>
    /// <inheritdoc cref="JumpIfEqual"/>
    public int JumpIfBelow(byte target, int value) => Jump(0xA5, target, 0, value);

    /// <inheritdoc cref="JumpIfBelow"/>
    public int JumpIfAbove(byte target, int value) => Jump(0x25, target, 0, value);

    /// <summary>Whatever the registers hold.</summary>
    /// <inheritdoc cref="JumpIfEqual"/>
    public int Jump() => Jump(0x05, 0, 0, 0);

    /// <summary>Jumps to here from there.</summary>
    public void Land(int place)
    {
        Span<byte> distance = stackalloc byte[2];
        BinaryPrimitives.WriteInt16LittleEndian(distance, checked((short)(Count - place - 1)));
        (_bytes[(place * 8) + 2], _bytes[(place * 8) + 3]) = (distance[0], distance[1]);
    }

    /// <summary>The end with this answer: for groups 1 lets it pass, 0 does not.</summary>
    public void Return(int answer)
    {
        Set(Answer, answer);
        Put(0x95, 0, 0, 0, 0);
    }

    private int Jump(byte operation, byte target, byte source, int value)
    {
        Put(operation, target, source, 0, value);
        return Count - 1;
    }

    private void Put(byte operation, byte target, byte source, short offset, int value)
    {
        Span<byte> one = stackalloc byte[8];
        one[0] = operation;
        one[1] = (byte)(target | (source << 4));
        BinaryPrimitives.WriteInt16LittleEndian(one[2..], offset);
        BinaryPrimitives.WriteInt32LittleEndian(one[4..], value);
        _bytes.AddRange(one);
    }
}
