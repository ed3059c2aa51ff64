using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Type=forking: which process is the service once the parent has ended well. PIDFile= is read
/// then; while it is not there it is looked for again until the time-out, or until no process is
/// left that could write it. With ExecStartPost= those commands come first, as one of them may
/// write it; what they leave undone is waited for behind them. Without PIDFile= the only process
/// that is left is taken (GuessMainPID=), and none when there are several.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    /// <summary>PIDFile= was read, or the main process guessed.</summary>
    public void PidFileRead(UnitRuntime unit, ProcessIdentity process, string? error)
    {
        if (!AwaitsPidFile(unit))
            return;
        var cause = new Cause(unit.Why.Kind, unit.ControlSeq);
        if (!process.IsNone && error is null)
        {
            if (!AdoptMain(unit, process, cause))
                error = $"process {process.Pid} belongs to another unit";
        }
        else
        {
            error ??= "no process";
        }

        Out.Touch(unit);
        bool isLater = unit.Sub == SubState.Start && unit.Service.ExecStartPost.Count > 0;
        if (error is not null && unit.Service.PidFile is not null && !isLater)
        {
            if (unit.Leftovers == Leftovers.None)
                NobodyCanWrite(unit, error, cause);
            else
                LookAgain(unit, error);
            return;
        }

        unit.Wait = ServiceWait.Nothing;
        unit.FailureText = null;
        Fire(unit, ServiceTrigger.Proceed, error is null
            ? new Cause(unit.Why.Kind, unit.MainSeq)
            : cause.With($"no main process is known: {error}"));
    }

    /// <summary>Time for another look at PIDFile=.</summary>
    public void PidFileDue(UnitRuntime unit)
    {
        Out.Touch(unit);
        if (AwaitsPidFile(unit))
            Out.Emit(new Effect.ReadPidFile(unit.Id));
    }

    private static bool AwaitsPidFile(UnitRuntime unit) =>
        unit.Wait == ServiceWait.PidFile && unit.Sub is SubState.Start or SubState.StartPost;

    /// <summary>ExecStartPost= is over, and PIDFile= could not be read before it.</summary>
    private static bool LacksMain(UnitRuntime unit) =>
        unit.Service is { Type: ServiceType.Forking, PidFile: not null } && !unit.HasMain
            && unit.MainExitKind == ExitKind.None && unit.Result == UnitResult.Success;

    private void FindMain(UnitRuntime unit, Cause cause)
    {
        if (!unit.HasMain && (unit.Service.PidFile is not null || unit.Service.GuessMainPid))
            AskForMain(unit);
        else
            Fire(unit, ServiceTrigger.Proceed, cause);
    }

    private void AskForMain(UnitRuntime unit)
    {
        unit.Wait = ServiceWait.PidFile;
        Out.Emit(new Effect.ReadPidFile(unit.Id));
        Arm(unit, unit.Service.TimeoutStartUs);
    }

    private void LookAgain(UnitRuntime unit, string error)
    {
        unit.FailureText = error;
        unit.PidFileDeadline ??= new Deadline(DeadlineKind.UnitState, unit);
        engine.Deadlines.Set(unit.PidFileDeadline, After(NowUs, engine.Limits.PidFileRetryUs));
    }

    private void NobodyCanWrite(UnitRuntime unit, string error, Cause cause)
    {
        unit.FailureText = null;
        Fail(unit, UnitResult.Protocol, $"no process is left, and PIDFile= names none: {error}");
        Fire(unit, ServiceTrigger.StartFailed, cause.With(unit.FailureText));
    }

    private bool AdoptMain(UnitRuntime unit, ProcessIdentity process, Cause cause)
    {
        if (unit.MainProcess.Pid == process.Pid)
            return true;
        if (!engine.Processes.TryAdd(process, unit))
            return false;
        if (!unit.MainProcess.IsNone)
        {
            engine.Processes.Remove(unit.MainProcess);
            engine.Processes.Forget(unit.MainToken);
        }

        Out.Touch(unit);
        unit.MainProcess = process;
        unit.MainToken = default;
        unit.MainExitKind = ExitKind.None;
        unit.MainSeq = Out.Process(unit, ExecRole.Main, "adopted", process.Pid, cause);
        return true;
    }
}
