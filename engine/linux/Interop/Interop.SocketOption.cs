using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>getsockopt(2) and setsockopt(2).</summary>
internal static unsafe partial class Libc
{
    internal const int SOL_SOCKET = 1;
    internal const int SO_REUSEADDR = 2;
    internal const int SO_TYPE = 3;
    internal const int SO_ERROR = 4;
    internal const int SO_BROADCAST = 6;
    internal const int SO_SNDBUF = 7;
    internal const int SO_RCVBUF = 8;
    internal const int SO_KEEPALIVE = 9;
    internal const int SO_PRIORITY = 12;
    internal const int SO_LINGER = 13;
    internal const int SO_REUSEPORT = 15;
    internal const int SO_PASSCRED = 16;
    internal const int SO_PEEK_OFF = 42;
    internal const int SO_PEERCRED = 17;
    internal const int SO_BINDTODEVICE = 25;
    internal const int SO_ACCEPTCONN = 30;
    internal const int SO_SNDBUFFORCE = 32;
    internal const int SO_RCVBUFFORCE = 33;
    internal const int SO_TIMESTAMP = 29;
    internal const int SO_PASSSEC = 34;
    internal const int SO_TIMESTAMPNS = 35;
    internal const int SO_MARK = 36;
    internal const int SO_DOMAIN = 39;
    internal const int SO_PEERPIDFD = 77;

    /// <summary>Linux 6.16.</summary>
    internal const int SO_PASSRIGHTS = 83;
    internal const int IPPROTO_IP = 0;
    internal const int IPPROTO_TCP = 6;
    internal const int IPPROTO_UDP = 17;
    internal const int IPPROTO_IPV6 = 41;
    internal const int IP_TOS = 1;
    internal const int IP_TTL = 2;
    internal const int IP_PKTINFO = 8;
    internal const int IP_FREEBIND = 15;
    internal const int IP_TRANSPARENT = 19;
    internal const int IPV6_UNICAST_HOPS = 16;
    internal const int IPV6_V6ONLY = 26;
    internal const int IPV6_RECVPKTINFO = 49;
    internal const int IPV6_TRANSPARENT = 75;
    internal const int IPV6_FREEBIND = 78;
    internal const int TCP_NODELAY = 1;
    internal const int TCP_KEEPIDLE = 4;
    internal const int TCP_KEEPINTVL = 5;
    internal const int TCP_KEEPCNT = 6;
    internal const int TCP_DEFER_ACCEPT = 9;
    internal const int TCP_CONGESTION = 13;

    /// <summary>struct linger.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Linger
    {
        internal int OnOff;
        internal int Seconds;
    }

    /// <summary>struct ucred.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Ucred
    {
        internal int Pid;
        internal uint Uid;
        internal uint Gid;
    }

    [LibraryImport("libc")]
    internal static partial int getsockopt(
        int fd, int level, int option, void* value, uint* length);

    [LibraryImport("libc")]
    internal static partial int setsockopt(
        int fd, int level, int option, void* value, uint length);
}
