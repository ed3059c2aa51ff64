using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Linux.Sockets;
using InitTx.Units.Parsing;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// Networks and rules for ports, as IPAddressAllow= and SocketBindAllow= have them.
/// </summary>
internal static class FilterTargets
{
    private static readonly string[] NetworkWords =
    [
        "10.0.0.0", "127.0.0.1", "::1", "::", "fe80", ":", ".", "/8", "/32", "/128", "/0", "/", "0",
        "255", "256", "01", "ffff", "%lo", "[", "]", "-", "+", " ",
    ];

    private static readonly string[] BindWords =
        ["any", "ipv4", "ipv6", "tcp", "udp", ":", "80", "0", "65535", "65536", "-", "+", " ", "1"];

    public static readonly FuzzTarget Networks = new(
        "network", CheckNetwork, random => Joined(random, NetworkWords), NetworkWords);

    public static readonly FuzzTarget Binds = new(
        "socket-bind", CheckBind, random => Joined(random, BindWords), BindWords);

    private static byte[] Joined(Prng random, string[] words) =>
        [.. Grammar.Line(random, words).Where(static b => b != (byte)' ')];

    private static void CheckNetwork(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (!AddressPrefixParser.TryParse(text, out byte[] address, out int bits))
            return;
        Require(address.Length is 4 or 16 && bits >= 0 && bits <= address.Length * 8,
            "an address that does not exist");
        for (int i = bits; i < address.Length * 8; i++)
            Require((address[i / 8] & (0x80 >> (i % 8))) == 0, $"bit {i} of {bits} counts");
        string plain = AddressPrefixParser.Format(address, bits);
        Require(AddressPrefixParser.TryParse(plain, out byte[] again, out int same)
            && again.AsSpan().SequenceEqual(address) && same == bits,
            $"{plain} is another network");

        // The host part is what the sockets of units take, too.
        string host = text.Split('/')[0];
        byte[] whole = new byte[16];
        Require(host.Contains(':', StringComparison.Ordinal)
                ? InternetAddress.TryParseV6(host, whole)
                : InternetAddress.TryParseV4(host, whole),
            $"{host} is no address elsewhere");
    }

    private static void CheckBind(byte[] input)
    {
        if (!SocketBindParser.TryParse(Encoding.UTF8.GetString(input), out SocketBindRule rule))
            return;
        Require(rule.First <= rule.Last && rule.First >= 0 && rule.Last <= 65_535,
            "ports that do not exist");
        string plain = SocketBindParser.Format(rule);
        Require(SocketBindParser.TryParse(plain, out SocketBindRule again) && again == rule,
            $"{plain} is another rule");
    }
}
