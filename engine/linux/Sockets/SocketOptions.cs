using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Units.Model;

namespace InitTx.Linux.Sockets;

/// <summary>
/// The options of systemd.socket(5) that are set before bind(2). As there, what is not essential
/// warns and goes on; what decides who can connect (BindToDevice=, BindIPv6Only=) fails.
/// </summary>
internal static unsafe class SocketOptions
{
    internal static SysResult Apply(
        FileDescriptor fd, ListenTarget target, SocketSettings settings, List<string> warnings)
    {
        int family = target.Address!.Family;
        bool isInet = family is Libc.AF_INET or Libc.AF_INET6;
        var essential = SysResult.Ok;
        if (family == Libc.AF_INET6 && settings.BindIPv6Only is { } only)
            essential = SocketCalls.SetOption(
                fd, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY, only ? 1 : 0);
        if (essential.IsOk && isInet && settings.BindToDevice is { Length: > 0 } device)
            essential = BindToDevice(fd, device);
        if (essential.IsError)
            return essential;

        if (isInet && target.SocketType == Libc.SOCK_STREAM)
        {
            Try("ReuseAddress", Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
            if (settings.NoDelay)
                Try("NoDelay=", Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        }

        if (isInet && settings.FreeBind)
            Try("FreeBind=", Level(family), Pick(family, Libc.IP_FREEBIND, Libc.IPV6_FREEBIND), 1);
        if (isInet && settings.Transparent)
            Try(
                "Transparent=",
                Level(family),
                Pick(family, Libc.IP_TRANSPARENT, Libc.IPV6_TRANSPARENT),
                1);
        if (settings.KeepAlive)
            Try("KeepAlive=", Libc.SOL_SOCKET, Libc.SO_KEEPALIVE, 1);
        if (settings.ReusePort)
            Try("ReusePort=", Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
        if (settings.Broadcast)
            Try("Broadcast=", Libc.SOL_SOCKET, Libc.SO_BROADCAST, 1);
        if (settings.PassCredentials)
            Try("PassCredentials=", Libc.SOL_SOCKET, Libc.SO_PASSCRED, 1);
        if (settings.PassSecurity)
            Try("PassSecurity=", Libc.SOL_SOCKET, Libc.SO_PASSSEC, 1);
        SetBuffer(
            "ReceiveBuffer=", settings.ReceiveBuffer, Libc.SO_RCVBUFFORCE, Libc.SO_RCVBUF);
        SetBuffer("SendBuffer=", settings.SendBuffer, Libc.SO_SNDBUFFORCE, Libc.SO_SNDBUF);
        Tune(fd, target, settings, Try);
        return SysResult.Ok;

        void Try(string name, int level, int option, int value)
        {
            var set = SocketCalls.SetOption(fd, level, option, value);
            if (set.IsError)
                warnings.Add($"{name} on {target.Address!.Text}: {set.Error.Describe()}");
        }

        void SetBuffer(string name, long bytes, int force, int plain)
        {
            if (bytes <= 0)
                return;
            int value = (int)Math.Min(bytes, int.MaxValue);
            if (SocketCalls.SetOption(fd, Libc.SOL_SOCKET, force, value).IsError)
                Try(name, Libc.SOL_SOCKET, plain, value);
        }
    }

    private static void Tune(
        FileDescriptor fd,
        ListenTarget target,
        SocketSettings settings,
        Action<string, int, int, int> set)
    {
        int family = target.Address!.Family;
        bool isInet = family is Libc.AF_INET or Libc.AF_INET6;
        Set("Priority=", Libc.SOL_SOCKET, Libc.SO_PRIORITY, settings.Priority);
        Set("Mark=", Libc.SOL_SOCKET, Libc.SO_MARK, settings.Mark);
        if (isInet)
        {
            Set("IPTTL=", Level(family), Pick(family, Libc.IP_TTL, Libc.IPV6_UNICAST_HOPS),
                settings.IpTtl);
        }

        // As systemd: an option of IPv4, which an IPv6 socket uses for what it sends by IPv4.
        if (isInet)
            Set("IPTOS=", Libc.IPPROTO_IP, Libc.IP_TOS, settings.IpTos);
        if (settings.Timestamping != SocketTimestamping.Off)
        {
            set("Timestamping=", Libc.SOL_SOCKET,
                settings.Timestamping == SocketTimestamping.Nanoseconds
                    ? Libc.SO_TIMESTAMPNS
                    : Libc.SO_TIMESTAMP,
                1);
        }

        if (settings.PassPacketInfo && isInet)
        {
            Set("PassPacketInfo=", Level(family),
                Pick(family, Libc.IP_PKTINFO, Libc.IPV6_RECVPKTINFO), 1);
        }

        if (!isInet || target.SocketType != Libc.SOCK_STREAM)
            return;
        const int tcp = Libc.IPPROTO_TCP;
        Set("KeepAliveTimeSec=", tcp, Libc.TCP_KEEPIDLE, settings.KeepAliveTimeSec);
        Set("KeepAliveIntervalSec=", tcp, Libc.TCP_KEEPINTVL, settings.KeepAliveIntervalSec);
        Set("KeepAliveProbes=", tcp, Libc.TCP_KEEPCNT, settings.KeepAliveProbes);
        Set("DeferAcceptSec=", tcp, Libc.TCP_DEFER_ACCEPT, settings.DeferAcceptSec);
        if (settings.TcpCongestion is { } algorithm && SetText(
            fd, tcp, Libc.TCP_CONGESTION, algorithm).IsError)
            set("TCPCongestion=" + algorithm, tcp, Libc.TCP_CONGESTION, 0);

        void Set(string name, int level, int option, int? value)
        {
            if (value is { } number)
                set(name, level, option, number);
        }
    }

    private static SysResult SetText(FileDescriptor fd, int level, int option, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* start = bytes)
        {
            return SysResult.Of(Libc.setsockopt(
                fd.Number, level, option, start, (uint)bytes.Length));
        }
    }

    private static SysResult BindToDevice(FileDescriptor fd, string device)
    {
        byte[] name = Encoding.UTF8.GetBytes(device);
        fixed (byte* start = name)
            return SysResult.Of(Libc.setsockopt(
                fd.Number, Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, start, (uint)name.Length));
    }

    private static int Level(int family) => Pick(family, Libc.IPPROTO_IP, Libc.IPPROTO_IPV6);

    private static int Pick(int family, int v4, int v6) => family == Libc.AF_INET ? v4 : v6;
}
