using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>How the kernel runs this process (sched(7), ioprio_set(2), personality(2)).</summary>
public static unsafe class Scheduling
{
    private const int MostProcessors = 8192;
    private const int MostNodes = 1024; // MAX_NUMNODES of x86-64

    /// <summary>SCHED_OTHER 0, FIFO 1, RR 2, BATCH 3, IDLE 5.</summary>
    public static SysResult SetPolicy(int policy, int priority, bool resetOnFork) =>
        SysResult.Of(Libc.sched_setscheduler(
            0, policy | (resetOnFork ? Libc.SCHED_RESET_ON_FORK : 0), &priority));

    /// <summary>Processors as ranges: <c>0-3,8-8</c>.</summary>
    public static SysResult SetAffinity(string ranges)
    {
        ulong* set = stackalloc ulong[MostProcessors / 64];
        new Span<ulong>(set, MostProcessors / 64).Clear();
        foreach (string range in ranges.Split(','))
        {
            string[] ends = range.Split('-');
            if (ends.Length != 2 || !uint.TryParse(ends[0], out uint first)
                || !uint.TryParse(ends[1], out uint last) || last >= MostProcessors)
                return SysResult.Fail(Errno.EINVAL);
            for (uint processor = first; processor <= last; processor++)
                set[processor / 64] |= 1ul << (int)(processor % 64);
        }

        return SysResult.Of(Libc.sched_setaffinity(0, MostProcessors / 8, set));
    }

    /// <summary>
    /// set_mempolicy(2): MPOL_DEFAULT 0, PREFERRED 1, BIND 2, INTERLEAVE 3, LOCAL 4.
    /// </summary>
    /// <param name="nodes">Ranges as <see cref="SetAffinity"/> has them; empty for none.</param>
    public static SysResult SetMemoryPolicy(int mode, string nodes)
    {
        ulong* set = stackalloc ulong[MostNodes / 64];
        new Span<ulong>(set, MostNodes / 64).Clear();
        if (nodes.Length == 0)
            return SysResult.Of(Libc.syscall_set_mempolicy(Libc.SYS_set_mempolicy, mode, null, 0));
        foreach (string range in nodes.Split(','))
        {
            string[] ends = range.Split('-');
            if (!uint.TryParse(ends[0], out uint first) || !uint.TryParse(ends[^1], out uint last)
                || last >= MostNodes)
                return SysResult.Fail(Errno.EINVAL);
            for (uint node = first; node <= last; node++)
                set[node / 64] |= 1ul << (int)(node % 64);
        }

        return SysResult.Of(Libc.syscall_set_mempolicy(
            Libc.SYS_set_mempolicy, mode, set, MostNodes + 1));
    }

    /// <summary>Class 0 none, 1 realtime, 2 best effort, 3 idle; level 0 to 7.</summary>
    public static SysResult SetIoPriority(int ioClass, int level) =>
        SysResult.Of(Libc.syscall_ioprio_set(
            Libc.SYS_ioprio_set, Libc.IOPRIO_WHO_PROCESS, 0, (long)ioClass << 13 | (long)level));

    /// <summary>PR_SET_TIMERSLACK, nanoseconds; 0 for the default.</summary>
    public static SysResult SetTimerSlack(ulong nanoseconds) =>
        SysResult.Of(Libc.prctl(Libc.PR_SET_TIMERSLACK, (nuint)nanoseconds, 0, 0, 0));

    /// <summary>0 is PER_LINUX, 8 is PER_LINUX32; 0xffffffff asks for the present one.</summary>
    public static SysResult SetPersonality(uint persona) =>
        SysResult.Of(Libc.personality(persona));
}
