using InitTx.Core;
using InitTx.Init.Processes;
using InitTx.Linux.Processes;

namespace InitTx.Init.Activation;

/// <summary>
/// Which unit a process belongs to, asked while the process cannot be gone and its pid reused: it
/// is our unreaped child, or its start time is the same before and after.
/// </summary>
internal sealed class UnitProcesses(Engine engine, KnownPids known, ProcFs proc, UnitCgroups cgroups)
{
    public UnitRuntime? UnitOf(int pid)
    {
        if (known.TryGet(pid, out UnitId direct))
            return engine.UnitOrNull(direct);
        ProcessIdentity before = proc.Identify(pid);
        UnitRuntime? unit = cgroups.UnitOf(pid);
        return unit is not null && proc.Identify(pid) == before ? unit : null;
    }

    /// <summary>The process with this pid if it is the unit's; none otherwise.</summary>
    public ProcessIdentity Identify(UnitRuntime unit, int pid)
    {
        ProcessIdentity before = proc.Identify(pid);
        if (before.StartTicks == 0 || pid <= 1)
            return default;
        bool ours = UnitOf(pid)?.Id == unit.Id || IsDescendant(unit, pid);
        return ours && proc.Identify(pid) == before ? before : default;
    }

    // Without cgroups a daemon that forked away is known by its parents: ours, or a process of the unit.
    private bool IsDescendant(UnitRuntime unit, int pid)
    {
        if (cgroups.Tracks)
            return false;
        for (int depth = 0; depth < 32 && pid > 1; depth++)
        {
            if (pid == unit.MainProcess.Pid || pid == unit.ControlProcess.Pid)
                return true;
            if (!proc.TryStat(pid, out ProcStat stat))
                return false;

            // Orphaned to us, and no other unit claims it: the unit that speaks of it may.
            if (stat.ParentPid == System.Environment.ProcessId)
                return UnitOf(pid) is null;
            pid = stat.ParentPid;
        }

        return false;
    }
}
