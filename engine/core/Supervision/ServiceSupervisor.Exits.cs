using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Judging the ends of processes: what an exit means in the state in which it comes.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    // ExecCondition=: 1-254 skips the unit, 255 and signals fail it.
    private const int ConditionFailure = 255;

    /// <summary>A process of the unit has ended.</summary>
    public void Exited(
        UnitRuntime unit, ProcessIdentity process, ExitKind kind, int code, bool? cgroupEmpty)
    {
        Out.Touch(unit);
        engine.Processes.Remove(process);
        unit.Leftovers = ExitRule.LeftoversOf(cgroupEmpty);
        if (unit.MainProcess.Pid == process.Pid)
            MainExited(unit, kind, code);
        else if (unit.ControlProcess.Pid == process.Pid)
            ControlExited(unit, kind, code);
    }

    /// <summary>The unit's cgroup is empty.</summary>
    public void CgroupEmptied(UnitRuntime unit)
    {
        if (!unit.AwaitsEmptyCgroup)
            return;
        Out.Touch(unit);
        unit.Leftovers = Leftovers.None;
        var cause = new Cause(CauseKind.Exit, unit.SinceSeq, "no process is left");
        if (IsSignalling(unit.Sub))
        {
            Fire(unit, ServiceTrigger.ProcessesGone, cause);
        }
        else if (unit.Sub == SubState.Running)
        {
            Fire(unit, ServiceTrigger.MainEnded, cause);
        }
        else if (AwaitsPidFile(unit))
        {
            Fail(unit, UnitResult.Protocol, "all processes ended before PIDFile= appeared");
            Fire(unit, ServiceTrigger.StartFailed, cause.With(unit.FailureText));
        }
    }

    private void MainExited(UnitRuntime unit, ExitKind kind, int code)
    {
        (unit.MainExitKind, unit.MainExitCode) = (kind, code);
        UnitResult outcome = ExitRule.Classify(
            kind, code, unit.Service.Type != ServiceType.Oneshot, unit.Service.SuccessExitStatus);
        if (Ignores(unit, ExecRole.Main, unit.MainCommandIndex))
            outcome = UnitResult.Success;
        long seq = Out.Process(
            unit, ExecRole.Main, "exited", unit.MainProcess.Pid,
            new Cause(CauseKind.Exit, unit.MainSeq), kind, code);
        unit.MainSeq = seq;
        (unit.MainProcess, unit.MainToken) = (default, default);
        MainGone(unit, outcome, ExitCause(unit, seq));
    }

    // The row of the exit; what it was for stands in the text where it is known.
    private static Cause ExitCause(UnitRuntime unit, long seq) =>
        unit.Result == UnitResult.OomKill
            ? new Cause(CauseKind.Oom, seq, unit.FailureText) : new Cause(CauseKind.Exit, seq);

    private void ControlExited(UnitRuntime unit, ExitKind kind, int code)
    {
        ExecRole role = unit.ControlRole;
        bool isForkingStart = role == ExecRole.Main;
        UnitResult outcome = ExitRule.Classify(
            kind, code, isDaemon: false,
            isForkingStart ? unit.Service.SuccessExitStatus : ExitStatusSet.Empty);
        if (role == ExecRole.Condition && kind == ExitKind.Exited
            && code is > 0 and < ConditionFailure)
            outcome = UnitResult.ExecCondition;
        if (Ignores(unit, role, unit.CommandIndex))
            outcome = UnitResult.Success;
        long seq = Out.Process(
            unit, role, "exited", unit.ControlProcess.Pid,
            new Cause(CauseKind.Exit, unit.ControlSeq), kind, code);
        unit.ControlSeq = seq;
        (unit.ControlProcess, unit.ControlToken) = (default, default);
        ControlGone(unit, role, outcome, ExitCause(unit, seq));
    }

    /// <summary>The main process is no more; the exit is on record.</summary>
    private void MainGone(UnitRuntime unit, UnitResult outcome, Cause cause)
    {
        Note(unit, outcome);
        if (IsSignalling(unit.Sub))
        {
            WhenGone(unit, cause);
            return;
        }

        switch (unit.Sub)
        {
            case SubState.Start:
                MainGoneInStart(unit, outcome, cause);
                break;
            case SubState.Running when ServicePath.IsAlive(unit):
                // ExitType=cgroup: the rest is the service.
                break;
            case SubState.Running:
                Fire(unit, ServiceTrigger.MainEnded, cause);
                break;
            case SubState.Reload when !unit.HasControl:
                Fire(unit, ServiceTrigger.Proceed, cause);
                break;
            default:
                // StartPost, Reload, Stop, StopPost: the command that runs is waited for.
                break;
        }
    }

    private void MainGoneInStart(UnitRuntime unit, UnitResult outcome, Cause cause)
    {
        if (outcome != UnitResult.Success)
        {
            Fire(unit, ServiceTrigger.StartFailed, cause);
            return;
        }

        switch (unit.Service.Type)
        {
            case ServiceType.Oneshot when unit.MainCommandIndex + 1 < unit.Service.ExecStart.Count:
                SpawnMain(unit, unit.MainCommandIndex + 1);
                break;
            case ServiceType.Notify or ServiceType.NotifyReload:
                Fail(unit, UnitResult.Protocol, "the main process ended before it said READY=1");
                Fire(unit, ServiceTrigger.StartFailed, cause.With(unit.FailureText));
                break;
            default:
                Fire(unit, ServiceTrigger.Proceed, cause);
                break;
        }
    }

    /// <summary>A control process is no more; the exit is on record.</summary>
    private void ControlGone(UnitRuntime unit, ExecRole role, UnitResult outcome, Cause cause)
    {
        if (IsSignalling(unit.Sub))
        {
            Note(unit, outcome);
            WhenGone(unit, cause);
            return;
        }

        bool failed = outcome != UnitResult.Success;
        bool hasNext = unit.CommandIndex + 1 < ExecRoles.Commands(unit.Service, role).Count;
        switch (unit.Sub)
        {
            case SubState.Start:
                Note(unit, outcome);
                if (failed)
                    Fire(unit, ServiceTrigger.StartFailed, cause);
                else
                    FindMain(unit, cause);
                break;
            case SubState.Reload:
                EndReload(unit, role, outcome, cause);
                break;
            case SubState.Condition or SubState.StartPre or SubState.StartPost when failed:
                Note(unit, outcome);
                if (outcome == UnitResult.ExecCondition)
                    unit.ConditionText = "ExecCondition= said no";
                Fire(unit, ServiceTrigger.StartFailed, cause);
                break;
            default:
                // A failed ExecStop= ends its list, not the stop.
                Note(unit, outcome);
                if (hasNext && !failed)
                    RunCommand(unit, role, unit.CommandIndex + 1);
                else if (unit.Sub == SubState.StartPost && LacksMain(unit))
                    AskForMain(unit);
                else
                    Fire(unit, ServiceTrigger.Proceed, cause);
                break;
        }
    }

    private void WhenGone(UnitRuntime unit, Cause cause)
    {
        if (!ServicePath.HasPrey(unit))
            Fire(unit, ServiceTrigger.ProcessesGone, cause);
        else if (unit.Kill.Mode == KillMode.Mixed && !unit.HasMain && !unit.HasControl)
            _signals.KillRest(unit);
    }

    private static bool Ignores(UnitRuntime unit, ExecRole role, int index)
    {
        IReadOnlyList<ExecCommand> commands = ExecRoles.Commands(unit.Service, role);
        return index < commands.Count
            && (commands[index].Flags & ExecCommandFlags.IgnoreFailure) != 0;
    }

    // The first failure is the one that counts.
    private static void Note(UnitRuntime unit, UnitResult outcome)
    {
        if (unit.Result == UnitResult.Success)
            unit.Result = outcome;
    }

    private static void Fail(UnitRuntime unit, UnitResult result, string why)
    {
        Note(unit, result);
        unit.FailureText ??= why;
    }
}
