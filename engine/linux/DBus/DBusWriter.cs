using System.Buffers.Binary;
using System.Text;

namespace InitTx.Linux.DBus;

/// <summary>Method calls to the bus itself, with texts as arguments.</summary>
public static class DBusWriter
{
    private const string Bus = "org.freedesktop.DBus";
    private const string BusPath = "/org/freedesktop/DBus";

    /// <summary>A call of org.freedesktop.DBus; the serial must not be 0.</summary>
    public static byte[] Call(uint serial, string member, params ReadOnlySpan<string> arguments)
    {
        var fields = new Block();
        fields.Field(1, 'o', BusPath);
        fields.Field(2, 's', Bus);
        fields.Field(3, 's', member);
        fields.Field(6, 's', Bus);
        if (arguments.Length > 0)
            fields.SignatureField(new string('s', arguments.Length));
        var body = new Block();
        foreach (string argument in arguments)
            body.Text(argument);

        var message = new Block();
        message.Bytes([(byte)'l', (byte)DBusMessageType.MethodCall, 0, 1]);
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

        public void SignatureField(string signature)
        {
            Align(8);
            Bytes([8, 1, (byte)'g', 0, (byte)signature.Length]);
            Bytes(Encoding.ASCII.GetBytes(signature));
            _bytes.Add(0);
        }
    }
}
