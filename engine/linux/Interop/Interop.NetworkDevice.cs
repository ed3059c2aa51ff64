using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>ioctl(2) requests of netdevice(7).</summary>
internal static unsafe partial class Libc
{
    internal const nuint SIOCGIFFLAGS = 0x8913;
    internal const nuint SIOCSIFFLAGS = 0x8914;
    internal const nuint SIOCGIFINDEX = 0x8933;
    internal const short IFF_UP = 1;

    /// <summary>struct ifreq with the members that are used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct InterfaceRequest
    {
        [FieldOffset(0)] internal fixed byte Name[16];
        [FieldOffset(16)] internal int Index;
        [FieldOffset(16)] internal short Flags;
    }
}
