using InitTx.Core.Lifecycle;

namespace InitTx.Core.Supervision;

/// <summary>
/// What a service does while it is up and reloading: ExecReload= or its signal, verbs of its own
/// and checks (initx.unit(5)). None of it changes whether the service is up; only
/// <see cref="UnitRuntime.ReloadResult"/> tells how it ended.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    /// <summary>Runs a verb's commands; says why not when it cannot.</summary>
    public string? BeginVerb(UnitRuntime unit, string? verb, Cause cause)
    {
        if (ExecRoles.VerbRange(unit.Service, verb).End == 0)
            return $"{unit.Name} has no verb '{verb}' any more";
        unit.WorkVerb = verb;
        return BeginWork(unit, UnitWork.Verb, cause.With(verb)) ? null : "not in a state to run it";
    }

    /// <summary>Asks ExecCheck=; false when the service is in no state to be asked.</summary>
    public bool BeginCheck(UnitRuntime unit, Cause cause) =>
        unit.Sub is SubState.Running or SubState.Exited
        && BeginWork(unit, UnitWork.Check, cause.With("ExecCheck="));

    /// <summary>Asks ExecCheck= and reloads when that has nothing against it.</summary>
    public string? BeginCheckedReload(UnitRuntime unit, Cause cause)
    {
        if (!CanReload(unit))
            return "the unit has no ExecReload=";
        return BeginWork(unit, UnitWork.CheckedReload, cause) ? null : "not in a state to reload";
    }

    public void EnterReload(UnitRuntime unit)
    {
        Arm(unit, WorkTimeoutUs(unit));
        if (unit.Wait == ServiceWait.Ready)
            return;
        switch (unit.Work)
        {
            case UnitWork.Check or UnitWork.CheckedReload:
                RunCommand(unit, ExecRole.Check, 0);
                break;
            case UnitWork.Verb:
                RunCommand(
                    unit, ExecRole.Verb,
                    ExecRoles.VerbRange(unit.Service, unit.WorkVerb).First);
                break;
            case UnitWork.Reload:
                ReloadNow(unit);
                break;
            default:
                throw Invariant.Unreachable("unit work");
        }
    }

    private bool BeginWork(
        UnitRuntime unit, UnitWork work, Cause cause, ServiceWait wait = ServiceWait.Nothing)
    {
        UnitWork before = unit.Work;
        (unit.Work, unit.Wait, unit.ReloadResult) = (work, wait, UnitResult.Success);
        if (Fire(unit, ServiceTrigger.Reload, cause))
            return true;
        unit.Work = before;
        return false;
    }

    private void ReloadNow(UnitRuntime unit)
    {
        if (unit.Service.ExecReload.Count > 0)
        {
            RunCommand(unit, ExecRole.Reload, 0);
        }
        else if (!unit.MainProcess.IsNone)
        {
            unit.Wait = ServiceWait.Reloading;
            SendReload(unit);
        }
        else
        {
            unit.ReloadResult = UnitResult.Resources;
            engine.Follow(unit);
        }
    }

    private void EndReload(UnitRuntime unit, ExecRole role, UnitResult outcome, Cause cause)
    {
        bool isGood = outcome == UnitResult.Success;
        if (isGood && IsInList(unit, role, unit.CommandIndex + 1))
        {
            RunCommand(unit, role, unit.CommandIndex + 1);
        }
        else if (isGood && role == ExecRole.Check && unit.Work == UnitWork.CheckedReload)
        {
            unit.Work = UnitWork.Reload;
            Out.Touch(unit);
            Arm(unit, unit.Service.TimeoutStartUs);
            ReloadNow(unit);
        }
        else
        {
            // What failed leaves the service as it is.
            unit.ReloadResult = outcome;
            Fire(unit, ServiceTrigger.Proceed, cause);
        }
    }

    // A reload of the unit files may have changed the lists meanwhile, and for a verb what stands
    // before it: another verb's command must not run in its place.
    private static bool IsInList(UnitRuntime unit, ExecRole role, int index)
    {
        if (role != ExecRole.Verb)
            return index < ExecRoles.Commands(unit.Service, role).Count;
        (int first, int end) = ExecRoles.VerbRange(unit.Service, unit.WorkVerb);
        return index >= first && index < end;
    }

    private static long WorkTimeoutUs(UnitRuntime unit) => unit.Work == UnitWork.Verb
        ? unit.Service.TimeoutVerbUs
        : unit.Service.TimeoutStartUs;

    private static string WorkWords(UnitRuntime unit) => unit.Work switch
    {
        UnitWork.Verb => $"the verb {unit.WorkVerb}",
        UnitWork.Check or UnitWork.CheckedReload => "ExecCheck=",
        UnitWork.Reload => "the reload",
        _ => throw Invariant.Unreachable("unit work"),
    };
}
