using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using InitTx.Core.Ports;
using InitTx.Journal.Degraded;

namespace InitTx.Init.Recovery;

/// <summary>What a snapshot holds.</summary>
/// <param name="IsComplete">
/// The last act of an image that handed everything over, no state kept for a crash.
/// </param>
internal sealed record SnapshotContent(
    long HeadSeq,
    byte[] Engine,
    IReadOnlyList<KeyValuePair<string, byte[]>> Units,
    bool IsComplete);

/// <summary>
/// All persistent state in a sealed memfd: written before a planned re-exec and after each commit
/// that the store could not take. Recovery prefers it when it is not older than the store
/// (DESIGN §8: snapshot, live.db, or /proc and cgroups, in that order).
/// </summary>
/// <remarks>
/// Form: magic, head seq (its highest bit: complete), engine length and bytes, then name length, name, length, bytes per unit,
/// and a CRC-32C over all before it. Anything that does not check out is no snapshot.
/// </remarks>
internal sealed class StateSnapshot
{
    private const ulong Magic = 0x31504E5358495449; // "ITIXSNP1"
    private const int MaxUnits = 65_536;
    private const ulong CompleteBit = 1UL << 63;

    private readonly HeldBlob _blob = new("state-snapshot");
    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly ArrayBufferWriter<byte> _part = new(4 * 1024);

    public bool IsHeld => _blob.IsHeld;

    public string? Write(IStateSource states, long headSeq, bool isComplete = false)
    {
        _buffer.ResetWrittenCount();
        Number(Magic);
        Number((ulong)headSeq | (isComplete ? CompleteBit : 0));
        _part.ResetWrittenCount();
        states.WriteEngine(_part, withEnded: true);
        Bytes(_part.WrittenSpan);
        for (int place = 0; place < states.UnitCount; place++)
        {
            Core.UnitId unit = states.UnitAt(place);
            if (states.UnitNameOf(unit) is not { } name)
                continue;
            _part.ResetWrittenCount();
            states.WriteUnit(unit, _part);
            if (_part.WrittenCount == 0)
                continue;
            Bytes(Encoding.UTF8.GetBytes(name));
            Bytes(_part.WrittenSpan);
        }

        Number(Crc32C.Of(_buffer.WrittenSpan));
        return _blob.Replace(_buffer.WrittenSpan);
    }

    public void Drop() => _blob.Drop();

    public SnapshotContent? TakeOver(IReadOnlyList<Linux.BlackBox.HeldDescriptor> held) =>
        _blob.TakeOver(held) is { } bytes ? Parse(bytes) : null;

    /// <summary>Null for anything but an undamaged snapshot; total on any bytes.</summary>
    internal static SnapshotContent? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 28 || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            return null;
        ReadOnlySpan<byte> body = bytes[..^8];
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]) != Crc32C.Of(body))
            return null;
        ulong head = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]);
        ReadOnlySpan<byte> rest = body[16..];
        if (!Take(ref rest, out ReadOnlySpan<byte> engine))
            return null;
        byte[] engineBytes = engine.ToArray();
        var units = new List<KeyValuePair<string, byte[]>>();
        while (!rest.IsEmpty && units.Count < MaxUnits)
        {
            if (!Take(ref rest, out ReadOnlySpan<byte> name) || !Take(ref rest, out ReadOnlySpan<byte> state))
                return null;
            units.Add(new(Encoding.UTF8.GetString(name), state.ToArray()));
        }

        return new SnapshotContent(
            (long)(head & ~CompleteBit), engineBytes, units, (head & CompleteBit) != 0);
    }

    private static bool Take(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (rest.Length < 4)
            return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        if (length > (uint)rest.Length - 4)
            return false;
        taken = rest.Slice(4, (int)length);
        rest = rest[(4 + (int)length)..];
        return true;
    }

    private void Number(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(4), (uint)bytes.Length);
        _buffer.Advance(4);
        _buffer.Write(bytes);
    }
}
