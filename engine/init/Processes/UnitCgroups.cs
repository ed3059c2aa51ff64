using InitTx.Answers;
using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Linux;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>
/// The cgroup of each unit, where the machine has cgroup v2 that we may write. Without it a unit's
/// processes are found by their sessions (<see cref="SessionProcesses"/>), and the loss is shown.
/// </summary>
internal sealed partial class UnitCgroups(
    CgroupTree tree, Engine engine, EventQueue queue, SessionProcesses sessions, ChildReaper reaper,
    ProcFs proc, UnitResources resources)
{
    private const int PerRound = 64;
    private const int RemovedPerRound = 16;
    private const int MostPutOff = 128;

    private readonly Dictionary<int, UnitCgroup> _open = [];

    // Of units that are down: rmdir(2) of one takes as long as all the rest of its stop, so it
    // comes when nothing else is to be done, or when the unit starts again.
    private readonly HashSet<int> _leaving = [];
    private readonly Queue<int> _toRemove = [];
    // Of units about to be forgotten: the engine waits for the word that nothing is left. A busy
    // one is tried again when it has become empty.
    private readonly HashSet<int> _released = [];
    private readonly HashSet<int> _busy = [];
    private Predicate<UnitCgroup>? _isNews;

    // Taken over: how often the kernel has killed there for memory is looked at in good time.
    private readonly Queue<UnitCgroup> _toCount = [];

    private bool _told;

    // Kernels since 6.14 kill whatever is born into a cgroup that cgroup.kill was ever written to
    // (measured on 6.18: the child's kill sequence is its parent's): such a directory is made anew,
    // or joined after birth. Which ones they are is not known of those an image before this one made.
    private readonly HashSet<int> _killed = [];
    private bool _unsure;
    private readonly UnitCgroup[] _emptied = new UnitCgroup[PerRound];
    private readonly List<int> _pids = [];

    /// <summary>True when processes of a unit are found by cgroup.</summary>
    public bool Tracks => tree.IsAvailable;

    /// <summary>What is lost without, in words; empty when nothing is.</summary>
    public string Problem => tree.Problem;

    /// <inheritdoc cref="UnitResources.FiltersOf"/>
    public IReadOnlyList<SetupOption> FiltersOf(UnitDefinition unit) => resources.FiltersOf(unit);

    /// <summary>The manager's own place in the tree, once; blocks for some milliseconds.</summary>
    public void Settle()
    {
        tree.Settle();
        resources.ApplyEarly();
    }

    /// <summary>Limits may be others than those in force.</summary>
    public void ApplyAll()
    {
        var open = new List<(UnitRuntime, UnitCgroup)>(_open.Count);
        foreach ((int id, UnitCgroup cgroup) in _open)
        {
            if (!_leaving.Contains(id))
                open.Add((engine.Unit(new UnitId(id)), cgroup));
        }

        resources.ApplyAll(open);
    }

    /// <summary>Starts to watch for empty cgroups.</summary>
    public void Watch(EventLoop loop)
    {
        if (tree.Watcher is { } watcher)
            loop.Add(watcher.Fd, LoopEvents.Readable, new EventKey(EventKinds.Cgroup, 0));
    }

    /// <summary>Something is left that no descriptor announces.</summary>
    public bool WorkPending => _told || _toRemove.Count + _toCount.Count > 0;

    public void OnReady() => _told = true;

    /// <summary>
    /// Tells the engine of cgroups that have become empty. Only when the exits that were seen are
    /// handled: most units have heard by then that nobody is left.
    /// </summary>
    public void Look()
    {
        if (!_told || tree.Watcher is not { } watcher)
            return;
        int count = watcher.Drain(_emptied, _isNews ??= IsNews);
        for (int i = 0; i < count; i++)
            Tell((int)_emptied[i].Tag);
        count = watcher.DrainMemory(_emptied);
        for (int i = 0; i < count; i++)
            TellOfKills(_emptied[i]);

        _told = watcher.IsPending;
    }

    private bool IsNews(UnitCgroup cgroup) => _busy.Contains((int)cgroup.Tag)
        || engine.UnitOrNull(new UnitId((int)cgroup.Tag)) is { AwaitsEmptyCgroup: true };

    private void Tell(int unit)
    {
        if (_busy.Remove(unit))
            RemoveNow(unit);
        else
            queue.Post(new EngineEvent.CgroupEmptied(new UnitId(unit)));
    }

    /// <summary>
    /// Whether no process is left in the unit's cgroup; null where it cannot be told: without a
    /// cgroup a daemon on its way into a session of its own is not seen.
    /// </summary>
    public bool? IsEmpty(UnitId unit, int ended)
    {
        if (!tree.IsAvailable)
            return sessions.IsPopulated(unit, ended) ? false : null;
        return _open.TryGetValue(unit.Value, out UnitCgroup? cgroup)
            && cgroup.IsPopulated() is { IsOk: true } populated
                ? populated.Value == 0
                : null;
    }

    /// <summary>
    /// The only process of the unit's cgroup, beside those that close sessions; 0 when there is
    /// none or more than one.
    /// </summary>
    public int OnlyProcess(UnitRuntime unit)
    {
        _pids.Clear();
        if (For(unit, make: false) is not { } cgroup || CgroupProcesses.List(cgroup, _pids).IsError)
            return 0;
        if (_pids.Count > 1 && unit.Definition.Exec is { OpensSession: true })
        {
            _pids.RemoveAll(pid => SessionWatcher.IsOwnOrBelow(proc, pid));

            // Of one that ended meanwhile nobody can tell any more that it was below it.
            _pids.RemoveAll(pid => !proc.TryStat(pid, out _));
        }

        return _pids.Count == 1 ? _pids[0] : 0;
    }

    /// <summary>
    /// The directory to be born in; null where the machine has none, or refuses this one. The
    /// caller closes it.
    /// </summary>
    /// <param name="join">The child has to join it by itself: being born there would kill it.</param>
    /// <param name="made">
    /// Why it is refused: a limit, a file system that cannot be written any more, a name. A process
    /// made all the same would be the manager's own to everybody who looks for the unit's.
    /// </param>
    public FileDescriptor? DescriptorFor(UnitRuntime unit, out bool join, out SysResult made)
    {
        UnitCgroup? cgroup = For(unit, make: true, out made);
        if (cgroup is not null && _killed.Contains(unit.Id.Value)
            && cgroup.IsPopulated() is { IsOk: true, Value: 0 })
        {
            RemoveNow(unit.Id.Value);
            if (!_open.ContainsKey(unit.Id.Value))
                cgroup = Open(unit, out made);
        }

        SysResult<FileDescriptor>? opened = cgroup?.Open();
        if (opened is { Error: Errno.ENOENT })
        {
            // Somebody else removed it.
            RemoveNow(unit.Id.Value);
            cgroup = Open(unit, out made);
            opened = cgroup?.Open();
        }

        if (opened is { IsError: true } unopened)
            made = SysResult.Fail(unopened.Error);
        join = false;
        if (made.IsError)
            return null;
        resources.Apply(unit, cgroup);
        if (cgroup is not null)
            BeginRun(unit, cgroup);
        join = opened is not null && _killed.Contains(unit.Id.Value);
        return opened?.Value;
    }

    /// <summary>
    /// Delegate= to User=: the directory and the files by which processes are moved and controllers
    /// turned on below it, nothing that limits the unit itself.
    /// </summary>
    public void GiveAway(UnitId unit, FileDescriptor cgroup, uint uid, uint gid)
    {
        SysResult result = Files.ChangeOwner(cgroup.Number, ".", uid, gid);
        foreach (string file in
            (ReadOnlySpan<string>)["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"])
        {
            SysResult given = Files.ChangeOwner(cgroup.Number, file, uid, gid);
            result = result.IsOk ? given : result;
        }

        queue.PostFailure(unit, "Delegate=", result);
    }

    /// <summary>
    /// After a restart of the manager: takes up the cgroups of units that are not down.
    /// </summary>
    public void TakeOver()
    {
        _unsure = true;
        foreach (UnitRuntime unit in engine.Units)
        {
            if (unit.MainProcess.IsNone && unit.ControlProcess.IsNone && !unit.AwaitsEmptyCgroup
                && (unit.Name.Kind != UnitKind.Service
                    || unit.Active is ActiveState.Inactive or ActiveState.Failed))
            {
                continue;
            }

            Join(unit.Id, unit.MainProcess);
            Join(unit.Id, unit.ControlProcess);
            if (!tree.IsAvailable)
            {
                resources.TakeOver(unit, null);
                continue;
            }

            _killed.Add(unit.Id.Value);
            if (tree.TakeOver(SliceOf(unit), unit.Name.Value, (ulong)unit.Id.Value).Value is { } cgroup)
            {
                _open[unit.Id.Value] = cgroup;
                cgroup.Activation = unit.ActivationSeq;
                resources.TakeOver(unit, cgroup);
                _toCount.Enqueue(cgroup);
            }
        }
    }

    /// <summary>A process was made for the unit, or adopted.</summary>
    public void Made(int pid, UnitId unit)
    {
        if (!tree.IsAvailable)
            sessions.Leads(pid, unit);
    }

    /// <summary>A process of the unit that it did not get from us.</summary>
    public void Join(UnitId unit, ProcessIdentity process)
    {
        if (!tree.IsAvailable && !process.IsNone)
            sessions.Joins(process.Pid, unit);
    }

    public UnitRuntime? UnitOf(int pid)
    {
        if (!tree.IsAvailable)
            return sessions.UnitOf(pid) is { } found ? engine.UnitOrNull(found) : null;
        if (!tree.TryFind(proc, pid, out UnitCgroup cgroup))
            return null;
        return engine.UnitOrNull(new UnitId((int)cgroup.Tag));
    }

    /// <summary>As /proc/PID/cgroup shows it; empty without.</summary>
    public string PathOf(UnitRuntime unit) =>
        For(unit, make: false) is { } cgroup ? tree.ProcPathOf(cgroup) : "";

    /// <summary>
    /// Signals all of the unit but one; the first error of a process that is there.
    /// </summary>
    public SysResult SignalAll(
        UnitRuntime unit, ProcessIdentity except, int signal, bool thenContinue)
    {
        return For(unit, make: false) is { } cgroup
            ? CgroupProcesses.Signal(cgroup, reaper, proc, signal, except.Pid, thenContinue)
            : sessions.Signal(unit.Id, except, signal, thenContinue);
    }

    /// <summary>
    /// Signals those of the unit's cgroup that had it not yet; the others get SIGCONT, like them.
    /// </summary>
    public SysResult SignalRest(UnitRuntime unit, LateSignal late) =>
        For(unit, make: false) is { } cgroup
            ? CgroupProcesses.Signal(
                cgroup, reaper, proc, late.Number, thenContinue: true,
                told: [late.Main, late.Control])
            : SysResult.Ok;

    /// <summary>
    /// What the kernel counts of the unit, as far as its *Accounting= settings let it be shown.
    /// </summary>
    public CgroupAnswer FactsOf(UnitRuntime unit)
    {
        string? lost = resources.LostOf(unit.Id);
        if (_leaving.Contains(unit.Id.Value) || For(unit, make: false) is not { } cgroup)
            return new CgroupAnswer { NotApplied = lost };
        AccountingSwitches shown = resources.Accounting(unit);
        (long? read, long? written) = shown.Io ? cgroup.IoBytes() : (null, null);
        return new CgroupAnswer
        {
            Path = "/" + cgroup.Path,
            MemoryBytes = shown.Memory ? cgroup.MemoryBytes() : null,
            MemoryPeakBytes = shown.Memory ? cgroup.MemoryPeakBytes() : null,
            Tasks = shown.Tasks ? cgroup.TaskCount() : null,
            CpuNs = shown.Cpu ? cgroup.CpuNs() : null,
            ReadBytes = read,
            WrittenBytes = written,
            NotApplied = lost,
            IsFrozen = IsFrozen(unit, cgroup),
        };
    }

    // A unit that was down when the manager came back is not taken up, but its cgroup can be there:
    // a crash came between the row of its end and the removal.
    private bool MayHaveLeft(UnitRuntime unit) =>
        _unsure && HasOwn(unit) && !_open.ContainsKey(unit.Id.Value);

    private static bool HasOwn(UnitRuntime unit) => unit.Name.Kind == UnitKind.Service
        || unit.Definition.Socket is { HasCommands: true };

    private UnitCgroup? For(UnitRuntime unit, bool make) => For(unit, make, out _);

    private UnitCgroup? For(UnitRuntime unit, bool make, out SysResult made)
    {
        made = SysResult.Ok;
        if (make && _leaving.Contains(unit.Id.Value))
            RemoveNow(unit.Id.Value);
        if (_open.TryGetValue(unit.Id.Value, out UnitCgroup? open))
            return open;
        if (!make || !tree.IsAvailable)
            return null;
        if (!_unsure)
            return Open(unit, out made);
        _killed.Add(unit.Id.Value);
        UnitCgroup? found = Open(unit, out made);

        // Frozen by an image whose record of that was lost: what is made in it would never run.
        if (found is not null)
            queue.PostFailure(unit.Id, "thaw", found.Freeze(unit.IsFrozen));
        return found;
    }

    private UnitCgroup? Open(UnitRuntime unit, out SysResult result)
    {
        SysResult<UnitCgroup> made = tree.Open(
            SliceOf(unit), unit.Name.Value, (ulong)unit.Id.Value);
        result = made.IsError ? SysResult.Fail(made.Error) : SysResult.Ok;
        if (made.Value is { } cgroup)
            _open[unit.Id.Value] = cgroup;
        return made.Value;
    }

    /// <summary>The slice that the unit lies in, by name.</summary>
    internal static string SliceOf(UnitRuntime unit) =>
        unit.Definition.Slice is { IsNone: false } slice ? slice.Value : "system.slice";
}
