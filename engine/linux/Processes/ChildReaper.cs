using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Loop;

namespace InitTx.Linux.Processes;

/// <summary>
/// Ends of processes, in three steps: <b>peek</b> (waitid with WNOWAIT), the caller records and
/// commits, then <b>reap</b>. Promises:
/// <list type="number">
/// <item>A known child stays a zombie until <see cref="ReapCommitted"/>, so a crash of the manager
/// in between loses no exit status.</item>
/// <item>Each exit is reported once per registration.</item>
/// <item>A stranger (an orphan the kernel gave us) is reaped as soon as it is seen, and a known
/// child is never reaped as one.</item>
/// <item>Looking, sweeping and reaping allocate nothing.</item>
/// </list>
/// <para>Known children are found by their pidfds: one-shot in epoll, silent from the peek on.
/// Strangers have none: <c>waitid(P_ALL, WNOWAIT)</c> shows them. It shows the first zombie in the
/// order of birth or adoption, and the same one again until it is reaped, so a known zombie hides
/// every stranger behind it. <see cref="Sweep"/> therefore ends at the first known zombie,
/// reports it when that has not been done yet, and stays pending: the caller commits, reaps what
/// was reported, and sweeps again. Each round takes at least one zombie away, a round is at most
/// <see cref="StrangersPerSweep"/> strangers long, and with nothing pending no call is made.</para>
/// <para>A planned re-exec parks the pidfds for the next image (<see cref="Park"/>), which takes
/// them in place of opening them anew (<see cref="TakeOver"/>).</para>
/// <para>A zombie that a tracer withholds is no noise: its pidfd stays silent, and a sweep finds it
/// once the tracer has let go.</para>
/// <para>A child without pidfd (EMFILE, a kernel or sandbox that refuses) is peeked by pid in
/// each sweep; the zombie keeps its pid from being given away.</para>
/// Main thread only.
/// </summary>
public sealed unsafe class ChildReaper
{
    /// <summary>Strangers reaped before other events have their turn.</summary>
    public const int StrangersPerSweep = 256;

    private readonly EventLoop _loop;
    private readonly byte _keyKind;
    private readonly Dictionary<int, Child> _known = [];
    private readonly List<Child> _blind = [];
    private readonly List<Child> _peeked = [];
    private readonly Dictionary<int, FileDescriptor> _parked = [];

    /// <param name="keyKind">Kind of the loop's events for children; their id is the pid.</param>
    public ChildReaper(EventLoop loop, byte keyKind)
    {
        _loop = loop;
        _keyKind = keyKind;
    }

    /// <summary>
    /// True when <see cref="Sweep"/> has to run: after SIGCHLD, at the start (signals that came
    /// before an exec), and when a sweep ended before the last zombie. Do not block while it is.
    /// </summary>
    public bool SweepPending { get; private set; } = true;

    /// <summary>How many processes are known.</summary>
    public int KnownCount => _known.Count;

    /// <summary>How many strangers have been reaped.</summary>
    public long StrangersReaped { get; private set; }

    /// <summary>SIGCHLD was read.</summary>
    public void ChildSignalled() => SweepPending = true;

    /// <summary>True when the pid is known and unreaped.</summary>
    public bool IsKnown(int pid) => _known.ContainsKey(pid);

    /// <summary>
    /// Whether the pid is an unreaped child's of ours, known or not: one call, a twentieth of what
    /// looking it up in /proc costs.
    /// </summary>
    public static bool IsChild(int pid) =>
        Wait(Libc.P_PID, (uint)pid, Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT, out _).IsOk;

    /// <summary>
    /// The image is about to be replaced, and nothing is reaped any more: pidfds of all known
    /// children behind one descriptor. One whose exit is reported already is left out: the next
    /// image has to find it anew.
    /// </summary>
    public SysResult<FileDescriptor> Park()
    {
        var pids = new int[_known.Count];
        var fds = new int[_known.Count];
        int count = 0;
        foreach (var child in _known.Values)
        {
            if (child.PidFd is not { } pidfd || child.Peeked)
                continue;
            pids[count] = child.Process.Pid;
            fds[count++] = pidfd.Number;
        }

        return ParkedDescriptors.Park(pids.AsSpan(0, count), fds.AsSpan(0, count));
    }

    /// <summary>
    /// Takes what the image before this one parked, in a planned re-exec only. The kernel kept pid
    /// and pidfd together, and nobody has reaped since.
    /// </summary>
    public void TakeOver(FileDescriptor parked) => ParkedDescriptors.Fetch(parked, _parked);

