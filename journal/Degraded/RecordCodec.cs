using System.Buffers.Binary;
using System.Text;
using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Journal.Degraded;

/// <summary>
/// A journal row as the bytes of one ring slot, little-endian:
/// <code>
///  0  u32  CRC-32C of bytes 4..length
///  4  u16  length of all, this header included
///  6  u8   version (1)
///  7  u8   flags: bit 0 = text was cut, bit 1.. = which of unit, from, to, result, comm, text
/// exist  8  i64  seq · monotonic µs · realtime µs · cause seq · transaction · job 56  i32  pid ·
/// exit code · uid 68  u8   kind · cause kind · exit kind · 0 72  for each string that exists: u16
/// length, UTF-8
/// </code>
/// Decoding is total: any bytes give a row or "no row", never an exception.
/// </summary>
public static class RecordCodec
{
    /// <summary>
    /// The smallest slot that a row fits into: fixed part, a unit name and short words.
    /// </summary>
    public const int MinSlotSize = 256;

    private const byte Version = 1;
    private const byte CutFlag = 1;
    private const int FixedPart = 72;
    private const int StringCount = 6;
    private const string CutMark = "…";

    /// <summary>Writes a row; strings that do not fit are cut, the last (the text) first.</summary>
    /// <param name="slot">At least <see cref="MinSlotSize"/> bytes, at most 65,535 are
    /// used.</param>
    /// <returns>The bytes used.</returns>
    public static int Encode(in JournalRecord record, Span<byte> slot)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slot.Length, MinSlotSize);
        if (slot.Length > ushort.MaxValue)
            slot = slot[..ushort.MaxValue];
        slot[6] = Version;
        WriteNumbers(record, slot);
        byte flags = 0;
        int at = FixedPart;
        for (int i = 0; i < StringCount; i++)
        {
            string? text = StringAt(record, i);
            if (text is null || slot.Length - at < 2)
            {
                flags |= text is null ? (byte)0 : CutFlag;
                continue;
            }

            flags |= (byte)(2 << i);
            int room = Math.Min(slot.Length - at - 2, RoomOf(i, slot.Length));
            int used = EncodeText(text, slot.Slice(at + 2, room), ref flags);
            BinaryPrimitives.WriteUInt16LittleEndian(slot[at..], (ushort)used);
            at += 2 + used;
        }

        slot[7] = flags;
        BinaryPrimitives.WriteUInt16LittleEndian(slot[4..], (ushort)at);
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Crc32C.Of(slot[4..at]));
        return at;
    }

    /// <summary>Reads a slot.</summary>
    /// <returns>False for torn, foreign or newer bytes.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> slot, out JournalRecord record)
    {
        record = default;
        if (slot.Length < FixedPart || slot[6] != Version)
            return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(slot[4..]);
        if (length < FixedPart || length > slot.Length)
            return false;
        slot = slot[..length];
        if (BinaryPrimitives.ReadUInt32LittleEndian(slot) != Crc32C.Of(slot[4..]))
            return false;
        if (slot[68] > (byte)RecordKind.Rejected || slot[69] > (byte)CauseKind.Shutdown
            || slot[70] > (byte)ExitKind.Dumped)
            return false;
        return TryReadStrings(slot, out Strings s) && TryBuild(slot, s, out record);
    }

    private static void WriteNumbers(in JournalRecord record, Span<byte> slot)
    {
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], record.Seq);
        BinaryPrimitives.WriteInt64LittleEndian(slot[16..], record.Time.MonotonicUs);
        BinaryPrimitives.WriteInt64LittleEndian(slot[24..], record.Time.RealtimeUs);
        BinaryPrimitives.WriteInt64LittleEndian(slot[32..], record.CauseSeq);
        BinaryPrimitives.WriteInt64LittleEndian(slot[40..], record.Transaction);
        BinaryPrimitives.WriteInt64LittleEndian(slot[48..], record.Job);
        BinaryPrimitives.WriteInt32LittleEndian(slot[56..], record.Pid);
        BinaryPrimitives.WriteInt32LittleEndian(slot[60..], record.ExitCode);
        BinaryPrimitives.WriteInt32LittleEndian(slot[64..], record.Uid);
        slot[68] = (byte)record.Kind;
        slot[69] = (byte)record.Cause;
        slot[70] = (byte)record.ExitKind;
        slot[71] = 0;
    }

    private static bool TryBuild(ReadOnlySpan<byte> slot, in Strings s, out JournalRecord record)
    {
        record = new JournalRecord
        {
            Seq = BinaryPrimitives.ReadInt64LittleEndian(slot[8..]),
            Time = new Instant(
                BinaryPrimitives.ReadInt64LittleEndian(slot[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[24..])),
            CauseSeq = BinaryPrimitives.ReadInt64LittleEndian(slot[32..]),
            Transaction = BinaryPrimitives.ReadInt64LittleEndian(slot[40..]),
            Job = BinaryPrimitives.ReadInt64LittleEndian(slot[48..]),
            Pid = BinaryPrimitives.ReadInt32LittleEndian(slot[56..]),
            ExitCode = BinaryPrimitives.ReadInt32LittleEndian(slot[60..]),
            Uid = BinaryPrimitives.ReadInt32LittleEndian(slot[64..]),
            Kind = (RecordKind)slot[68],
            Cause = (CauseKind)slot[69],
            ExitKind = (ExitKind)slot[70],
            Unit = s.Unit,
            From = s.From,
            To = s.To,
            Result = s.Result,
            Comm = s.Comm,
            Text = s.Text,
        };
        return record.Seq > 0;
    }

    private static bool TryReadStrings(ReadOnlySpan<byte> slot, out Strings strings)
    {
        strings = default;
        int at = FixedPart;
        for (int i = 0; i < StringCount; i++)
        {
            if ((slot[7] & (2 << i)) == 0)
                continue;
            if (slot.Length - at < 2)
                return false;
            int length = BinaryPrimitives.ReadUInt16LittleEndian(slot[at..]);
            at += 2;
            if (length > slot.Length - at)
                return false;
            strings.Set(i, Encoding.UTF8.GetString(slot.Slice(at, length)));
            at += length;
        }

        return at == slot.Length;
    }

    private static string? StringAt(in JournalRecord record, int index) => index switch
    {
        0 => record.Unit,
        1 => record.From,
        2 => record.To,
        3 => record.Result,
        4 => record.Comm,
        _ => record.Text,
    };

    // The names come first and may not starve the words after them: a unit name (255 bytes) is cut
    // to half of a small slot, words to a sixteenth; the text takes what is left.
    private static int RoomOf(int index, int slotSize) => index switch
    {
        0 => Math.Max(slotSize / 4, Math.Min(255, slotSize / 2)),
        < 5 => Math.Max(16, slotSize / 16),
        _ => slotSize,
    };

    private static int EncodeText(string text, Span<byte> room, ref byte flags)
    {
        if (Encoding.UTF8.TryGetBytes(text, room, out int used))
            return used;
        flags |= CutFlag;
        int mark = Encoding.UTF8.GetByteCount(CutMark);
        if (room.Length < mark)
            return 0;
        used = 0;
        int chars = 0;
        while (chars < text.Length)
        {
            int step = char.IsHighSurrogate(text[chars]) && chars + 1 < text.Length ? 2 : 1;
            ReadOnlySpan<char> next = text.AsSpan(chars, step);
            if (!Encoding.UTF8.TryGetBytes(next, room[used..^mark], out int bytes))
                break;
            used += bytes;
            chars += step;
        }

        return used + Encoding.UTF8.GetBytes(CutMark, room[used..]);
    }

    private struct Strings
    {
        public string? Unit;
        public string? From;
        public string? To;
        public string? Result;
        public string? Comm;
        public string? Text;

        public void Set(int index, string value)
        {
            switch (index)
            {
                case 0: Unit = value; break;
                case 1: From = value; break;
                case 2: To = value; break;
                case 3: Result = value; break;
                case 4: Comm = value; break;
                default: Text = value; break;
            }
        }
    }
}
