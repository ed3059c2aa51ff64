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
    private const int StatusSize = 8192;

    public UnitRuntime? UnitOf(int pid)
    {
        if (known.TryGet(pid, out UnitId direct))
            return engine.UnitOrNull(direct);
        ProcessIdentity before = proc.Identify(pid);
        UnitRuntime? unit = cgroups.UnitOf(pid);
        return unit is not null && proc.Identify(pid) == before ? unit : null;
    }

    /// <summary>The process with this pid if it is the unit's; none otherwise.</summary>
    /// <param name="speaker">
    /// The user who says so, for what is done to that process because of it; null where nothing is.
    /// </param>
    public ProcessIdentity Identify(UnitRuntime unit, int pid, uint? speaker = null)
    {
        ProcessIdentity before = proc.Identify(pid);
        if (before.StartTicks == 0 || pid <= 1)
            return default;
        bool ours = UnitOf(pid)?.Id == unit.Id || IsDescendant(unit, pid, speaker);
        return ours && proc.Identify(pid) == before ? before : default;
    }

    // Without cgroups a daemon that forked away is known by its parents: ours, or a process of the unit.
    private bool IsDescendant(UnitRuntime unit, int named, uint? speaker)
    {
        if (cgroups.Tracks)
            return false;
        int pid = named;
        for (int depth = 0; depth < 32 && pid > 1; depth++)
        {
            if (pid == unit.MainProcess.Pid || pid == unit.ControlProcess.Pid)
                return true;
            if (!proc.TryStat(pid, out ProcStat stat))
                return false;

            // Orphaned to us, and no other unit claims it: the unit that speaks of it may, if its
            // user could end it anyway.
            if (stat.ParentPid == System.Environment.ProcessId)
                return UnitOf(pid) is null && MaySignal(speaker, named);
            pid = stat.ParentPid;
        }

        return false;
    }

    private bool MaySignal(uint? user, int pid)
    {
        if (user is not { } uid || uid == 0)
            return true;
        Span<byte> text = stackalloc byte[StatusSize];
        return proc.Read(pid, "status"u8, text) is { IsOk: true } read
            && ProcUids.TryParse(text[..read.Value], out ProcUids uids) && uids.AreAll(uid);
    }
}
