using InitTx.Core.Ports;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Control;

/// <summary>
/// Who is at the other end of a control connection, asked once, at accept. uid and gid are the
/// kernel's record of the moment of connect(2) and decide; the rest is for the journal.
/// </summary>
public static unsafe class RequesterFacts
{
    /// <summary>
    /// Reads them. Verified means that the names are those of the connecting process: the kernel
    /// gave a pidfd of it (SO_PEERPIDFD, Linux 6.5), or the process that has its pid has its uid,
    /// and the same start time before and after a pidfd to it was taken.
    /// </summary>
    public static SysResult<Requester> Read(int connection, ProcFs proc)
    {
        var asked = SocketCalls.PeerCredentials(connection, out var peer);
        if (asked.IsError)
            return SysResult<Requester>.Fail(asked, "SO_PEERCRED");
        var nobody = new Requester(peer.Pid, (int)peer.Uid, (int)peer.Gid, "", "", "", -1, false);

        // Pid 0: the client lives in a PID namespace that is not below ours.
        if (peer.Pid <= 0 || !proc.IsAvailable)
            return SysResult<Requester>.Ok(nobody);
        using var pidfd = OpenPeer(connection, peer, proc);
        if (pidfd is null)
            return SysResult<Requester>.Ok(nobody);
        var facts = ProcessFacts.Read(proc, peer.Pid);

        // Still unreaped after the last read: all of it was about this process.
        if (PidFd.SendSignal(pidfd, 0).Error == Errno.ESRCH)
            return SysResult<Requester>.Ok(nobody);
        return SysResult<Requester>.Ok(nobody with
        {
            Comm = facts.Comm,
            Exe = facts.Exe,
            Tty = facts.Terminal,
            LoginUid = facts.LoginUid,
            Cgroup = facts.Cgroup,
            Verified = true,
        });
    }

    private static FileDescriptor? OpenPeer(int connection, Libc.Ucred peer, ProcFs proc)
    {
        var given = SocketCalls.GetOption(connection, Libc.SOL_SOCKET, Libc.SO_PEERPIDFD);
        if (given.IsOk)
            return new FileDescriptor(given.Value);

        // Any other error than "unknown option": the peer is reaped (EINVAL, ESRCH).
        if (given.Error != Errno.ENOPROTOOPT)
            return null;
        var before = proc.Identify(peer.Pid);
        var opened = PidFd.OpenVerified(proc, before, out _);
        if (opened.IsError || before.StartTicks == 0)
        {
            opened.Value?.Dispose();
            return null;
        }

        if (ProcessFacts.Read(proc, peer.Pid).Uid == peer.Uid)
            return opened.Require();
        opened.Require().Dispose();
        return null;
    }
}
