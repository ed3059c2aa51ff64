using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// Limits that cannot be had, and kills for memory. Each kill that the shell tells of is one row,
/// whatever has become of the unit meanwhile; only the run that it hit can fail by it, and only a
/// service has OOMPolicy=.
/// </summary>
public sealed partial class Engine
{
    private const string KilledText = "the kernel killed a process of the unit: out of memory";
    private const string LateText = KilledText + "; the run that it belonged to has ended";
    private const string NobodysText =
        "the kernel killed a process of a unit that is not known any more: out of memory";

    private void OutOfMemory(EngineEvent.OutOfMemory e)
    {
        if (UnitOrNull(e.Unit) is not { } unit)
        {
            NobodyRanOutOfMemory();
            return;
        }

        // A row more: the number of the next is part of what is recorded.
        Out.TouchEngine();
        if (unit.HasLeft || unit.ActivationSeq != e.Activation
            || unit.Sub is SubState.Dead or SubState.Failed or SubState.AutoRestart)
            Out.Remark(unit, new Cause(CauseKind.Oom, e.Activation, LateText));
        else if (unit.Name.Kind != UnitKind.Service)
            Out.Remark(unit, new Cause(CauseKind.Oom, unit.SinceSeq, KilledText));
        else
            Services.OutOfMemory(unit, KilledText);
    }

    private void ExitedForMemory(UnitRuntime unit, EngineEvent.Exited e)
    {
        if (unit.Name.Kind == UnitKind.Service)
        {
            Services.StarvedExit(unit, e, KilledText);
            return;
        }

        Out.TouchEngine();
        Out.Remark(unit, new Cause(CauseKind.Oom, unit.SinceSeq, KilledText));
        ProcessesOf(unit).Exited(unit, e.Process, e.Kind, e.Code, e.CgroupEmpty);
    }

    private void ResourcesLost(EngineEvent.ResourcesLost lost)
    {
        if (UnitOrNull(lost.Unit) is not { HasLeft: false } unit)
            return;
        Out.TouchEngine();
        Out.NotApplied(unit, lost.Text);
    }

    private void NobodyRanOutOfMemory() =>
        Out.Manager(RecordKind.Config, new Cause(CauseKind.Oom, 0, NobodysText));
}
