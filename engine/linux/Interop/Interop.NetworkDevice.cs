using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>ioctl(2) requests of netdevice(7).</summary>
internal static unsafe partial class Libc
{
    internal const nuint SIOCGIFINDEX = 0x8933;

    /// <summary>struct ifreq with the member for an index.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct InterfaceRequest
    {
        [FieldOffset(0)] internal fixed byte Name[16];
        [FieldOffset(16)] internal int Index;
    }
}
