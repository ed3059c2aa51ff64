using InitTx.Core;
using InitTx.Linux.Cgroups;

namespace InitTx.Init.Processes;

/// <summary>
/// What the kernel has killed for memory: counted by it a cgroup, told once, and as of the run
/// that last had a process made there.
/// </summary>
internal sealed partial class UnitCgroups
{
    /// <summary>
    /// A process of the unit was killed: whether the kernel did it for memory. What an image before
    /// this one was told of cannot be told apart until the first look.
    /// </summary>
    public bool RanOutOfMemory(UnitId unit) =>
        _open.TryGetValue(unit.Value, out UnitCgroup? cgroup) && cgroup.TakeOomKill(unknown: true);

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
