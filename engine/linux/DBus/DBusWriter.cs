using System.Buffers.Binary;
using System.Text;

namespace InitTx.Linux.DBus;

/// <summary>
/// Messages as a small client sends them (D-Bus specification 0.41): calls of the bus itself,
/// signals to one receiver, errors as answers. Serials must not be 0.
/// </summary>
public static class DBusWriter
{
    private const string Bus = "org.freedesktop.DBus";
    private const string BusPath = "/org/freedesktop/DBus";
    private const byte NoReplyExpected = 1;

    /// <summary>A call of org.freedesktop.DBus with texts as arguments.</summary>
    public static byte[] Call(uint serial, string member, params ReadOnlySpan<string> arguments)
    {
        Block fields = CallFields(member);
        if (arguments.Length > 0)
            fields.SignatureField(new string('s', arguments.Length));
        return Message(DBusMessageType.MethodCall, 0, serial, fields, Texts(arguments));
    }

    /// <summary>A call of org.freedesktop.DBus with a text and a number (RequestName).</summary>
    public static byte[] Call(uint serial, string member, string argument, uint number)
    {
        Block fields = CallFields(member);
        fields.SignatureField("su");
        Block body = Texts(argument);
        body.UInt32(number);
        return Message(DBusMessageType.MethodCall, 0, serial, fields, body);
    }

    /// <summary>A signal to one receiver, with texts as arguments.</summary>
    public static byte[] Signal(
        uint serial, string to, string path, string @interface, string member,
        params ReadOnlySpan<string> arguments)
    {
        var fields = new Block();
        fields.Field(1, 'o', path);
        fields.Field(2, 's', @interface);
        fields.Field(3, 's', member);
        fields.Field(6, 's', to);
        fields.SignatureField(new string('s', arguments.Length));
        return Message(DBusMessageType.Signal, NoReplyExpected, serial, fields, Texts(arguments));
    }

    /// <summary>The answer to a call that is not done.</summary>
    public static byte[] Error(uint serial, string to, uint replySerial, string name, string text)
    {
        var fields = new Block();
        fields.Field(4, 's', name);
        fields.NumberField(5, replySerial);
        fields.Field(6, 's', to);
        fields.SignatureField("s");
        return Message(DBusMessageType.Error, NoReplyExpected, serial, fields, Texts(text));
    }

    private static Block CallFields(string member)
    {
        var fields = new Block();
        fields.Field(1, 'o', BusPath);
        fields.Field(2, 's', Bus);
        fields.Field(3, 's', member);
        fields.Field(6, 's', Bus);
        return fields;
    }

    private static Block Texts(params ReadOnlySpan<string> texts)
    {
        var body = new Block();
        foreach (string text in texts)
            body.Text(text);
        return body;
    }

    private static byte[] Message(
        DBusMessageType type, byte flags, uint serial, Block fields, Block body)
    {
        var message = new Block();
        message.Bytes([(byte)'l', (byte)type, flags, 1]);
        message.UInt32((uint)body.Count);
        message.UInt32(serial);
        message.UInt32((uint)fields.Count);
        message.Bytes(fields.ToArray());
        message.Align(8);
        message.Bytes(body.ToArray());
        return message.ToArray();
    }

    // Alignment counts from the message's start; fields begin at 16 and bodies at a multiple of 8.
    private sealed class Block
    {
        private readonly List<byte> _bytes = [];

        public int Count => _bytes.Count;

        public byte[] ToArray() => [.. _bytes];

        public void Bytes(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

        public void Align(int to)
        {
            while (_bytes.Count % to != 0)
                _bytes.Add(0);
        }

        public void UInt32(uint value)
        {
            Align(4);
            Span<byte> four = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(four, value);
            _bytes.AddRange(four);
        }

        public void Text(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            UInt32((uint)bytes.Length);
            _bytes.AddRange(bytes);
            _bytes.Add(0);
        }

        public void Field(byte code, char kind, string text)
        {
            Align(8);
            Bytes([code, 1, (byte)kind, 0]);
            Text(text);
        }

        public void NumberField(byte code, uint value)
        {
            Align(8);
            Bytes([code, 1, (byte)'u', 0]);
            UInt32(value);
        }

        public void SignatureField(string signature)
        {
            Align(8);
            Bytes([8, 1, (byte)'g', 0, (byte)signature.Length]);
            Bytes(Encoding.ASCII.GetBytes(signature));
            _bytes.Add(0);
        }
    }
}
