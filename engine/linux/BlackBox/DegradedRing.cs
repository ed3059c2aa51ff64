using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>
/// The bounded ring that holds journal records while no store can (DESIGN §8). It lives in the black
/// box, so it survives a crash. When it is full the oldest go; a reader sees the sequence numbers and
/// so the gap.
/// </summary>
public static class DegradedRing
{
    /// <summary>Bytes of one record.</summary>
    public const int LargestRecord = ShimNative.RingRecordMax;

    /// <summary>0, or -EMSGSIZE.</summary>
    public static unsafe int Append(long sequence, ReadOnlySpan<byte> record)
    {
        fixed (byte* bytes = record)
        {
            return ShimNative.RingAppend((ulong)sequence, bytes, (uint)record.Length);
        }
    }

    /// <summary>
    /// Reads the record at <paramref name="cursor"/> (begin with 0) or the oldest after it that still
    /// exists and moves the cursor behind it. Bytes read, or a negative errno: -ENOENT at the end,
    /// -EMSGSIZE when it does not fit.
    /// </summary>
    public static unsafe int Read(ref ulong cursor, out long sequence, Span<byte> record)
    {
        ulong next = cursor;
        ulong number = 0;
        int result;
        fixed (byte* bytes = record)
        {
            result = ShimNative.RingRead(&next, &number, bytes, (uint)record.Length);
        }

        cursor = next;
        sequence = (long)number;
        return result;
    }
}
