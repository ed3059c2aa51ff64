using InitTx.Linux.Interop;

namespace InitTx.Linux.Channels;

/// <summary>
/// Waiting for one descriptor, for programs without an event loop. Never in PID 1.
/// </summary>
public static unsafe class BlockingWait
{
    /// <summary>Waits until there is something to read, or the peer is gone.</summary>
    /// <param name="timeoutMs">-1 waits for ever; 0 is returned when the time is over.</param>
    public static SysResult Readable(int fd, int timeoutMs = -1) =>
        Wait(fd, Libc.POLLIN, timeoutMs);

    /// <summary>
    /// Waits until one of two has something to read; a negative descriptor is left out.
    /// </summary>
    public static SysResult Readable(int first, int second, int timeoutMs)
    {
        var entries = stackalloc Libc.PollFd[2];
        entries[0] = new Libc.PollFd { Fd = first, Events = Libc.POLLIN };
        entries[1] = new Libc.PollFd { Fd = second, Events = Libc.POLLIN };
        while (true)
        {
            var result = SysResult.Of(Libc.poll(entries, 2, timeoutMs));
            if (result.Error != Errno.EINTR)
                return result;
        }
    }

    /// <summary>Waits until something can be written, or the peer is gone.</summary>
    /// <param name="timeoutMs">-1 waits for ever; 0 is returned when the time is over.</param>
    public static SysResult Writable(int fd, int timeoutMs = -1) =>
        Wait(fd, Libc.POLLOUT, timeoutMs);

    private static SysResult Wait(int fd, short events, int timeoutMs)
    {
        var entry = new Libc.PollFd { Fd = fd, Events = events };
        while (true)
        {
            var result = SysResult.Of(Libc.poll(&entry, 1, timeoutMs));
            if (result.Error != Errno.EINTR)
                return result;
        }
    }
}
