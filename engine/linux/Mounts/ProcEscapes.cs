using System.Text;

namespace InitTx.Linux.Mounts;

/// <summary>
/// Texts in tables of /proc: what would break a line or a field there (blank, tab, newline and
/// backslash) stands as a backslash and three octal digits.
/// </summary>
internal static class ProcEscapes
{
    /// <summary>How many bytes one byte can take.</summary>
    public const int Longest = 4;

    /// <summary>The text that was escaped; a backslash before anything else stays one.</summary>
    public static string Undo(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(text);
        byte[] bytes = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'\\' && i + 3 < text.Length
                && Octal(text[i + 1]) && Octal(text[i + 2]) && Octal(text[i + 3]))
            {
                bytes[length++] = (byte)(((text[i + 1] - '0') << 6)
                    | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0'));
                i += 3;
            }
            else
            {
                bytes[length++] = text[i];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, length);

        static bool Octal(byte digit) => digit is >= (byte)'0' and <= (byte)'7';
    }
}
