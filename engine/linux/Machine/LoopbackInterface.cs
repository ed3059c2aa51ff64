using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Machine;

/// <summary>
/// The network interface "lo", which nothing else brings up before services need it.
/// </summary>
public static unsafe class LoopbackInterface
{
    /// <summary>Brings it up; the kernel gives it its addresses. EPERM without the right.</summary>
    public static SysResult BringUp()
    {
        var made = SocketCalls.Create(Libc.AF_INET, Libc.SOCK_DGRAM);
        if (made.IsError)
            made = SocketCalls.Create(Libc.AF_INET6, Libc.SOCK_DGRAM);
        if (made.IsError)
            return SysResult.Fail(made.Error);
        using var socket = made.Require();
        Libc.InterfaceRequest request = default;
        request.Name[0] = (byte)'l';
        request.Name[1] = (byte)'o';
        var result = SysResult.Of(Libc.ioctl(socket.Number, Libc.SIOCGIFFLAGS, &request));
        if (result.IsError || (request.Flags & Libc.IFF_UP) != 0)
            return result;
        request.Flags |= Libc.IFF_UP;
        return SysResult.Of(Libc.ioctl(socket.Number, Libc.SIOCSIFFLAGS, &request));
    }
}
