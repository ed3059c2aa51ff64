using System.Text;

namespace InitTx.Units.Parsing;

/// <summary>
/// Escaping of strings and paths for unit names (systemd.unit(5), "String Escaping for Inclusion
/// in Unit Names"; judged by systemd-escape(1)). Works on UTF-8 bytes.
/// </summary>
public static class UnitNameEscaper
{
    /// <summary>
    /// Any text as part of a unit name: <c>/</c> becomes <c>-</c>, the rest <c>\xHH</c>.
    /// </summary>
    public static string Escape(string text)
    {
        var result = new StringBuilder(text.Length + 8);
        ReadOnlySpan<byte> bytes = RawText.ToBytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            char c = (char)bytes[i];
            bool plain = char.IsAsciiLetterOrDigit(c) || c is ':' or '_' || (c == '.' && i > 0);
            if (c == '/')
                result.Append('-');
            else if (plain)
                result.Append(c);
            else
                result.Append("\\x").Append(Hex(bytes[i] >> 4)).Append(Hex(bytes[i] & 15));
        }

        return result.ToString();
    }

    /// <summary>
    /// Undoes <see cref="Escape"/>; null when an escape is broken or hides a NUL.
    /// </summary>
    public static string? Unescape(string escaped)
    {
        var bytes = new List<byte>(escaped.Length);
        for (int i = 0; i < escaped.Length; i++)
        {
            char c = escaped[i];
            if (c == '-')
            {
                bytes.Add((byte)'/');
            }
            else if (c == '\\')
            {
                bool valid = i + 3 < escaped.Length && escaped[i + 1] == 'x'
                    && char.IsAsciiHexDigit(escaped[i + 2]) && char.IsAsciiHexDigit(escaped[i + 3]);
                int value = valid ? Convert.ToInt32(escaped.Substring(i + 2, 2), 16) : 0;
                if (value == 0)
                    return null;
                bytes.Add((byte)value);
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes([c]));
            }
        }

        return RawText.FromBytes([.. bytes]);
    }

    /// <summary>
    /// A path as the name of its mount or device unit, without suffix; null when the path holds
    /// <c>..</c>. The root is <c>-</c>.
    /// </summary>
    public static string? EscapePath(string path)
    {
        string? simple = Simplify(path);
        if (simple is null)
            return null;
        string inner = simple.Trim('/');
        return inner.Length == 0 ? "-" : Escape(inner);
    }

    /// <summary>
    /// Undoes <see cref="EscapePath"/>; null when the result is no absolute plain path.
    /// </summary>
    public static string? UnescapePath(string escaped)
    {
        if (escaped.Length == 0)
            return null;
        if (escaped == "-")
            return "/";
        if (Unescape(escaped) is not { } inner)
            return null;
        string path = "/" + inner;
        return Simplify(path) == path ? path : null;
    }

    /// <summary>
    /// Removes double slashes, <c>.</c> steps and a slash at the end; null when a step is
    /// <c>..</c>, which cannot be taken away without looking at the disk.
    /// </summary>
    public static string? Simplify(string path)
    {
        var result = new StringBuilder(path.Length);
        if (path.StartsWith('/'))
            result.Append('/');
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> step = path.AsSpan(range);
            if (step is "..")
                return null;
            if (step.IsEmpty || step is ".")
                continue;
            if (result.Length > 0 && result[^1] != '/')
                result.Append('/');
            result.Append(step);
        }

        return result.ToString();
    }

    private static char Hex(int digit) => "0123456789abcdef"[digit];
}
