using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>
/// The two ends of an accepted connection in the words of systemd: what its instance is called
/// (systemd.socket(5), Accept=), REMOTE_ADDR and REMOTE_PORT, and what counts as one source.
/// Pure and total over the bytes that getsockname(2) and getpeername(2) give.
/// </summary>
/// <param name="Name">LOCAL-REMOTE with ports, PID-UID of a unix socket's peer, or unknown.</param>
/// <param name="Source">Equal for all of one host; empty where there is no such thing.</param>
/// <param name="RemoteAddress">
/// With %NUMBER of the interface where the address is link-local; null for unix sockets.
/// </param>
/// <param name="RemotePort">null for unix sockets.</param>
public sealed record ConnectionPeer(
    string Name, string Source, string? RemoteAddress, uint? RemotePort)
{
    /// <summary>From the two addresses; null for a family that nobody connects by.</summary>
    /// <param name="pid">Of a unix socket's peer; 0 when it is in another namespace.</param>
    public static ConnectionPeer? Of(
        ReadOnlySpan<byte> local, ReadOnlySpan<byte> remote, int pid, uint uid)
    {
        int family = local.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(local);
        bool isShort = family switch
        {
            Libc.AF_INET => local.Length < 8 || remote.Length < 8,
            Libc.AF_INET6 => local.Length < 28 || remote.Length < 28,
            Libc.AF_VSOCK => local.Length < 12 || remote.Length < 12,
            _ => false,
        };
        if (isShort)
            return null;
        return family switch
        {
            Libc.AF_UNIX => new ConnectionPeer(
                pid <= 0 ? "unknown" : string.Create(CultureInfo.InvariantCulture, $"{pid}-{uid}"),
                "", null, null),
            Libc.AF_INET => OfInet(local[4..8], Port(local), remote[4..8], Port(remote), 4),
            Libc.AF_INET6 => OfInet6(local, remote),
            Libc.AF_VSOCK => OfVsock(local, remote),
            _ => null,
        };
    }

    /// <summary>An IPv6 address as inet_ntop(3) writes it.</summary>
    /// <param name="address">16 bytes.</param>
    internal static string V6(ReadOnlySpan<byte> address)
    {
        (int start, int length) = LongestZeros(address);
        var text = new StringBuilder(39);
        for (int i = 0; i < 8; i++)
        {
            if (length >= 2 && i == start)
                text.Append(i == 0 ? "::" : ":");
            if (length >= 2 && i >= start && i < start + length)
                continue;
            if (i == 6 && start == 0
                && (length == 6 || (length == 5 && Word(address, 5) == 0xffff)))
                return text.Append(V4(address[12..])).ToString();
            text.Append(Word(address, i).ToString("x", CultureInfo.InvariantCulture));
            if (i < 7)
                text.Append(':');
        }

        return text.ToString();
    }

    private static ConnectionPeer OfInet(
        ReadOnlySpan<byte> local, int localPort, ReadOnlySpan<byte> remote, int remotePort,
        int family)
    {
        string here = V4(local);
        string there = V4(remote);
        return new ConnectionPeer(
            string.Create(CultureInfo.InvariantCulture, $"{here}:{localPort}-{there}:{remotePort}"),
            string.Create(CultureInfo.InvariantCulture, $"{family} {there}"),
            there, (uint)remotePort);
    }

    private static ConnectionPeer OfInet6(ReadOnlySpan<byte> local, ReadOnlySpan<byte> remote)
    {
        ReadOnlySpan<byte> here = local[8..24];
        ReadOnlySpan<byte> there = remote[8..24];
        if (IsMapped(here) && IsMapped(there))
            return OfInet(here[12..], Port(local), there[12..], Port(remote), 6);
        string host = V6(there);
        uint scope = BinaryPrimitives.ReadUInt32LittleEndian(remote[24..]);
        string address = IsMapped(there) ? V4(there[12..]) : host;
        return new ConnectionPeer(
            string.Create(CultureInfo.InvariantCulture,
                $"{V6(here)}:{Port(local)}-{host}:{Port(remote)}"),
            "6 " + host,
            scope == 0 ? address : string.Create(
                CultureInfo.InvariantCulture, $"{address}%{scope}"),
            (uint)Port(remote));
    }

    private static ConnectionPeer OfVsock(ReadOnlySpan<byte> local, ReadOnlySpan<byte> remote)
    {
        uint port = BinaryPrimitives.ReadUInt32LittleEndian(remote[4..]);
        uint cid = BinaryPrimitives.ReadUInt32LittleEndian(remote[8..]);
        uint localPort = BinaryPrimitives.ReadUInt32LittleEndian(local[4..]);
        uint localCid = BinaryPrimitives.ReadUInt32LittleEndian(local[8..]);
        return new ConnectionPeer(
            string.Create(CultureInfo.InvariantCulture, $"{localCid}:{localPort}-{cid}:{port}"),
            string.Create(CultureInfo.InvariantCulture, $"vsock {cid}"),
            string.Create(CultureInfo.InvariantCulture, $"vsock:{cid}"), port);
    }

    private static string V4(ReadOnlySpan<byte> a) => string.Create(
        CultureInfo.InvariantCulture, $"{a[0]}.{a[1]}.{a[2]}.{a[3]}");

    private static bool IsMapped(ReadOnlySpan<byte> address) =>
        address[..10].IndexOfAnyExcept((byte)0) < 0 && address[10] == 0xff && address[11] == 0xff;

    private static int Port(ReadOnlySpan<byte> address) =>
        BinaryPrimitives.ReadUInt16BigEndian(address[2..]);

    private static int Word(ReadOnlySpan<byte> address, int index) =>
        BinaryPrimitives.ReadUInt16BigEndian(address[(2 * index)..]);

    private static (int Start, int Length) LongestZeros(ReadOnlySpan<byte> address)
    {
        (int Start, int Length) best = (-1, 0);
        for (int i = 0; i < 8; i++)
        {
            int end = i;
            while (end < 8 && Word(address, end) == 0)
                end++;
            if (end - i > best.Length)
                best = (i, end - i);
        }

        return best;
    }
}
