using System.Text;

namespace InitTx.Units.Parsing;

/// <summary>
/// Text that may hold bytes which are not UTF-8: an escape such as <c>\xff</c> in a command line.
/// Such a byte is held as the lone surrogate U+DC80 to U+DCFF, so that argv reaches execve(2)
/// byte for byte while every layer in between keeps working with strings.
/// </summary>
public static class RawText
{
    private const char First = '\uDC80';
    private const char Last = '\uDCFF';

    /// <summary>The character that stands for a byte of 0x80 and above.</summary>
    internal static char Hold(byte value) => (char)(0xDC00 + value);

    /// <summary>The bytes of a text, held bytes as they were. Without a NUL at the end.</summary>
    public static byte[] ToBytes(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(First, Last) < 0)
            return Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(text.Length + 8);
        Span<byte> buffer = stackalloc byte[4];
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf16(rest, out Rune rune, out int used)
                == System.Buffers.OperationStatus.Done;
            if (!valid && rest[0] is >= First and <= Last)
                bytes.Add((byte)(rest[0] - 0xDC00));
            else
                bytes.AddRange(buffer[..rune.EncodeToUtf8(buffer)]);
            rest = rest[used..];
        }

        return [.. bytes];
    }

    /// <summary>The text of bytes; what is not UTF-8 is held.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int used)
                == System.Buffers.OperationStatus.Done;
            if (valid)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte b in bytes[..used])
                    text.Append(Hold(b));
            }

            bytes = bytes[used..];
        }

        return text.ToString();
    }

    /// <summary>Bytes that were held one by one become characters where they form UTF-8.</summary>
    internal static string Compose(StringBuilder text) => FromBytes(ToBytes(text.ToString()));
}
