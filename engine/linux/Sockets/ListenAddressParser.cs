using System.Globalization;
using InitTx.Linux.Interop;
using InitTx.Units.Model;

namespace InitTx.Linux.Sockets;

/// <summary>
/// What a Listen line asks for: a socket address, or a path for a FIFO or special file.
/// </summary>
/// <param name="SocketType">SOCK_STREAM and so on; 0 for a FIFO or special file.</param>
/// <param name="Protocol">The third argument of socket(2).</param>
/// <param name="Address">The address; null for a FIFO, special file or message queue.</param>
/// <param name="Path">A path in the file system, when there is one.</param>
/// <param name="AnyAddress">A bare port: IPv6's any address, or IPv4's where there is no
/// IPv6.</param>
public sealed record ListenTarget(
    ListenKind Kind,
    int SocketType,
    int Protocol,
    SocketAddress? Address,
    string? Path,
    bool AnyAddress = false);

/// <summary>
/// The addresses of systemd.socket(5). Pure and total: each text gives a target or an error in
/// words. Numbers only where the manual has numbers; no names are resolved.
/// </summary>
public static class ListenAddressParser
{
    private const int TextMax = 4095;

    /// <summary>Parses one address.</summary>
    public static bool TryParse(
        ListenKind kind, string text, out ListenTarget target, out string error)
    {
        target = null!;
        error = "";
        if (text.Length is 0 or > TextMax || text.Contains('\0', StringComparison.Ordinal))
        {
            error = "an address is 1 to 4095 characters without NUL";
            return false;
        }

        switch (kind)
        {
            case ListenKind.Stream:
                return TryParseSocket(kind, Libc.SOCK_STREAM, text, out target, out error);
            case ListenKind.Datagram:
                return TryParseSocket(kind, Libc.SOCK_DGRAM, text, out target, out error);
            case ListenKind.SequentialPacket:
                return TryParseSocket(kind, Libc.SOCK_SEQPACKET, text, out target, out error);
            case ListenKind.Fifo:
            case ListenKind.Special:
                if (text[0] == '/')
                {
                    target = new(kind, 0, 0, null, text);
                    return true;
                }

                error = "not an absolute path: " + text;
                return false;
            case ListenKind.Netlink:
                return TryParseNetlink(text, out target, out error);
            case ListenKind.MessageQueue:
                if (text.Length > 1 && text.LastIndexOf('/') == 0)
                {
                    target = new(kind, 0, 0, null, null);
                    return true;
                }

                error = "no message queue's name: " + text;
                return false;
        }

        throw new ArgumentOutOfRangeException(nameof(kind));
    }

    /// <summary>The same port on IPv4's any address: for kernels without IPv6.</summary>
    public static ListenTarget WithoutIpv6(ListenTarget target)
    {
        ushort port = ushort.Parse(target.Address!.Text, CultureInfo.InvariantCulture);
        return target with { Address = SocketAddress.Inet(target.Address.Text, new byte[4], port) };
    }

    private static bool TryParseSocket(
        ListenKind kind, int type, string text, out ListenTarget target, out string error)
    {
        target = null!;
        error = "";
        SocketAddress? address;
        bool any = false;
        if (text[0] is '/' or '@')
        {
            address = text[0] == '/'
                ? SocketAddress.Unix(text)
                : SocketAddress.Abstract(text[1..]);
            if (address is null)
                error = string.Create(
                    CultureInfo.InvariantCulture,
                    $"a unix socket's name is 1 to {SocketAddress.UnixNameMax} bytes: {text}");
        }
        else if (text.StartsWith("vsock:", StringComparison.Ordinal))
        {
            address = ParseVsock(text.AsSpan("vsock:".Length), text);
            if (address is null)
                error = "not vsock:CID:PORT: " + text;
        }
        else
        {
            address = ParseInternet(text, out any, out error);
            if (address is not null && kind == ListenKind.SequentialPacket)
            {
                address = null;
                error = "ListenSequentialPacket= takes unix sockets only: " + text;
            }
        }

        if (address is null)
            return false;
        target = new(kind, type, 0, address, address.Path, any);
        return true;
    }

    // vsock(7); no CID is any (VMADDR_CID_ANY).
    private static SocketAddress? ParseVsock(ReadOnlySpan<char> rest, string text)
    {
        int colon = rest.IndexOf(':');
        uint cid = uint.MaxValue;
        return colon >= 0
            && (colon == 0 || TryNumber(rest[..colon], out cid))
            && TryNumber(rest[(colon + 1)..], out uint port)
                ? SocketAddress.Vsock(text, cid, port)
                : null;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static SocketAddress? ParseInternet(string text, out bool any, out string error)
    {
        any = false;
        error = "not a path, @name, port, IPv4:port or [IPv6]:port: " + text;
        ushort port;
        if (IsDigits(text))
        {
            any = TryPort(text, out port);
            return any ? SocketAddress.Inet6(text, new byte[16], port, 0) : null;
        }

        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !TryPort(text.AsSpan(colon + 1), out port))
            return null;
        var host = text.AsSpan(0, colon);
        if (host[0] != '[')
        {
            Span<byte> v4 = stackalloc byte[4];
            return InternetAddress.TryParseV4(host, v4)
                ? SocketAddress.Inet(text, v4, port)
                : null;
        }

        if (host[^1] != ']')
            return null;
        host = host[1..^1];
        uint scope = 0;
        int percent = host.IndexOf('%');
        if (percent >= 0)
        {
            if (!TryScope(host[(percent + 1)..], out scope))
            {
                error = "no such network interface: " + text;
                return null;
            }

            host = host[..percent];
        }

        Span<byte> v6 = stackalloc byte[16];
        return InternetAddress.TryParseV6(host, v6)
            ? SocketAddress.Inet6(text, v6, port, scope)
            : null;
    }

    private static bool TryParseNetlink(string text, out ListenTarget target, out string error)
    {
        target = null!;
        error = "not \"family group\" of netlink(7): " + text;
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        string family = blank < 0 ? text : text[..blank];
        uint group = 0;
        if (blank >= 0 && !uint.TryParse(
            text.AsSpan(blank + 1).Trim(),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out group))
        {
            return false;
        }

        int protocol = family switch
        {
            "route" => 0,
            "kobject-uevent" => 15,
            "audit" => 9,
            "selinux" => 7,
            "generic" => 16,
            _ => -1,
        };
        if (protocol < 0)
        {
            error = "netlink family is not known: " + text;
            return false;
        }

        var address = SocketAddress.Netlink(text, group);
        target = new(ListenKind.Netlink, Libc.SOCK_RAW, protocol, address, null);
        return true;
    }

    private static bool TryScope(ReadOnlySpan<char> text, out uint scope) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out scope)
        || NetworkInterface.TryIndex(text, out scope);

    private static bool TryPort(ReadOnlySpan<char> text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
        && port != 0;

    private static bool IsDigits(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
        }

        return true;
    }
}
