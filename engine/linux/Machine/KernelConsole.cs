using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Machine;

/// <summary>
/// Descriptors for messages to people at the machine. All are non-blocking and never become a
/// controlling terminal: a serial line that was stopped with ^S must not stop PID 1, so a write
/// that does not go through at once is the writer's to drop and count.
/// </summary>
public static class KernelConsole
{
    private const int PrefixMax = 8;

    /// <summary>
    /// /dev/console for writing; ENXIO where nobody reads it (a FIFO in a container).
    /// </summary>
    public static SysResult<FileDescriptor> Open() =>
        Files.Open(Files.Cwd, "/dev/console", Libc.O_WRONLY | Libc.O_NONBLOCK);

    /// <summary>/dev/kmsg, the kernel's log, for writing; EPERM in most containers.</summary>
    public static SysResult<FileDescriptor> OpenLog() =>
        Files.Open(Files.Cwd, "/dev/kmsg", Libc.O_WRONLY | Libc.O_NONBLOCK);

    /// <summary>
    /// Writes one record to the kernel's log with its priority (syslog(3), 0 to 7), cut to what the
    /// kernel takes. One write is one record.
    /// </summary>
    public static SysResult WriteLog(FileDescriptor log, int priority, ReadOnlySpan<byte> text)
    {
        // LOG_DAEMON is 3 << 3; the kernel keeps 1,024 - some bytes a record.
        Span<byte> record = stackalloc byte[960];
        record[0] = (byte)'<';
        System.Buffers.Text.Utf8Formatter.TryFormat(
            24 + Math.Clamp(priority, 0, 7), record[1..], out int digits);
        record[1 + digits] = (byte)'>';
        int length = 2 + digits;
        var kept = text[..Math.Min(text.Length, record.Length - PrefixMax)];
        foreach (byte c in kept)
            record[length++] = c is < 32 or 127 ? (byte)'?' : c;
        return log.Write(record[..length]);
    }
}
