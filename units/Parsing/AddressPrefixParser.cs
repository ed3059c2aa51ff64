using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace InitTx.Units.Parsing;

/// <summary>
/// Networks as <c>IPAddressAllow=</c> takes them (systemd.resource-control(5)): an address of IPv4
/// or IPv6 as inet_pton(3) reads it, and how many of its bits count: <c>10.0.0.0/8</c>, <c>::1</c>.
/// </summary>
public static class AddressPrefixParser
{
    // The longest is eight groups with an IPv4 end and three digits.
    private const int MostCharacters = 64;

    /// <summary>Reads one.</summary>
    /// <param name="address">4 or 16 bytes in the network's order; the rest of them 0.</param>
    /// <param name="bits">How many count; all of them when the text does not say.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out byte[] address, out int bits)
    {
        (address, bits) = ([], 0);
        if (text.Length > MostCharacters)
            return false;
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> host = slash < 0 ? text : text[..slash];
        if (!TryAddress(host, out address))
            return false;
        bits = address.Length * 8;
        if (slash >= 0 && !(text[(slash + 1)..] is { Length: > 0 and <= 3 } number
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out bits)
            && bits <= address.Length * 8))
            return false;
        for (int i = 0; i < address.Length; i++)
        {
            int left = Math.Clamp(bits - (i * 8), 0, 8);
            address[i] &= (byte)(0xFF00 >> left);
        }

        return true;
    }

    /// <summary>The text that is read as the same.</summary>
    public static string Format(byte[] address, int bits) =>
        string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(address)}/{bits}");

    private static bool TryAddress(ReadOnlySpan<char> text, out byte[] address)
    {
        address = [];
        int colon = text.LastIndexOf(':');
        if (colon < 0)
            return TryV4(text, out address);
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c) && c is not (':' or '.'))
                return false;
        }

        // The runtime takes shortened and octal forms of an IPv4 end.
        ReadOnlySpan<char> end = text[(colon + 1)..];
        if (end.Contains('.') && !TryV4(end, out _))
            return false;
        if (!IPAddress.TryParse(text, out IPAddress? parsed)
            || parsed.AddressFamily != AddressFamily.InterNetworkV6)
            return false;
        address = parsed.GetAddressBytes();
        return true;
    }

    private static bool TryV4(ReadOnlySpan<char> text, out byte[] address)
    {
        address = new byte[4];
        for (int part = 0; part < 4; part++)
        {
            int dot = text.IndexOf('.');
            if ((dot < 0) != (part == 3))
                return false;
            ReadOnlySpan<char> digits = dot < 0 ? text : text[..dot];
            if ((digits.Length > 1 && digits[0] == '0') || !byte.TryParse(
                digits, NumberStyles.None, CultureInfo.InvariantCulture, out address[part]))
                return false;
            text = dot < 0 ? default : text[(dot + 1)..];
        }

        return true;
    }
}
