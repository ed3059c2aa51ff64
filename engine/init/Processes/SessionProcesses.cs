using InitTx.Core;
using InitTx.Linux;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Processes;

/// <summary>
/// A unit's processes on a machine without cgroups: those of the sessions that its commands lead
/// (each command is made with setsid(2), nobody can join a session from outside), and what descends
/// from them. What has made a session of its own and lost its parent is not found; that loss is
/// shown in <c>initx status</c>. Found in /proc, at most once a turn of the loop.
/// </summary>
/// <remarks>
/// A session's number is not given out again while a process is in it, and what was left of a
/// unit's sessions is forgotten once they are seen empty. Main thread only.
/// </remarks>
internal sealed class SessionProcesses(
    ProcFs proc, ChildReaper reaper, KnownPids known, EventQueue queue)
{
    private const int RoundsMax = 16;
    private const int DepthMax = 64;
    private const long FirstLookUs = 50_000;
    private const long LongestLookUs = 2_000_000;

    private readonly Dictionary<int, UnitId> _sessions = [];
    private readonly List<UnitId> _awaited = [];
    private readonly List<ProcStat> _all = [];
    private readonly Dictionary<int, int> _parents = [];
    private readonly List<int> _empty = [];
    private bool _isFresh;
    private long _intervalUs = FirstLookUs;

    /// <summary>When to look for ends that nobody announces, CLOCK_BOOTTIME microseconds.</summary>
    public long NextDeadlineUs { get; private set; } = long.MaxValue;

    /// <summary>A command was made: it leads the session of its own number.</summary>
    public void Leads(int pid, UnitId unit) => _sessions[pid] = unit;

    /// <summary>A process that is the unit's, though not made for it just now.</summary>
    public void Joins(int pid, UnitId unit)
    {
        if (proc.TryStat(pid, out ProcStat stat) && stat.Session > 1)
            _sessions.TryAdd(stat.Session, unit);
    }

    /// <summary>The unit in whose session a process is.</summary>
    public UnitId? UnitOf(int pid) =>
        proc.TryStat(pid, out ProcStat stat) && _sessions.TryGetValue(stat.Session, out UnitId unit)
            ? unit
            : null;

    /// <summary>The loop has turned: what /proc showed may be over.</summary>
    public void Turn() => _isFresh = false;

    /// <summary>
    /// Whether something of the unit lives, now that one of its processes has ended. When that was
    /// the last that we know, <see cref="EngineEvent.CgroupEmptied"/> comes when nothing lives.
    /// </summary>
    public bool IsPopulated(UnitId unit, int ended)
    {
        bool isLast = !known.HasOther(unit, ended);
        if (List(unit).Count == 0)
        {
            if (isLast)
                Forget(unit);
            return false;
        }

        if (isLast && !_awaited.Contains(unit))
            _awaited.Add(unit);
        Hurry();
        return true;
    }

    /// <summary>Something ended that may be a unit's: look soon.</summary>
    public void Hurry()
    {
        if (_awaited.Count == 0)
            return;
        _intervalUs = FirstLookUs;
        NextDeadlineUs = Math.Min(NextDeadlineUs, MonotonicClock.BootTimeUs() + FirstLookUs);
    }

    /// <summary>Signals all of the unit but one; the first error that is no "it is gone".</summary>
    public SysResult Signal(UnitId unit, ProcessIdentity except, int signal, bool thenContinue)
    {
        SysResult result = SysResult.Ok;
        var signalled = new HashSet<int>();
        for (int round = 0; round < RoundsMax; round++)
        {
            int before = signalled.Count;
            _isFresh = false;
            foreach (ProcessIdentity process in List(unit))
            {
                if (process.Pid == except.Pid || !signalled.Add(process.Pid))
                    continue;
                SysResult sent = reaper.Signal(proc, process, signal, thenContinue);
                if (sent.IsError && sent.Error != Errno.ESRCH && result.IsOk)
                    result = sent;
            }

            // What is told to end may still make more of itself; what is killed must not escape.
            if (signalled.Count == before || signal != Signals.Kill)
                break;
        }

        _isFresh = false;
        return result;
    }

    /// <summary>
    /// Looks after units that are waited for. Who dies under a parent of its own is announced by
    /// nobody, so the looks go on, ever more rarely.
    /// </summary>
    public void OnTime(long nowUs)
    {
        if (nowUs < NextDeadlineUs)
            return;
        _isFresh = false;
        for (int i = _awaited.Count - 1; i >= 0; i--)
        {
            UnitId unit = _awaited[i];
            if (List(unit).Count > 0)
                continue;
            Forget(unit);
            queue.Post(new EngineEvent.CgroupEmptied(unit));
        }

        _intervalUs = Math.Min(2 * _intervalUs, LongestLookUs);
        NextDeadlineUs = _awaited.Count == 0 ? long.MaxValue : nowUs + _intervalUs;
    }

    private List<ProcessIdentity> List(UnitId unit)
    {
        Look();
        var found = new List<ProcessIdentity>();
        foreach (ProcStat stat in _all)
        {
            if (Belongs(stat, unit))
                found.Add(new ProcessIdentity(stat.Pid, stat.StartTicks));
        }

        return found;
    }

    // By its session; one with a session of nobody's, by its parents.
    private bool Belongs(ProcStat stat, UnitId unit)
    {
        if (_sessions.TryGetValue(stat.Session, out UnitId owner))
            return owner == unit;
        int pid = stat.Pid;
        for (int depth = 0; depth < DepthMax; depth++)
        {
            if (known.TryGet(pid, out owner) || _sessions.TryGetValue(pid, out owner))
                return owner == unit;
            if (!_parents.TryGetValue(pid, out pid))
                return false;
        }

        return false;
    }

    private void Look()
    {
        if (_isFresh)
            return;
        _isFresh = true;
        _all.Clear();
        _parents.Clear();
        ProcessList.Read(proc, _all);
        foreach (ProcStat stat in _all)
            _parents[stat.Pid] = stat.ParentPid;
    }

    private void Forget(UnitId unit)
    {
        _awaited.Remove(unit);
        foreach ((int session, UnitId owner) in _sessions)
        {
            if (owner == unit)
                _empty.Add(session);
        }

        foreach (int session in _empty)
            _sessions.Remove(session);
        _empty.Clear();
    }
}
