using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>Calls on descriptors that are given as numbers.</summary>
public static unsafe class Descriptors
{
    /// <summary>Wraps what a call that makes descriptors returned.</summary>
    /// <param name="what">The call and its object, for the message.</param>
    public static SysResult<FileDescriptor> Own(SysResult result, string what) => result.IsError
        ? SysResult<FileDescriptor>.Fail(result, what)
        : SysResult<FileDescriptor>.Ok(new FileDescriptor(result.Value));

    /// <summary>read(2), again after EINTR.</summary>
    public static SysResult Read(int fd, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var result = SysResult.Of(Libc.read(fd, start, (nuint)buffer.Length));
                if (result.Error != Errno.EINTR)
                    return result;
            }
        }
    }

    /// <summary>Reads until the end of the file or of the buffer; how many bytes.</summary>
    public static SysResult ReadUpTo(int fd, Span<byte> buffer)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            var result = Read(fd, buffer[total..]);
            if (result.IsError)
                return result;
            if (result.Value == 0)
                break;
            total += result.Value;
        }

        return new SysResult(total);
    }

    /// <summary>Reads what is left of a file; EFBIG when the buffer does not hold it.</summary>
    public static SysResult ReadAll(int fd, Span<byte> buffer)
    {
        var result = ReadUpTo(fd, buffer);
        if (result.IsError || result.Value < buffer.Length)
            return result;
        Span<byte> beyond = stackalloc byte[1];
        return Read(fd, beyond).Value > 0 ? SysResult.Fail(Errno.EFBIG) : result;
    }

    /// <summary>write(2), again after EINTR.</summary>
    public static SysResult Write(int fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            while (true)
            {
                var result = SysResult.Of(Libc.write(fd, start, (nuint)data.Length));
                if (result.Error != Errno.EINTR)
                    return result;
            }
        }
    }

    /// <summary>Back to the beginning of what can be sought.</summary>
    public static SysResult Rewind(int fd) => MoveTo(fd, 0);

    /// <summary>Moves the offset to a place counted from the beginning, in bytes.</summary>
    public static SysResult MoveTo(int fd, long offset) => SysResult.Of(Libc.lseek(fd, offset, 0));

    /// <summary>
    /// Two descriptors of one open file (kcmp(2)). Where the kernel does not say they are two.
    /// </summary>
    public static bool AreSame(FileDescriptor one, FileDescriptor other)
    {
        long self = Libc.getpid();
        return Libc.syscall_kcmp(
            Libc.SYS_kcmp, self, self, Libc.KCMP_FILE, one.Number, other.Number) == 0;
    }

    /// <summary>True when FD_CLOEXEC is set; EBADF when it is not open.</summary>
    public static SysResult CloseOnExec(int fd)
    {
        var flags = SysResult.Of(Libc.fcntl(fd, Libc.F_GETFD, 0));
        return flags.IsError ? flags : new SysResult(flags.Raw & Libc.FD_CLOEXEC);
    }

    /// <summary>Sets or clears FD_CLOEXEC, the only flag of F_SETFD.</summary>
    public static SysResult SetCloseOnExec(int fd, bool on) =>
        SysResult.Of(Libc.fcntl(fd, Libc.F_SETFD, on ? Libc.FD_CLOEXEC : 0));

    /// <summary>Sets or clears O_NONBLOCK.</summary>
    public static SysResult SetNonBlocking(int fd, bool on)
    {
        var flags = SysResult.Of(Libc.fcntl(fd, Libc.F_GETFL, 0));
        if (flags.IsError)
            return flags;
        nint wanted = on
            ? (nint)flags.Raw | Libc.O_NONBLOCK
            : (nint)flags.Raw & ~(nint)Libc.O_NONBLOCK;
        return SysResult.Of(Libc.fcntl(fd, Libc.F_SETFL, wanted));
    }
}
