using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>Sockets with a name in the file system.</summary>
internal static class UnixSockets
{
    /// <summary>
    /// Makes and binds a socket with a mode, whatever the umask is. A socket that is left there
    /// from before is replaced; anything else there is refused with EADDRINUSE.
    /// </summary>
    internal static SysResult<FileDescriptor> Bind(string path, int type, uint mode)
    {
        if (SocketAddress.Unix(path) is not { } address)
            return SysResult<FileDescriptor>.Fail(Errno.ENAMETOOLONG, "bind " + path);
        var created = SocketCalls.Create(Libc.AF_UNIX, type);
        if (created.IsError)
            return created;
        var fd = created.Require();
        var bound = BindReplacing(fd, address, path, mode);
        if (bound.IsOk)
            return created;
        fd.Dispose();
        return SysResult<FileDescriptor>.Fail(bound, "bind " + path);
    }

    /// <summary>
    /// bind(2) that unlinks a stale socket; the mode is right from the first moment.
    /// </summary>
    internal static SysResult BindReplacing(
        FileDescriptor fd, SocketAddress address, string path, uint mode)
    {
        // The name appears with its mode: no other thread of ours makes files.
        uint before = Libc.umask(~mode & 0x1FF);
        var bound = SocketCalls.Bind(fd, address);
        if (bound.Error == Errno.EADDRINUSE
            && Files.Status(Files.Cwd, path, out var status).IsOk && status.IsSocket)
        {
            bound = Files.Unlink(Files.Cwd, path);
            if (bound.IsOk)
                bound = SocketCalls.Bind(fd, address);
        }

        Libc.umask(before);
        return bound;
    }
}
