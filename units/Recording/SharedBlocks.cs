using System.Buffers;

namespace InitTx.Units.Recording;

/// <summary>
/// Blocks of bytes, each kept once and numbered in the order of its first appearance: what most
/// units have in common is written, and comes back, as one object.
/// </summary>
internal sealed class SharedBlocks
{
    private const int None = -1;

    private readonly ArrayBufferWriter<byte> _bytes = new(4 * 1024);
    private readonly List<(int Start, int Length, int Next)> _blocks = [];
    private readonly Dictionary<uint, int> _newest = [];
    private readonly Dictionary<object, int> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>How many there are.</summary>
    public int Count => _blocks.Count;

    /// <summary>All of them, one behind the other.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>Where a block is put together; one at a time.</summary>
    public ArrayBufferWriter<byte> Scratch { get; } = new(256);

    /// <summary>The number of an object that was met before.</summary>
    public bool TryFind(object item, out int index) => _known.TryGetValue(item, out index);

    /// <summary>The number of the block in <see cref="Scratch"/>, which is an object's.</summary>
    public int Keep(object item)
    {
        ReadOnlySpan<byte> block = Scratch.WrittenSpan;
        uint hash = HashOf(block);
        if (!_newest.TryGetValue(hash, out int newest))
            newest = None;
        int index = newest;
        while (index != None && !Same(_blocks[index], block))
            index = _blocks[index].Next;
        if (index == None)
        {
            index = _blocks.Count;
            _blocks.Add((_bytes.WrittenCount, block.Length, newest));
            _newest[hash] = index;
            _bytes.Write(block);
        }

        _known.Add(item, index);
        return index;
    }

    private bool Same((int Start, int Length, int Next) kept, ReadOnlySpan<byte> block) =>
        _bytes.WrittenSpan.Slice(kept.Start, kept.Length).SequenceEqual(block);

    // FNV-1a.
    private static uint HashOf(ReadOnlySpan<byte> block)
    {
        uint hash = 2_166_136_261;
        foreach (byte b in block)
            hash = unchecked((hash ^ b) * 16_777_619);
        return hash;
    }
}
