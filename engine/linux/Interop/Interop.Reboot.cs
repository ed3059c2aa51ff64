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

    /// <summary>LINUX_REBOOT_CMD_RESTART2: with an argument, which libc's reboot() lacks.</summary>
    internal const long RB_RESTART2 = 0xA1B2C3D4;
    internal const long REBOOT_MAGIC1 = 0xFEE1DEAD;
    internal const long REBOOT_MAGIC2 = 672274793;
    internal const long SYS_reboot = 169;

    [LibraryImport("libc")]
    internal static partial int reboot(int command);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_reboot(
        long number, long magic1, long magic2, long command, byte* argument);

    [LibraryImport("libc")]
    internal static partial void sync();
}
