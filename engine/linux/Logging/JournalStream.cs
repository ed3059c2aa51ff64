using System.Globalization;
using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Logging;

/// <summary>
/// A connection to journald's stream socket, to be a service's standard output: seven lines that
/// say whose it is, then the output itself. Nothing is waited for: a journald that takes no
/// connection at once is an error.
/// </summary>
public static class JournalStream
{
    /// <summary>Where a running journald listens.</summary>
    public const string DefaultPath = "/run/systemd/journal/stdout";

    /// <summary>
    /// Connects and introduces the stream. ENOENT, ECONNREFUSED: no journald; EAGAIN: its queue is
    /// full.
    /// </summary>
    public static SysResult<FileDescriptor> Open(string path, LogStreamFacts facts)
    {
        if (SocketAddress.Unix(path) is not { } address)
            return SysResult<FileDescriptor>.Fail(Errno.ENAMETOOLONG, path);
        SysResult<FileDescriptor> made = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM);
        if (made.IsError)
            return made;
        FileDescriptor fd = made.Require();
        SysResult result = SocketCalls.Connect(fd, address);
        byte[] head = Encoding.UTF8.GetBytes(Introduction(facts));
        if (result.IsOk)
            result = SocketCalls.Send(fd.Number, head);
        if (result.IsOk && result.Value != head.Length)
            result = SysResult.Fail(Errno.EAGAIN);

        // The program writes to it as to any standard output.
        if (result.IsOk)
            result = fd.SetNonBlocking(false);
        if (result.IsOk)
            return made;
        fd.Dispose();
        return SysResult<FileDescriptor>.Fail(result, path);
    }

    // Identifier, unit, priority, level prefix, forward to syslog, kmsg, console.
    private static string Introduction(LogStreamFacts facts) => string.Create(
        CultureInfo.InvariantCulture,
        $"{facts.Identifier}\n{facts.Unit}\n{(facts.Facility << 3) | facts.Level}\n"
        + $"{(facts.LevelPrefix ? 1 : 0)}\n0\n0\n0\n");
}
