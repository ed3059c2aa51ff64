using System.Buffers.Binary;
using System.Text;

namespace InitTx.Linux.DBus;

/// <summary>
/// D-Bus wire format to <see cref="DBusMessage"/> (D-Bus specification 0.41, "Message Protocol").
/// Total on any bytes: what breaks a rule gives no message, and nothing here grows with what a
/// length field claims.
/// </summary>
public static class DBusReader
{
    /// <summary>Bytes of a message that is looked at; larger ones are skipped.</summary>
    public const int MessageMax = 16 * 1024;

    /// <summary>Bytes that tell how long a message is.</summary>
    public const int PrefixSize = 16;

    /// <summary>The specification's own limit, 128 MiB.</summary>
    private const long LongestAllowed = 128L * 1024 * 1024;

    private const int TextsMax = 8;
    private const int FieldsMax = 32;

    /// <summary>
    /// How long the message is that begins with these bytes; -1 when they begin none, after which
    /// the stream cannot be followed any further.
    /// </summary>
    public static long Length(ReadOnlySpan<byte> prefix)
    {
        if (prefix.Length < PrefixSize || prefix[3] != 1
            || prefix[0] is not ((byte)'l' or (byte)'B'))
            return -1;
        bool little = prefix[0] == (byte)'l';
        uint body = UInt32(prefix[4..], little);
        uint fields = UInt32(prefix[12..], little);
        long total = PrefixSize + (((long)fields + 7) & ~7L) + body;
        return total > LongestAllowed ? -1 : total;
    }

    /// <summary>
    /// Parses one whole message; null for one that is malformed or, as only foreign machines send
    /// them, of the other byte order.
    /// </summary>
    public static DBusMessage? Read(ReadOnlySpan<byte> message)
    {
        if (Length(message) != message.Length || message[0] != (byte)'l')
            return null;
        uint fields = UInt32(message[12..], little: true);
        var header = new Cursor(message[..(int)(PrefixSize + fields)], PrefixSize);
        var result = new DBusMessage
        {
            Type = (DBusMessageType)message[1],
            Serial = UInt32(message[8..], little: true),
            WantsReply = message[1] == (byte)DBusMessageType.MethodCall && (message[2] & 1) == 0,
        };
        for (int count = 0; !header.AtEnd; count++)
        {
            if (count == FieldsMax || !Field(ref header, ref result))
                return null;
        }

        int start = (int)((PrefixSize + (long)fields + 7) & ~7L);
        return Body(new Cursor(message, start), result);
    }

    private static bool Field(ref Cursor from, ref DBusMessage into)
    {
        from.Align(8);
        byte code = from.Byte();
        string signature = from.Signature();
        switch (signature)
        {
            case "s" or "o" or "g":
                string text = signature == "g" ? from.Signature() : from.Text();
                into = With(into, code, text);
                break;
            case "u":
                uint number = from.UInt32();
                if (code == 5)
                    into = into with { ReplySerial = number };
                break;
            default:
                return false;
        }

        return !from.Failed;
    }

    private static DBusMessage With(DBusMessage m, byte code, string text) => code switch
    {
        1 => m with { Path = text },
        2 => m with { Interface = text },
        3 => m with { Member = text },
        4 => m with { ErrorName = text },
        7 => m with { Sender = text },
        8 => m with { Signature = text },
        _ => m,
    };

    private static DBusMessage? Body(Cursor from, DBusMessage message)
    {
        if (message.Signature == "u")
        {
            uint number = from.UInt32();
            return from.Failed ? null : message with { Number = number };
        }

        var texts = new List<string>();
        foreach (char kind in message.Signature)
        {
            if (kind is not ('s' or 'o') || texts.Count == TextsMax)
                break;
            texts.Add(from.Text());
        }

        return from.Failed ? null : message with { Texts = texts };
    }

    private static uint UInt32(ReadOnlySpan<byte> from, bool little) => little
        ? BinaryPrimitives.ReadUInt32LittleEndian(from)
        : BinaryPrimitives.ReadUInt32BigEndian(from);

    private ref struct Cursor(ReadOnlySpan<byte> bytes, int at)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at = at;

        public bool Failed { get; private set; }

        public readonly bool AtEnd => Failed || _at >= _bytes.Length;

        public void Align(int to) => _at = (_at + to - 1) & ~(to - 1);

        public byte Byte() => Take(1) is { Length: 1 } one ? one[0] : (byte)0;

        public uint UInt32()
        {
            Align(4);
            return Take(4) is { Length: 4 } four
                ? BinaryPrimitives.ReadUInt32LittleEndian(four)
                : 0;
        }

        public string Text()
        {
            uint length = UInt32();
            return length > MessageMax ? Fail() : Ended((int)length);
        }

        public string Signature() => Ended(Byte());

        // A NUL ends each text and is not counted.
        private string Ended(int length)
        {
            ReadOnlySpan<byte> text = Take(length);
            return Byte() == 0 && !Failed ? Encoding.UTF8.GetString(text) : Fail();
        }

        private string Fail()
        {
            Failed = true;
            return "";
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (Failed || _at > _bytes.Length - count)
            {
                Failed = true;
                return default;
            }

            ReadOnlySpan<byte> taken = _bytes.Slice(_at, count);
            _at += count;
            return taken;
        }
    }
}
