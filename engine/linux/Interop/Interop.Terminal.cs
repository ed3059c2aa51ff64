using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>Terminals: ioctl_tty(2), termios(3).</summary>
internal static unsafe partial class Libc
{
    internal const nuint TIOCNXCL = 0x540D;
    internal const nuint TIOCSWINSZ = 0x5414;
    internal const nuint TIOCVHANGUP = 0x5437;
    internal const nuint TCGETS = 0x5401;
    internal const nuint TCSETS = 0x5402;
    internal const nuint KDSETMODE = 0x4B3A;
    internal const uint IGNBRK = 1;
    internal const uint BRKINT = 2;
    internal const uint ISTRIP = 0x20;
    internal const uint INLCR = 0x40;
    internal const uint IGNCR = 0x80;
    internal const uint ICRNL = 0x100;
    internal const uint IUCLC = 0x200;
    internal const uint IMAXBEL = 0x2000;
    internal const uint IUTF8 = 0x4000;
    internal const uint OPOST = 1;
    internal const uint ONLCR = 4;
    internal const uint CREAD = 0x80;
    internal const uint ISIG = 1;
    internal const uint ICANON = 2;
    internal const uint ECHO = 8;
    internal const uint ECHOE = 0x10;
    internal const uint ECHOK = 0x20;
    internal const uint ECHOCTL = 0x200;
    internal const uint ECHOKE = 0x800;
    internal const uint IEXTEN = 0x8000;

    /// <summary>The kernel's struct termios.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TerminalModes
    {
        internal uint Input;
        internal uint Output;
        internal uint Control;
        internal uint Local;
        internal byte Line;
        internal fixed byte Characters[19];
    }
}
