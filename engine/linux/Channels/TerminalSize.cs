using InitTx.Linux.Interop;

namespace InitTx.Linux.Channels;

/// <summary>How wide a terminal is (ioctl_tty(2), TIOCGWINSZ).</summary>
public static unsafe class TerminalSize
{
    /// <summary>Columns; null where the descriptor is no terminal or does not know.</summary>
    public static int? Columns(int fd)
    {
        // struct winsize: rows, columns, and both in pixels.
        ushort* size = stackalloc ushort[4];
        return Libc.ioctl(fd, Libc.TIOCGWINSZ, size) == 0 && size[1] > 0 ? size[1] : null;
    }
}
