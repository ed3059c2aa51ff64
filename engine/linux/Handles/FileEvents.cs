using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>What a descriptor would tell now; nothing is waited for.</summary>
public static unsafe class FileEvents
{
    /// <summary>
    /// True when a table of /proc has changed since this descriptor was last asked (POLLPRI);
    /// asking takes note.
    /// </summary>
    public static bool HasPriority(FileDescriptor file)
    {
        var entry = new Libc.PollFd { Fd = file.Number, Events = Libc.POLLPRI };
        return Libc.poll(&entry, 1, 0) == 1 && (entry.Returned & Libc.POLLPRI) != 0;
    }
}
