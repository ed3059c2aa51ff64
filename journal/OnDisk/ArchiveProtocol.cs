using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using InitTx.Core.Ports;
using InitTx.Journal.Degraded;

namespace InitTx.Journal.OnDisk;

/// <summary>
/// What the archive tells the manager: that it lives, what it has, what it wants.
/// </summary>
/// <param name="Wants">Send rows after <see cref="After"/>, as soon as there are some.</param>
/// <param name="After">The last row that it has seen, in the manager's numbers.</param>
/// <param name="Boot">The boot that <see cref="Kept"/> is about; empty when it keeps none.</param>
/// <param name="Kept">The last row of that boot which is on disk, synchronised.</param>
/// <param name="Note">Why it takes none now, for a person; empty when all is well.</param>
public readonly record struct ArchivePull(
    bool Wants, long After, string Boot, long Kept, string Note);

/// <summary>What the manager sends: rows of one boot, in order.</summary>
/// <param name="Boot">Their boot.</param>
/// <param name="Head">The manager's highest number.</param>
/// <param name="Cursor">Ask on after this one; it may be beyond the last row.</param>
/// <param name="Finish">The machine goes down: take what is left, then end.</param>
public readonly record struct ArchivePageHeader(
    string Boot, long Head, long Cursor, bool Finish);

/// <summary>
/// The messages between manager and archive, whole ones over a socket pair, little-endian:
/// <code>
/// pull  0 u8 version · 1 u8 'P' · 2 u8 wants · 3 i64 after · 11 i64 kept · 19 u8 + boot
///       · u8 + note
/// rows  0 u8 version · 1 u8 'R' · 2 u8 finish · 3 u16 count · 5 i64 head · 13 i64 cursor
///       · 21 u8 + boot · then count records as <see cref="RecordCodec"/> writes them
/// </code>
/// Reading is total: any bytes give a message or "no message", never an exception.
/// </summary>
public static class ArchiveProtocol
{
    /// <summary>The most rows of a page.</summary>
    public const int MaxRows = 256;

    /// <summary>The largest message, bytes.</summary>
    public const int MaxMessage = 64 * 1024;

    /// <summary>The largest record: longer text is cut as everywhere.</summary>
    public const int MaxRecord = 16 * 1024;

    private const byte Version = 1;
    private const int TextMax = byte.MaxValue;
    private const int PullFixed = 19;
    private const int PageFixed = 21;

    /// <summary>Writes a pull; notes and boots beyond 255 bytes are cut.</summary>
    /// <returns>The bytes used.</returns>
    public static int WritePull(in ArchivePull pull, Span<byte> into)
    {
        into[0] = Version;
        into[1] = (byte)'P';
        into[2] = pull.Wants ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(into[3..], pull.After);
        BinaryPrimitives.WriteInt64LittleEndian(into[11..], pull.Kept);
        int at = WriteText(pull.Boot, into, PullFixed);
        return WriteText(pull.Note, into, at);
    }

    /// <summary>Reads a pull.</summary>
    public static bool TryReadPull(ReadOnlySpan<byte> message, out ArchivePull pull)
    {
        pull = default;
        if (message.Length < PullFixed || message[0] != Version || message[1] != (byte)'P'
            || message[2] > 1)
            return false;
        long after = BinaryPrimitives.ReadInt64LittleEndian(message[3..]);
        long kept = BinaryPrimitives.ReadInt64LittleEndian(message[11..]);
        int at = PullFixed;
        if (after < 0 || kept < 0 || !TryReadText(message, ref at, out string boot)
            || !TryReadText(message, ref at, out string note) || at != message.Length)
            return false;
        pull = new ArchivePull(message[2] == 1, after, boot, kept, note);
        return true;
    }

    /// <summary>Begins a page; records follow by <see cref="TryAppend"/>.</summary>
    /// <returns>The bytes used.</returns>
    public static int BeginPage(in ArchivePageHeader header, Span<byte> into)
    {
        into[0] = Version;
        into[1] = (byte)'R';
        into[2] = header.Finish ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(into[3..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(into[5..], header.Head);
        BinaryPrimitives.WriteInt64LittleEndian(into[13..], header.Cursor);
        return WriteText(header.Boot, into, PageFixed);
    }

    /// <summary>Adds a record; false when the page is full.</summary>
    public static bool TryAppend(in JournalRecord record, Span<byte> page, ref int used)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(page[3..]);
        if (count >= MaxRows || page.Length - used < MaxRecord)
            return false;
        used += RecordCodec.Encode(record, page.Slice(used, MaxRecord));
        BinaryPrimitives.WriteUInt16LittleEndian(page[3..], (ushort)(count + 1));
        BinaryPrimitives.WriteInt64LittleEndian(page[13..], record.Seq);
        return true;
    }

    /// <summary>Moves a page's cursor beyond its last row.</summary>
    public static void SetCursor(Span<byte> page, long cursor) =>
        BinaryPrimitives.WriteInt64LittleEndian(page[13..], cursor);

    /// <summary>Reads a page.</summary>
    /// <param name="records">Filled with its rows; empty when there is no page.</param>
    public static bool TryReadPage(
        ReadOnlySpan<byte> message, out ArchivePageHeader header, List<JournalRecord> records)
    {
        header = default;
        records.Clear();
        if (message.Length < PageFixed || message[0] != Version || message[1] != (byte)'R'
            || message[2] > 1)
            return false;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(message[3..]);
        long head = BinaryPrimitives.ReadInt64LittleEndian(message[5..]);
        long cursor = BinaryPrimitives.ReadInt64LittleEndian(message[13..]);
        int at = PageFixed;
        if (count > MaxRows || head < 0 || cursor < 0
            || !TryReadText(message, ref at, out string boot)
            || !TryReadRecords(message[at..], count, records) || boot.Length == 0
            || (records.Count > 0 && records[^1].Seq > cursor))
        {
            records.Clear();
            return false;
        }

        header = new ArchivePageHeader(boot, head, cursor, message[2] == 1);
        return true;
    }

    private static bool TryReadRecords(
        ReadOnlySpan<byte> rest, int count, List<JournalRecord> records)
    {
        long last = 0;
        for (int i = 0; i < count; i++)
        {
            if (rest.Length < 6 || !RecordCodec.TryDecode(rest, out JournalRecord record)
                || record.Seq <= last)
                return false;
            last = record.Seq;
            records.Add(record);
            rest = rest[BinaryPrimitives.ReadUInt16LittleEndian(rest[4..])..];
        }

        return rest.IsEmpty;
    }

    private static int WriteText(string text, Span<byte> into, int at)
    {
        Span<byte> room = into.Slice(at + 1, TextMax);
        while (!Encoding.UTF8.TryGetBytes(text, room, out _))
            text = text[..^(char.IsLowSurrogate(text[^1]) && text.Length > 1 ? 2 : 1)];
        int length = Encoding.UTF8.GetBytes(text, room);
        into[at] = (byte)length;
        return at + 1 + length;
    }

    private static bool TryReadText(ReadOnlySpan<byte> message, ref int at, out string text)
    {
        text = "";
        if (at >= message.Length || message.Length - at - 1 < message[at])
            return false;
        ReadOnlySpan<byte> bytes = message.Slice(at + 1, message[at]);
        at += 1 + bytes.Length;
        text = Encoding.UTF8.GetString(bytes);
        return Utf8.IsValid(bytes);
    }
}
