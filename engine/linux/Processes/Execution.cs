using InitTx.Linux.Interop;

namespace InitTx.Linux.Processes;

/// <summary>
/// Whether a child of ours has executed its program (execve(2)). The close-on-exec pipe alone
/// cannot tell: it is closed by an execve and by a death before it. The kernel can: it keeps
/// PF_FORKNOEXEC in the flags of /proc/PID/stat (proc(5), field 9) from the clone to the execve,
/// for a zombie as well.
/// </summary>
/// <remarks>
/// Not used: a byte written before execve (it could still fail, or be killed, after it), the
/// executable's link (a zombie has none), the name (a service may be called as the manager is).
/// </remarks>
public static unsafe class Execution
{
    private const uint ForkedNotExecuted = 0x40; // PF_FORKNOEXEC, include/linux/sched.h

    /// <summary>Null where it is not known: the process is reaped, or /proc is missing.</summary>
    public static bool? Of(ProcFs proc, int pid) => proc.TryStat(pid, out ProcStat stat)
        ? (stat.Flags & ForkedNotExecuted) == 0
        : null;

    /// <summary>
    /// The same for one whose pipe is closed, at a 25th of the cost (1 µs for 26) where it lives:
    /// it has left our memory, so with memory of its own it has executed, and without any it is
    /// dead or dying and the flags have to be looked at.
    /// </summary>
    public static bool? OfClosedPipe(ProcFs proc, int pid) => HasMemory(pid) ? true : Of(proc, pid);

    // A read at an address that nobody may map: EFAULT where there is memory, ESRCH where there is
    // none. EPERM and ENOSYS, where tracing is forbidden, prove nothing.
    private static bool HasMemory(int pid)
    {
        byte into;
        var local = new Libc.IoVector { Base = &into, Length = 1 };
        var remote = new Libc.IoVector { Base = null, Length = 1 };
        nint read = Libc.process_vm_readv(pid, &local, 1, &remote, 1, 0);
        return SysResult.Of(read).Error == Errno.EFAULT;
    }
}