    /// <summary>
    /// Whether the pid is an unreaped child's that was parked and is not known yet.
    /// </summary>
    public bool IsParked(int pid) => _parked.ContainsKey(pid);

    /// <summary>Recovery is done: nobody asks for what is left of them.</summary>
    public void DropParked()
    {
        foreach (var pidfd in _parked.Values)
            pidfd.Dispose();
        _parked.Clear();
    }

    /// <summary>The tag of a known process.</summary>
    public bool TryGetTag(int pid, out ulong tag)
    {
        bool found = _known.TryGetValue(pid, out var child);
        tag = found ? child!.Tag : 0;
        return found;
    }

    /// <summary>
    /// Makes a process known, right after it was made or adopted and before the next sweep. A
    /// pid that is known already only changes its tag.
    /// </summary>
    /// <param name="pidfd">Owned from here on; null: one is opened.</param>
    /// <param name="tag">Returned with the exit: the spawn token.</param>
    /// <returns>Ok, or why it has to be looked up by pid instead of by pidfd; it is known either
    /// way.</returns>
    public SysResult Register(ProcessIdentity process, FileDescriptor? pidfd, ulong tag)
    {
        if (_known.TryGetValue(process.Pid, out var known))
        {
            pidfd?.Dispose();
            known.Tag = tag;
            return SysResult.Ok;
        }

        var result = SysResult.Ok;
        bool isWatched = false;
        if (pidfd is null && _parked.Remove(process.Pid, out pidfd))
        {
            isWatched = _loop.IsTakenOver;
        }
        else if (pidfd is null)
        {
            var opened = PidFd.Open(process.Pid);
            pidfd = opened.Value;
            result = opened.IsError ? SysResult.Fail(opened.Error) : result;
        }

        var child = new Child { Process = process, Tag = tag, PidFd = pidfd };
        if (pidfd is not null && !isWatched)
        {
            result = _loop.AddLasting(pidfd.Number, LoopEvents.Readable, KeyOf(process.Pid));
            if (result.IsError)
            {
                pidfd.Dispose();
                child.PidFd = null;
            }
        }

        _known.Add(process.Pid, child);
        if (child.PidFd is null)
        {
            _blind.Add(child);
            SweepPending = true;
        }

        return result;
    }

    /// <summary>No longer of interest: when it ends it is reaped like a stranger.</summary>
    public void Forget(int pid)
    {
        if (!_known.Remove(pid, out var child))
            return;
        _peeked.Remove(child);
        Close(child);
        SweepPending = true;
    }

    /// <summary>
    /// A child's pidfd was ready: how it ended. False when it has not ended after all, or was
    /// reported before.
    /// </summary>
    public bool TryPeek(int pid, out ChildExit exit)
    {
        exit = default;
        return _known.TryGetValue(pid, out var child) && Peek(child, out exit);
    }

    /// <summary>
    /// Reaps strangers, and reports known children that only a sweep can find.
    /// </summary>
    /// <param name="exits">Room for at least one exit.</param>
    /// <returns>How many exits were put there.</returns>
    public int Sweep(Span<ChildExit> exits)
    {
        SweepPending = false;
        int reported = SweepBlind(exits);
        if (reported == exits.Length)
        {
            SweepPending = true;
            return reported;
        }

        for (int strangers = 0; strangers < StrangersPerSweep;)
        {
            var peeked = Wait(
                Libc.P_ALL, 0, Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT, out var info);

            // ECHILD: no child at all.
            if (peeked.IsError || info.Pid == 0)
                return reported;
            if (_known.TryGetValue(info.Pid, out var child))
            {
                if (Peek(child, out exits[reported]))
                    reported++;
                SweepPending = true;
                return reported;
            }

            Wait(Libc.P_PID, (uint)info.Pid, Libc.WEXITED | Libc.WNOHANG, out _);
            StrangersReaped++;
            strangers++;
        }

        SweepPending = true;
        return reported;
    }

    /// <summary>
    /// The reported exits are committed: reaps their zombies and forgets them.
    /// </summary>
    public void ReapCommitted()
    {
        foreach (var child in _peeked)
        {
            Wait(child, Libc.WEXITED | Libc.WNOHANG, out _);
            _known.Remove(child.Process.Pid);
            Close(child);
        }

        _peeked.Clear();
    }

