using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Kills for memory (OOMPolicy= of systemd.service(5)). What the kernel did is a row in any case;
/// with stop and kill the unit has failed by it, whichever process it was.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    private const string OutOfMemoryText = "the kernel killed a process of the unit: out of memory";

    /// <summary>
    /// A known process was killed so: its exit, which follows, ends the unit or the step, for this
    /// reason.
    /// </summary>
    public void NoteOutOfMemory(UnitRuntime unit)
    {
        Out.Touch(unit);
        Out.Remark(unit, new Cause(CauseKind.Oom, unit.SinceSeq, OutOfMemoryText));
        if (unit.Service.OomPolicy != OomPolicy.Continue)
            Fail(unit, UnitResult.OomKill, OutOfMemoryText);
    }

    /// <summary>Another process of it was, and nobody else will tell.</summary>
    public void OutOfMemory(UnitRuntime unit)
    {
        if (unit.Sub is SubState.Dead or SubState.Failed or SubState.AutoRestart)
            return;
        Out.Touch(unit);
        long seq = Out.Remark(unit, new Cause(CauseKind.Oom, unit.SinceSeq, OutOfMemoryText));
        OomPolicy policy = unit.Service.OomPolicy;
        if (policy == OomPolicy.Continue)
            return;
        Fail(unit, UnitResult.OomKill, OutOfMemoryText);
        if (policy == OomPolicy.Kill)
            Out.Emit(new Effect.KillCgroup(unit.Id));
        var cause = new Cause(CauseKind.Oom, seq, OutOfMemoryText);
        switch (unit.Sub)
        {
            case SubState.Condition or SubState.StartPre or SubState.Start or SubState.StartPost:
                Fire(unit, ServiceTrigger.StartFailed, cause);
                break;
            case SubState.Running or SubState.Reload when policy == OomPolicy.Kill:
                // The exits follow.
                break;
            case SubState.Running or SubState.Reload or SubState.Exited:
                Fire(unit, ServiceTrigger.Stop, cause);
                break;
            default:
                // It is on its way down already.
                break;
        }
    }
}
