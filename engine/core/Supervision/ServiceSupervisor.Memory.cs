using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Kills for memory (OOMPolicy= of systemd.service(5)). What the kernel did is a row in any case;
/// with stop and kill the run has failed by it, whichever process it was, and does not go on.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    /// <summary>
    /// A known process was killed so: its exit ends the run or the step for this reason. What that
    /// exit leaves up (a reload, a command whose failure does not count, ExitType=cgroup) is ended.
    /// </summary>
    public void StarvedExit(UnitRuntime unit, EngineEvent.Exited e, string text)
    {
        Cause cause = NoteStarved(unit, text);
        Exited(unit, e.Process, e.Kind, e.Code, e.CgroupEmpty);

        // Without a main process the end of the reload is the end of the service.
        if (unit.Sub != SubState.Reload || unit.HasMain)
            EndStarved(unit, cause);
    }

    /// <summary>
    /// Another process of the present run was, and nobody else will tell.
    /// </summary>
    public void OutOfMemory(UnitRuntime unit, string text)
    {
        Cause cause = NoteStarved(unit, text);
        EndStarved(unit, cause);
    }

    private Cause NoteStarved(UnitRuntime unit, string text)
    {
        Out.Touch(unit);
        long seq = Out.Remark(unit, new Cause(CauseKind.Oom, unit.SinceSeq, text));
        if (unit.Service.OomPolicy != OomPolicy.Continue)
            Fail(unit, UnitResult.OomKill, text);
        return new Cause(CauseKind.Oom, seq, text);
    }

    private void EndStarved(UnitRuntime unit, Cause cause)
    {
        OomPolicy policy = unit.Service.OomPolicy;
        if (policy == OomPolicy.Continue)
            return;
        switch (unit.Sub)
        {
            case SubState.Condition or SubState.StartPre or SubState.Start or SubState.StartPost:
                KillStarved(unit, policy);
                Fire(unit, ServiceTrigger.StartFailed, cause);
                break;
            case SubState.Running or SubState.Reload when policy == OomPolicy.Kill:
                // The exits follow.
                KillStarved(unit, policy);
                break;
            case SubState.Running or SubState.Reload or SubState.Exited:
                KillStarved(unit, policy);
                Fire(unit, ServiceTrigger.Stop, cause);
                break;
            default:
                // It is on its way down already, or there.
                break;
        }
    }

    private void KillStarved(UnitRuntime unit, OomPolicy policy)
    {
        if (policy == OomPolicy.Kill)
            Out.Emit(new Effect.KillCgroup(unit.Id));
    }
}
