using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>Network interfaces by name (netdevice(7)).</summary>
internal static unsafe class NetworkInterface
{
    private const int NameMax = 15;

    /// <summary>The index of an interface; false when there is none of that name.</summary>
    internal static bool TryIndex(ReadOnlySpan<char> name, out uint index)
    {
        index = 0;
        Libc.InterfaceRequest request = default;
        var bytes = new Span<byte>(request.Name, NameMax);
        if (name.IsEmpty || !Encoding.UTF8.TryGetBytes(name, bytes, out _))
            return false;
        var made = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_DGRAM);
        if (made.IsError)
            return false;
        using var socket = made.Require();
        if (Libc.ioctl(socket.Number, Libc.SIOCGIFINDEX, &request) < 0)
            return false;
        index = (uint)request.Index;
        return true;
    }
}
