using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Control;

/// <summary>
/// The control socket: a listening unix stream socket. It only takes connections; who may ask
/// what is decided from <see cref="RequesterFacts"/>. Survives an exec as a descriptor.
/// Main thread only.
/// </summary>
public sealed unsafe class ControlListener : IDisposable
{
    private const int Backlog = 128;

    private readonly FileDescriptor _fd;

    private ControlListener(FileDescriptor fd) => _fd = fd;

    /// <summary>The descriptor to watch for reading.</summary>
    public int Fd => _fd.Number;

    /// <summary>
    /// Listens at a path, replacing a socket that is there. Mode 0666 lets everybody read state;
    /// a user's manager takes 0600.
    /// </summary>
    public static SysResult<ControlListener> Open(string path, uint mode)
    {
        var bound = UnixSockets.Bind(path, Libc.SOCK_STREAM, mode);
        if (bound.IsError)
            return SysResult<ControlListener>.Fail(bound.Error, bound.What);
        var fd = bound.Require();
        RefuseDescriptors(fd);
        var listening = SysResult.Of(Libc.listen(fd.Number, Backlog));
        if (listening.IsOk)
            return SysResult<ControlListener>.Ok(new ControlListener(fd));
        fd.Dispose();
        return SysResult<ControlListener>.Fail(listening, "listen " + path);
    }

    /// <summary>
    /// Takes over the descriptor that survived an exec; ENOTSOCK, EINVAL when it is none.
    /// </summary>
    public static SysResult<ControlListener> Adopt(FileDescriptor fd)
    {
        var listening = SocketCalls.GetOption(fd.Number, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN);
        RefuseDescriptors(fd);
        if (listening is { IsOk: true, Value: 1 })
            return SysResult<ControlListener>.Ok(new ControlListener(fd));
        fd.Dispose();
        return SysResult<ControlListener>.Fail(
            listening.IsError ? listening.Error : Errno.EINVAL, "control socket");
    }

    /// <summary>
    /// Takes one connection. EAGAIN: none waits. EMFILE, ENFILE: close one of the reserve, accept
    /// and drop, or the level-triggered loop spins (see <see cref="RefuseOne"/>).
    /// </summary>
    public SysResult<ControlConnection> Accept()
    {
        while (true)
        {
            var accepted = SysResult.Of(Libc.accept4(
                _fd.Number, null, null, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK));

            // Gone again before it was taken.
            if (accepted.Error is Errno.EINTR or Errno.ECONNABORTED)
                continue;
            return accepted.IsError
                ? SysResult<ControlConnection>.Fail(accepted, "accept4")
                : SysResult<ControlConnection>.Ok(
                    new ControlConnection(new FileDescriptor(accepted.Value)));
        }
    }

    /// <summary>
    /// Out of descriptors: gives up <paramref name="reserve"/> to take the first connection and
    /// close it, then opens the reserve again.
    /// </summary>
    public SysResult<FileDescriptor> RefuseOne(FileDescriptor reserve)
    {
        reserve.Dispose();
        Accept().Value?.Dispose();
        return Files.Open(Files.Cwd, "/", Libc.O_PATH);
    }

    // The kernel lets go of what a message brings when the message is read, in the reader's name:
    // of a socket with SO_LINGER that takes as long as the sender likes. Connections inherit this.
    // Before Linux 6.16 there is no such option.
    private static void RefuseDescriptors(FileDescriptor fd) =>
        SocketCalls.SetOption(fd, Libc.SOL_SOCKET, Libc.SO_PASSRIGHTS, 0);

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
