using InitTx.Core;
using InitTx.Linux.Processes;

namespace InitTx.Init.Processes;

/// <summary>
/// Processes that somebody names as a unit's main process: a service (MAINPID=), its PID file, or
/// that it is the only one left. Promises:
/// <list type="number">
/// <item>One that is another unit's, or the manager's own, stays what it is.</item>
/// <item>One that the core does not take for the main process, or not any longer, is forgotten once
/// that is committed: what a service says makes the manager hold one descriptor a unit, not one a
/// process.</item>
/// </list>
/// Main thread only.
/// </summary>
internal sealed class AdoptedProcesses(
    Engine engine, ChildReaper reaper, KnownPids known, UnitCgroups cgroups)
{
    private readonly List<(UnitId Unit, ProcessIdentity Process)> _named = [];
    private bool _isNew;

    /// <summary>
    /// Makes it known, before the core hears of it; false when it cannot be the unit's.
    /// </summary>
    public bool TryName(UnitRuntime unit, ProcessIdentity process)
    {
        if (process.IsNone)
            return false;
        if (known.TryGet(process.Pid, out UnitId owner))
            return owner == unit.Id;
        if (reaper.IsKnown(process.Pid)
            || (cgroups.UnitOf(process.Pid) is { } other && other.Id != unit.Id))
            return false;
        reaper.Register(process, null, unit.MainToken.Value);
        known.Set(process.Pid, unit.Id);
        cgroups.Join(unit.Id, process);
        _named.Add((unit.Id, process));
        _isNew = true;
        return true;
    }

    /// <summary>What the core heard of is committed.</summary>
    public void AfterCommit()
    {
        if (!_isNew)
            return;
        _isNew = false;
        _named.RemoveAll(IsOver);
    }

    private bool IsOver((UnitId Unit, ProcessIdentity Process) named)
    {
        if (!known.TryGet(named.Process.Pid, out UnitId owner) || owner != named.Unit)
            return true;
        if (engine.UnitOrNull(named.Unit) is { } unit
            && (unit.MainProcess == named.Process || unit.ControlProcess == named.Process))
            return false;
        reaper.Forget(named.Process.Pid);
        known.Remove(named.Process.Pid);
        return true;
    }
}
