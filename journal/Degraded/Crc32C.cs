using System.Numerics;
using System.Runtime.InteropServices;

namespace InitTx.Journal.Degraded;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds torn writes, not forgeries.
/// </summary>
public static class Crc32C
{
    /// <summary>The checksum of all bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, MemoryMarshal.Read<ulong>(data));
            data = data[8..];
        }

        foreach (byte b in data)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