    /// <summary>
    /// Sends a signal to a process by identity: a known one by its pidfd, any other by one that is
    /// opened and checked for it. ESRCH when it has ended or the pid is another's now.
    /// </summary>
    /// <param name="thenContinue">SIGCONT after it: a stopped process acts on no signal.</param>
    /// <returns>What became of <paramref name="signal"/>.</returns>
    public SysResult Signal(
        ProcFs proc, ProcessIdentity process, int signal, bool thenContinue = false)
    {
        if (_known.TryGetValue(process.Pid, out var child))
        {
            if (process.StartTicks != 0 && child.Process.StartTicks != 0
                && process.StartTicks != child.Process.StartTicks)
            {
                return SysResult.Fail(Errno.ESRCH);
            }

            var toKnown = SignalKnown(child, signal);
            if (thenContinue && toKnown.IsOk)
                SignalKnown(child, Libc.SIGCONT);
            return toKnown;
        }

        var opened = PidFd.OpenVerified(proc, process, out _);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using var pidfd = opened.Require();
        var sent = PidFd.SendSignal(pidfd, signal);
        if (thenContinue && sent.IsOk)
            PidFd.SendSignal(pidfd, Libc.SIGCONT);
        return sent;
    }

    // Where pidfds cannot be had or signalled through, the unreaped child itself keeps the pid from
    // being reused.
    private static SysResult SignalKnown(Child child, int signal) =>
        child.PidFd is { } known && PidFd.SendSignal(known, signal) is var sent
            && sent.Error is not (Errno.ENOSYS or Errno.EPERM)
            ? sent
            : SysResult.Of(Libc.kill(child.Process.Pid, signal));

    private int SweepBlind(Span<ChildExit> exits)
    {
        int reported = 0;
        for (int i = 0; i < _blind.Count && reported < exits.Length; i++)
        {
            if (Peek(_blind[i], out exits[reported]))
                reported++;
        }

        return reported;
    }

    private bool Peek(Child child, out ChildExit exit)
    {
        exit = default;
        if (child.Peeked)
            return false;
        var result = Wait(child, Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT, out var info);
        if (result.Error == Errno.ECHILD)
        {
            // Adopted, but not ours to wait for. Its pidfd is readable because it has ended; one
            // without a pidfd was never reported ready, so ask.
            if (child.PidFd is null && SysResult.Of(Libc.kill(child.Process.Pid, 0)).Error
                != Errno.ESRCH)
            {
                return false;
            }

            exit = new(child.Process, child.Tag, ExitKind.None, 0);
        }
        else if (result.IsError || info.Pid == 0)
        {
            // Ended, and a tracer that has not looked withholds it: armed again the pidfd would be
            // ready at once, for ever. SIGCHLD comes when the tracer lets go or ends, and a sweep
            // finds it then (wait_consider_task and __ptrace_detach of the kernel).
            return false;
        }
        else
        {
            exit = new(child.Process, child.Tag, KindOf(info.Code), info.Status);
        }

        child.Peeked = true;
        _peeked.Add(child);
        return true;
    }

    private static ExitKind KindOf(int code) => code switch
    {
        Libc.CLD_EXITED => ExitKind.Exited,
        Libc.CLD_DUMPED => ExitKind.Dumped,
        _ => ExitKind.Killed,
    };

    /// <summary>By pidfd, where the kernel knows that; by the pid that the zombie keeps.</summary>
    private static SysResult Wait(Child child, int options, out Libc.ChildInfo info)
    {
        if (child.PidFd is { } pidfd)
        {
            var result = Wait(Libc.P_PIDFD, (uint)pidfd.Number, options, out info);
            if (result.Error != Errno.EINVAL)
                return result;
        }

        return Wait(Libc.P_PID, (uint)child.Process.Pid, options, out info);
    }

    private static SysResult Wait(int idType, uint id, int options, out Libc.ChildInfo info)
    {
        fixed (Libc.ChildInfo* start = &info)
        {
            while (true)
            {
                // The kernel leaves it as it is when nobody is waitable.
                *start = default;
                var result = SysResult.Of(Libc.waitid(idType, id, start, options));
                if (result.Error != Errno.EINTR)
                    return result;
            }
        }
    }

    private void Close(Child child)
    {
        // Closed for the last time, it is watched no longer. A child between clone and exec may
        // hold it a moment more; what is told of it then is of a pid that nobody knows.
        if (child.PidFd is { } pidfd)
            pidfd.Dispose();
        else
            _blind.Remove(child);
    }

    private EventKey KeyOf(int pid) => new(_keyKind, (ulong)pid);

    private sealed class Child
    {
        internal required ProcessIdentity Process { get; init; }
        internal ulong Tag { get; set; }
        internal FileDescriptor? PidFd { get; set; }
        internal bool Peeked { get; set; }
    }
}
