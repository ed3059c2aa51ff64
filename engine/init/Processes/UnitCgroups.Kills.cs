using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Linux;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Processes;

namespace InitTx.Init.Processes;

/// <summary>
/// What is killed: by us, and by the kernel for memory, which it counts a cgroup; that is told
/// once, and as of the run that last had a process made there. And what is suspended.
/// </summary>
internal sealed partial class UnitCgroups
{
    /// <summary>
    /// A process of the unit was killed: whether the kernel did it for memory. What an image before
    /// this one was told of cannot be told apart until the first look.
    /// </summary>
    public bool RanOutOfMemory(UnitId unit) =>
        _open.TryGetValue(unit.Value, out UnitCgroup? cgroup) && cgroup.TakeOomKill(unknown: true);

    /// <summary>
    /// SIGKILL to all of the unit. Between two commands, and as long as a stop still asks, what
    /// closes PAM sessions is let live; a stop that has waited long enough kills that, too.
    /// </summary>
    public SysResult Kill(UnitRuntime unit) =>
        unit.Sub is SubState.StartPre or SubState.Start or SubState.StopSigterm
            or SubState.FinalSigterm
        && unit.Definition.Exec is { OpensSession: true }
            ? KillButSessions(unit)
            : KillAll(unit);

    /// <summary>Suspends the unit's processes, or lets them go on.</summary>
    public void Freeze(Effect.Freeze effect)
    {
        UnitRuntime unit = engine.Unit(effect.Unit);
        if (effect.On)
        {
            if (WhyNotFrozen(unit) is { } why)
                queue.Post(new EngineEvent.EffectFailed(effect.Unit, Engine.FreezeEffect, why));
        }
        else if (For(unit, make: MayHaveLeft(unit)) is { } cgroup)
        {
            queue.PostFailure(effect.Unit, "thaw", cgroup.Freeze(false));
        }
    }

    private string? WhyNotFrozen(UnitRuntime unit)
    {
        if (!tree.IsAvailable)
            return $"processes can only be suspended by cgroup v2: {tree.Problem}";
        if (For(unit, make: false) is not { } cgroup
            || cgroup.IsPopulated() is not { IsOk: true, Value: 1 })
            return "none of its processes is in its cgroup";
        SysResult frozen = cgroup.Freeze(true);
        return frozen.IsError ? frozen.Error.Describe() : null;
    }

    // Null where the unit is not to be suspended: then nothing is asked of the kernel.
    private static bool? IsFrozen(UnitRuntime unit, UnitCgroup cgroup) => unit.IsFrozen
        ? cgroup.IsFrozen() is { IsOk: true, Value: 1 }
        : null;

    private SysResult KillAll(UnitRuntime unit)
    {
        _killed.Add(unit.Id.Value);
        SysResult killed = For(unit, make: MayHaveLeft(unit)) is { } cgroup
            ? cgroup.Kill()
            : SysResult.Fail(Errno.ENOENT);
        return killed.IsError
            ? SignalAll(unit, default, Signals.Kill, thenContinue: false)
            : killed;
    }

    // All but the watchers of PAM sessions, which close them, and what modules start for that.
    private SysResult KillButSessions(UnitRuntime unit)
    {
        _pids.Clear();
        if (For(unit, make: false) is not { } cgroup || CgroupProcesses.List(cgroup, _pids).IsError)
            return KillAll(unit);
        _pids.RemoveAll(pid => !SessionWatcher.IsOwnOrBelow(proc, pid));
        return _pids.Count == 0
            ? KillAll(unit)
            : CgroupProcesses.Signal(
                cgroup, reaper, proc, Signals.Kill,
                told: System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pids));
    }

    // What was killed of the run before, among processes that outlived it, is told as that run's.
    private void BeginRun(UnitRuntime unit, UnitCgroup cgroup)
    {
        if (cgroup.Activation == unit.ActivationSeq)
            return;
        if (cgroup.Activation != 0)
            TellOfKills(cgroup);
        cgroup.Activation = unit.ActivationSeq;
    }

    private void TellOfKills(UnitCgroup cgroup)
    {
        if (cgroup.TakeOomKill(unknown: false))
            queue.Post(new EngineEvent.OutOfMemory(new UnitId((int)cgroup.Tag), cgroup.Activation));
    }
}
