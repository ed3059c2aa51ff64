using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Machine;

/// <summary>Terminals of services (TTYPath= of systemd.exec(5)).</summary>
public static class Terminal
{
    /// <summary>
    /// Opens a terminal for reading and writing. It never becomes PID 1's controlling terminal, and
    /// a serial line without carrier is not waited for; the service gets it in blocking mode.
    /// </summary>
    public static SysResult<FileDescriptor> Open(string path)
    {
        SysResult<FileDescriptor> opened =
            Files.Open(Files.Cwd, path, Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_NONBLOCK);
        opened.Value?.SetNonBlocking(false);
        return opened;
    }

    /// <summary>
    /// Makes a descriptor the controlling terminal of this session; with force it is taken from the
    /// session that has it.
    /// </summary>
    public static unsafe SysResult Take(int fd, bool force) =>
        SysResult.Of(Libc.ioctl(fd, Libc.TIOCSCTTY, force ? (void*)1 : null));

    /// <summary>TTYVHangup=: whoever has it open loses it.</summary>
    public static unsafe SysResult HangUp(string path)
    {
        SysResult<FileDescriptor> opened = Open(path);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor terminal = opened.Require();
        return SysResult.Of(Libc.ioctl(terminal.Number, Libc.TIOCVHANGUP, null));
    }

    /// <summary>TTYReset=: shared, in text mode, with sane modes of its line.</summary>
    public static unsafe SysResult Reset(string path)
    {
        SysResult<FileDescriptor> opened = Open(path);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor terminal = opened.Require();

        // A serial line has no text mode to go back to.
        _ = Libc.ioctl(terminal.Number, Libc.TIOCNXCL, null);
        _ = Libc.ioctl(terminal.Number, Libc.KDSETMODE, null);
        Libc.TerminalModes modes;
        var result = SysResult.Of(Libc.ioctl(terminal.Number, Libc.TCGETS, &modes));
        if (result.IsError)
            return result;
        modes.Input = (modes.Input & ~(Libc.IGNBRK | Libc.BRKINT | Libc.ISTRIP | Libc.INLCR
            | Libc.IGNCR | Libc.IUCLC)) | Libc.ICRNL | Libc.IMAXBEL | Libc.IUTF8;
        modes.Output |= Libc.ONLCR | Libc.OPOST;
        modes.Control |= Libc.CREAD;
        modes.Local = Libc.ISIG | Libc.ICANON | Libc.IEXTEN | Libc.ECHO | Libc.ECHOE | Libc.ECHOK
            | Libc.ECHOCTL | Libc.ECHOKE;
        ReadOnlySpan<byte> characters =
            [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0];
        characters.CopyTo(new Span<byte>(modes.Characters, characters.Length));
        return SysResult.Of(Libc.ioctl(terminal.Number, Libc.TCSETS, &modes));
    }

    /// <summary>
    /// TTYRows= and TTYColumns=: null leaves one as it is. ENOTTY for no terminal.
    /// </summary>
    public static unsafe SysResult Resize(int fd, int? rows, int? columns)
    {
        // struct winsize: rows, columns, and both in pixels.
        ushort* size = stackalloc ushort[4];
        var result = SysResult.Of(Libc.ioctl(fd, Libc.TIOCGWINSZ, size));
        if (result.IsError)
            return result;
        size[0] = (ushort)(rows ?? size[0]);
        size[1] = (ushort)(columns ?? size[1]);
        return SysResult.Of(Libc.ioctl(fd, Libc.TIOCSWINSZ, size));
    }

    /// <summary>TTYVTDisallocate=: what was on it cannot be scrolled back to.</summary>
    public static SysResult Clear(string path)
    {
        SysResult<FileDescriptor> opened = Open(path);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor terminal = opened.Require();
        return terminal.WriteAll("\u001b[r\u001b[H\u001b[2J\u001b[3J"u8);
    }
}
