using System.Globalization;

namespace InitTx.Units.Parsing;

/// <summary>A rule of <c>SocketBindAllow=</c>; 0 stands for every family and protocol.</summary>
/// <param name="Family">4, 6, or 0.</param>
/// <param name="Protocol">6 for TCP, 17 for UDP, or 0.</param>
/// <param name="First">First port; with 0 every port, one that the kernel chooses too.</param>
/// <param name="Last">Last port.</param>
public readonly record struct SocketBindRule(int Family, int Protocol, int First, int Last);

/// <summary>
/// <c>any</c>, or <c>[FAMILY:][PROTOCOL:][PORT[-PORT]]</c> with ipv4 or ipv6 and tcp or udp
/// (systemd.resource-control(5)).
/// </summary>
public static class SocketBindParser
{
    private const int MostCharacters = 32;

    /// <summary>Reads one rule.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SocketBindRule rule)
    {
        rule = default;
        if (text is "any")
            return true;
        if (text.IsEmpty || text.Length > MostCharacters || text[^1] == ':')
            return false;
        (int family, int protocol) = (0, 0);
        ReadOnlySpan<char> rest = text;
        if (Take(ref rest, "ipv4", "ipv6") is > 0 and int which)
            family = which == 1 ? 4 : 6;
        if (Take(ref rest, "tcp", "udp") is > 0 and int transport)
            protocol = transport == 1 ? 6 : 17;
        rule = new SocketBindRule(family, protocol, 0, 0);
        if (rest.IsEmpty)
            return true;
        int dash = rest.IndexOf('-');
        if (!TryPort(dash < 0 ? rest : rest[..dash], out int first))
            return false;
        int last = first;
        if (dash >= 0 && (!TryPort(rest[(dash + 1)..], out last) || last < first))
            return false;
        rule = rule with { First = first, Last = last };
        return true;
    }

    /// <summary>The text that is read as the same.</summary>
    public static string Format(SocketBindRule rule)
    {
        string[] parts =
        [
            rule.Family == 0 ? "" : $"ipv{rule.Family}",
            rule.Protocol switch { 6 => "tcp", 17 => "udp", _ => "" },
            rule.First == 0 ? "" : string.Create(
                CultureInfo.InvariantCulture, $"{rule.First}-{rule.Last}"),
        ];
        string text = string.Join(':', parts.Where(static p => p.Length > 0));
        return text.Length == 0 ? "any" : text;
    }

    // The word at the beginning, up to its colon or the end; 1 or 2, or 0 when it is neither.
    private static int Take(ref ReadOnlySpan<char> rest, string one, string other)
    {
        int colon = rest.IndexOf(':');
        ReadOnlySpan<char> word = colon < 0 ? rest : rest[..colon];
        int which = word.SequenceEqual(one) ? 1 : word.SequenceEqual(other) ? 2 : 0;
        if (which > 0)
            rest = colon < 0 ? default : rest[(colon + 1)..];
        return which;
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= 65_535;
}
