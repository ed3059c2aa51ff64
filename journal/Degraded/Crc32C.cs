using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;

namespace InitTx.Journal.Degraded;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor where it can (SSE 4.2), else by
/// tables for eight bytes at a time: compiled ahead of time for any x86-64, the framework's goes
/// byte by byte, which cost a re-exec with 1,000 units 3 ms. The tables are 8 KiB, made at the
/// first use.
/// </summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private const int Slice = 256;

    /// <summary>The checksum of all bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data) =>
        Sse42.X64.IsSupported ? ByProcessor(data) : ByTables(data);

    private static uint ByProcessor(ReadOnlySpan<byte> data)
    {
        ulong crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            crc = Sse42.X64.Crc32(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        uint rest = (uint)crc;
        foreach (byte b in data)
            rest = Sse42.Crc32(rest, b);
        return ~rest;
    }

    internal static uint ByTables(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<uint> t = ByteTables.Values;
        uint crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            ulong v = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ crc;
            crc = t[(7 * Slice) + (byte)v] ^ t[(6 * Slice) + (byte)(v >> 8)]
                ^ t[(5 * Slice) + (byte)(v >> 16)] ^ t[(4 * Slice) + (byte)(v >> 24)]
                ^ t[(3 * Slice) + (byte)(v >> 32)] ^ t[(2 * Slice) + (byte)(v >> 40)]
                ^ t[Slice + (byte)(v >> 48)] ^ t[(byte)(v >> 56)];
            data = data[8..];
        }

        foreach (byte b in data)
            crc = (crc >> 8) ^ t[(byte)(crc ^ b)];
        return ~crc;
    }

    // A class of its own: nothing is made where the processor does it.
    private static class ByteTables
    {
        internal static readonly uint[] Values = MakeTables();
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[8 * Slice];
        for (uint i = 0; i < Slice; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            tables[i] = crc;
        }

        for (int i = Slice; i < tables.Length; i++)
            tables[i] = (tables[i - Slice] >> 8) ^ tables[(byte)tables[i - Slice]];
        return tables;
    }
}
