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
}
