using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Processes;

/// <summary>
/// pidfd_open(2) and pidfd_send_signal(2). A pid is a name that can be given to another process;
/// a pidfd is the process.
/// </summary>
public static unsafe class PidFd
{
    /// <summary>
    /// A pidfd for whoever has the pid at this moment. Sure only for one's own unreaped children;
    /// for any other process use <see cref="OpenVerified"/>.
    /// </summary>
    public static SysResult<FileDescriptor> Open(int pid) => Descriptors.Own(
        SysResult.Of(Libc.syscall_pidfd_open(Libc.SYS_pidfd_open, pid, 0)), "pidfd_open");

    /// <summary>
    /// A pidfd together with the identity it stands for: the start time is read while the pidfd
    /// is held, and the process is seen to be unreaped afterwards, so both belong together.
    /// </summary>
    /// <param name="expected">With a start time other than 0, ESRCH unless it is that
    /// process.</param>
    public static SysResult<FileDescriptor> OpenVerified(
        ProcFs proc, ProcessIdentity expected, out ProcessIdentity found)
    {
        found = default;
        var opened = Open(expected.Pid);
        if (opened.IsError)
            return opened;
        var fd = opened.Require();
        var identity = proc.Identify(expected.Pid);
        var alive = SendSignal(fd, 0);

        // EPERM also proves that it is still there.
        bool same = (alive.IsOk || alive.Error == Errno.EPERM)
            && (expected.StartTicks == 0 || identity.StartTicks == expected.StartTicks);
        if (same)
        {
            found = identity;
            return opened;
        }

        fd.Dispose();
        return SysResult<FileDescriptor>.Fail(Errno.ESRCH, "pidfd_open");
    }

    /// <summary>Sends a signal; 0 only asks. ESRCH once the process is reaped.</summary>
    public static SysResult SendSignal(FileDescriptor pidfd, int signal) =>
        SysResult.Of(Libc.syscall_pidfd_send_signal(
            Libc.SYS_pidfd_send_signal, pidfd.Number, signal, null, 0));
}
