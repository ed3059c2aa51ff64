using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>reboot(2) and sync(2).</summary>
internal static unsafe partial class Libc
{
    internal const int RB_AUTOBOOT = 0x01234567;
    internal const int RB_HALT_SYSTEM = unchecked((int)0xCDEF0123);
    internal const int RB_POWER_OFF = 0x4321FEDC;
    internal const int RB_KEXEC = 0x45584543;
    internal const int RB_DISABLE_CAD = 0;

    [LibraryImport("libc")]
    internal static partial int reboot(int command);

    [LibraryImport("libc")]
    internal static partial void sync();
}
