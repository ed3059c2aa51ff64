using System.Buffers.Binary;
using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>
/// A socket address as the kernel takes it (unix(7), ip(7), ipv6(7), netlink(7)).
/// </summary>
public sealed class SocketAddress
{
    /// <summary>The longest file system or abstract name: sun_path without its NUL.</summary>
    public const int UnixNameMax = 107;

    private SocketAddress(int family, byte[] raw, string text, string? path)
    {
        Family = family;
        Raw = raw;
        Text = text;
        Path = path;
    }

    /// <summary>AF_UNIX, AF_INET, AF_INET6, AF_VSOCK or AF_NETLINK.</summary>
    public int Family { get; }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The file system path; null for every other kind.</summary>
    public string? Path { get; }

    /// <summary>The sockaddr.</summary>
    internal byte[] Raw { get; }

    /// <summary>A file system path; null when it is longer than sun_path or holds a NUL.</summary>
    public static SocketAddress? Unix(string path) => FromUnix(path, path, isAbstract: false);

    /// <summary>A name of the abstract name space, without its leading NUL.</summary>
    public static SocketAddress? Abstract(string name) =>
        FromUnix(name, "@" + name, isAbstract: true);

    internal static SocketAddress Inet(string text, ReadOnlySpan<byte> host, ushort port)
    {
        byte[] raw = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(raw, Libc.AF_INET);
        BinaryPrimitives.WriteUInt16BigEndian(raw.AsSpan(2), port);
        host.CopyTo(raw.AsSpan(4));
        return new(Libc.AF_INET, raw, text, null);
    }

    internal static SocketAddress Inet6(
        string text, ReadOnlySpan<byte> host, ushort port, uint scope)
    {
        byte[] raw = new byte[28];
        BinaryPrimitives.WriteUInt16LittleEndian(raw, Libc.AF_INET6);
        BinaryPrimitives.WriteUInt16BigEndian(raw.AsSpan(2), port);
        host.CopyTo(raw.AsSpan(8));
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(24), scope);
        return new(Libc.AF_INET6, raw, text, null);
    }

    internal static SocketAddress Vsock(string text, uint cid, uint port)
    {
        byte[] raw = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(raw, Libc.AF_VSOCK);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(4), port);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(8), cid);
        return new(Libc.AF_VSOCK, raw, text, null);
    }

    internal static SocketAddress Netlink(string text, uint groups)
    {
        byte[] raw = new byte[12];
        BinaryPrimitives.WriteUInt16LittleEndian(raw, Libc.AF_NETLINK);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(8), groups);
        return new(Libc.AF_NETLINK, raw, text, null);
    }

    private static SocketAddress? FromUnix(string name, string text, bool isAbstract)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length is 0 or > UnixNameMax || Array.IndexOf(bytes, (byte)0) >= 0)
            return null;

        // A path ends with a NUL; an abstract name begins with one and is as long as it is.
        byte[] raw = new byte[2 + bytes.Length + 1];
        BinaryPrimitives.WriteUInt16LittleEndian(raw, Libc.AF_UNIX);
        bytes.CopyTo(raw, isAbstract ? 3 : 2);
        return new(Libc.AF_UNIX, raw, text, isAbstract ? null : name);
    }
}
