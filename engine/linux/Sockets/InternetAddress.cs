using System.Globalization;

namespace InitTx.Linux.Sockets;

/// <summary>
/// Textual addresses as inet_pton(3) takes them (RFC 4291 §2.2, RFC 6943 §3.1.1 strict form). The
/// runtime's own parser also takes octal, hexadecimal and shortened forms.
/// </summary>
public static class InternetAddress
{
    /// <summary>Four decimal parts of 0 to 255 without leading zeros.</summary>
    public static bool TryParseV4(ReadOnlySpan<char> text, Span<byte> into)
    {
        for (int part = 0; part < 4; part++)
        {
            int dot = text.IndexOf('.');
            if ((dot < 0) != (part == 3))
                return false;
            var digits = dot < 0 ? text : text[..dot];
            if (digits.Length > 1 && digits[0] == '0')
                return false;
            if (!byte.TryParse(
                digits, NumberStyles.None, CultureInfo.InvariantCulture, out into[part]))
            {
                return false;
            }

            text = dot < 0 ? default : text[(dot + 1)..];
        }

        return true;
    }

    /// <summary>Eight groups, one run of them as "::", the last two also as IPv4.</summary>
    public static bool TryParseV6(ReadOnlySpan<char> text, Span<byte> into)
    {
        into[..16].Clear();
        int written = 0;
        int gap = -1;
        if (text.StartsWith("::"))
        {
            gap = 0;
            text = text[2..];
        }

        while (!text.IsEmpty)
        {
            if (written == 16)
                return false;
            int colon = text.IndexOf(':');
            var group = colon < 0 ? text : text[..colon];
            if (colon < 0 && group.Contains('.'))
            {
                if (written > 12 || !TryParseV4(group, into[written..]))
                    return false;
                written += 4;
                break;
            }

            if (group.Length is 0 or > 4 || !ushort.TryParse(
                group,
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out ushort value))
            {
                return false;
            }

            into[written++] = (byte)(value >> 8);
            into[written++] = (byte)value;
            if (colon < 0)
                break;
            text = text[(colon + 1)..];
            if (text.StartsWith(":"))
            {
                if (gap >= 0)
                    return false;
                gap = written;
                text = text[1..];
            }
            else if (text.IsEmpty)
            {
                return false;
            }
        }

        return gap < 0 ? written == 16 : Spread(into, gap, written);
    }

    private static bool Spread(Span<byte> into, int gap, int written)
    {
        // "::" stands for at least one group.
        if (written > 14)
            return false;
        int tail = written - gap;
        into[gap..written].CopyTo(into[(16 - tail)..]);
        into[gap..(16 - tail)].Clear();
        return true;
    }
}
