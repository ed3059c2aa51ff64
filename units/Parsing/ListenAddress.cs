using System.Net;
using System.Net.Sockets;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>Addresses of Listen lines (systemd.socket(5)), checked as text.</summary>
public static class ListenAddress
{
    /// <summary>Bytes of sockaddr_un.sun_path, its NUL included.</summary>
    private const int UnixPathSize = 108;

    /// <summary>What is wrong with an address, or null.</summary>
    public static string? Fault(ListenKind kind, string address) => kind switch
    {
        ListenKind.Fifo or ListenKind.Special => PathText.Fault(address, absolute: true),
        ListenKind.MessageQueue => address.Length is > 1 and < 256 && address[0] == '/'
            && address.LastIndexOf('/') == 0 ? null
                : $"'{address}' is no message queue name; write /NAME",
        ListenKind.Netlink => NetlinkFault(address),
        ListenKind.Stream or ListenKind.Datagram or ListenKind.SequentialPacket =>
            SocketFault(address),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>
    /// The IP endpoint of <c>80</c>, <c>1.2.3.4:80</c> or <c>[::1]:80</c>; a bare port listens on
    /// <c>[::]</c>. False for other address families.
    /// </summary>
    public static bool TryEndPoint(string address, out IPAddress ip, out int port)
    {
        ip = IPAddress.IPv6Any;
        if (TryPort(address, out port))
            return true;
        int colon = address.LastIndexOf(':');
        if (colon <= 0 || !TryPort(address[(colon + 1)..], out port))
            return false;
        string host = address[..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out IPAddress? parsed))
            return false;
        ip = parsed;
        return bracketed
            ? ip.AddressFamily == AddressFamily.InterNetworkV6
            : ip.AddressFamily == AddressFamily.InterNetwork && host.AsSpan().Count('.') == 3;
    }

    internal static bool IsFdName(string name)
    {
        foreach (char c in name)
        {
            if (c is < ' ' or ':' or >= '\x7f')
                return false;
        }

        return name.Length is > 0 and <= 255;
    }

    internal static bool IsInterfaceName(string name)
    {
        foreach (char c in name)
        {
            if (c is <= ' ' or '/' or ':' or '%' or >= '\x7f')
                return false;
        }

        return name.Length is > 0 and < 16 && name is not ("." or "..");
    }

    private static string? SocketFault(string address)
    {
        if (address.StartsWith('/') || address.StartsWith('@'))
        {
            if (System.Text.Encoding.UTF8.GetByteCount(address) >= UnixPathSize)
                return $"socket path longer than {UnixPathSize - 1} bytes";
            return address[0] == '/' ? PathText.Fault(address, absolute: true)
                : address.Length > 1 ? null : "an abstract socket needs a name after '@'";
        }

        if (address.StartsWith("vsock:", StringComparison.Ordinal))
            return VsockFault(address);
        return TryEndPoint(address, out _, out _)
            ? null
            : $"'{address}' is no address; write /PATH, @NAME, PORT, IPV4:PORT or [IPV6]:PORT";
    }

    private static string? VsockFault(string address)
    {
        string[] parts = address.Split(':');
        bool valid = parts.Length == 3
            && (parts[1].Length == 0 || (Numbers.TryUnsigned(parts[1], out ulong cid)
                && cid <= uint.MaxValue))
            && Numbers.TryUnsigned(parts[2], out ulong port) && port <= uint.MaxValue;
        return valid ? null : $"'{address}' is no vsock address; write vsock:CID:PORT";
    }

    private static string? NetlinkFault(string address)
    {
        string[] parts = address.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool valid = parts.Length is 1 or 2
            && (parts.Length == 1 || Numbers.TryUnsigned(parts[1], out _));
        return valid ? null : $"'{address}' is no netlink address; write FAMILY GROUP";
    }

    private static bool TryPort(string text, out int port)
    {
        port = 0;
        if (text.Length == 0 || !char.IsAsciiDigit(text[0])
            || !Numbers.TryUnsigned(text, out ulong number) || number is 0 or > 65535)
            return false;
        port = (int)number;
        return true;
    }
}
