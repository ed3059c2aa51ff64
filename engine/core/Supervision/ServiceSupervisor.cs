using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Turns events about a service into triggers of its state machine, and its states into effects.
/// Promises:
/// <list type="number">
/// <item>what an event says (exit, result, process) is written down before the trigger is fired,
/// so that guards are functions of the unit alone;</item>
/// <item>every state but up and down has a deadline, unless the file says infinity;</item>
/// <item>at most one main and one control process; a process that is being made counts as one;</item>
/// <item>every intent to make a process is a row, and so is what became of it.</item>
/// </list>
/// Duties by file: this one starts and stops, Commands makes processes, Exits judges their ends,
/// Signals ends them, Notify hears them, Bus follows their names,
/// Work runs verbs and checks, Memory hears of kills for memory, Store keeps their descriptors,
/// PidFile finds them,
/// Resume picks up after a crash.
/// </summary>
internal sealed partial class ServiceSupervisor(Engine engine)
    : IKindSupervisor, IProcessSupervisor, IServiceActions
{
    private readonly UnitSignals _signals = new(engine);

    private Outbox Out => engine.Out;

    private long NowUs => engine.Out.Now.MonotonicUs;

    /// <inheritdoc/>
    public string? Start(UnitRuntime unit, Cause cause)
    {
        BeginRun(unit);
        unit.Restarts = 0;
        return Enter(unit, cause);
    }

    /// <summary>The delay of the automatic restart is over.</summary>
    public void RestartNow(UnitRuntime unit, Cause cause)
    {
        int restarts = unit.Restarts;
        BeginRun(unit);
        unit.Restarts = restarts + 1;
        Enter(unit, cause);
    }

    /// <inheritdoc/>
    public string? Stop(UnitRuntime unit, Cause cause)
    {
        Fire(unit, ServiceTrigger.Stop, cause);
        return null;
    }

    /// <inheritdoc/>
    public bool CanReload(UnitRuntime unit) =>
        unit.Service.ExecReload.Count > 0 || unit.Service.Type == ServiceType.NotifyReload;

    /// <inheritdoc/>
    public string? Reload(UnitRuntime unit, Cause cause)
    {
        if (!CanReload(unit))
            return "the unit has no ExecReload=";
        return BeginWork(unit, UnitWork.Reload, cause) ? null : "not in a state to reload";
    }

    /// <inheritdoc/>
    public void Prepared(UnitRuntime unit, PrepareOutcome outcome, string detail, Cause cause)
    {
        unit.PrepareToken = default;
        unit.Check = outcome;
        switch (outcome)
        {
            case PrepareOutcome.Ready:
                if (Limited(unit) is null)
                    AfterCheck(unit, cause);
                break;
            case PrepareOutcome.ConditionFailed or PrepareOutcome.AssertFailed:
                unit.ConditionText = detail;
                Fire(unit, ServiceTrigger.ConditionUnmet, cause.With(detail));
                break;
            case PrepareOutcome.Failed:
                Refuse(unit, UnitResult.Resources, detail, cause);
                break;
            default:
                throw Invariant.Unreachable("prepare outcome");
        }
    }

    /// <inheritdoc/>
    public void ResetFailed(UnitRuntime unit, Cause cause)
    {
        unit.Starts.Clear();
        unit.Restarts = 0;
        Out.Touch(unit);
        if (unit.Sub != SubState.Failed)
            return;
        unit.Result = UnitResult.Success;
        unit.IsLimited = false;
        unit.FailureText = null;
        Fire(unit, ServiceTrigger.ResetFailed, cause);
    }

    /// <summary>Goes on where a state had nothing to wait for.</summary>
    public void Continue(UnitRuntime unit)
    {
        if (unit.Sub == SubState.Start && !unit.HasMain && !unit.HasControl
            && unit.Wait == ServiceWait.Nothing)
            Fire(unit, ServiceTrigger.Proceed, unit.Why);
        else if (unit.Sub is SubState.StartPre or SubState.StartPost or SubState.Stop
            or SubState.StopPost or SubState.Condition
            && unit.Wait == ServiceWait.Nothing && !unit.HasControl && unit.PrepareToken.Value == 0)
            Fire(unit, ServiceTrigger.Proceed, unit.Why);
        else if (unit.Sub == SubState.Reload && !unit.HasControl && unit.Wait == ServiceWait.Nothing)
            Fire(unit, ServiceTrigger.Proceed, unit.Why);
    }

    public void EnterCondition(UnitRuntime unit)
    {
        if (!ServicePath.NeedsCheck(unit))
        {
            RunCommand(unit, ExecRole.Condition, 0);
            return;
        }

        engine.AskPrepare(unit, restart: unit.Restarts > 0);
    }

    public void EnterCommands(UnitRuntime unit, ExecRole role) => RunCommand(unit, role, 0);

    public void EnterStart(UnitRuntime unit)
    {
        unit.Wait = ServiceWait.Nothing;
        if (unit.Service.ExecStartPre.Count > 0 && unit.Leftovers == Leftovers.Some)
        {
            // What ExecStartPre= leaves behind must not live beside the service.
            Out.Emit(new Effect.KillCgroup(unit.Id));
        }

        if (unit.Service.ExecStart.Count == 0)
        {
            engine.Follow(unit);
        }
        else if (unit.Service.Type == ServiceType.Forking)
        {
            RunCommand(unit, ExecRole.Main, 0);
        }
        else if (unit.Service.Type == ServiceType.Idle && !engine.IsIdle(unit))
        {
            unit.Wait = ServiceWait.Idle;
            Arm(unit, engine.Limits.IdleDelayUs);
        }
        else
        {
            WatchBusName(unit);
            SpawnMain(unit, 0);
        }
    }

    public void EnterRunning(UnitRuntime unit)
    {
        long limit = RuntimeLimit.Of(unit);
        if (limit is > 0 and < ServiceSettings.Infinity)
            engine.Deadlines.Set(unit.StateDeadline, After(unit.ActiveSince.MonotonicUs, limit));
        ArmWatchdog(unit);
    }

    public void EnterExited(UnitRuntime unit) => unit.Wait = ServiceWait.Nothing;

    public void EnterDown(UnitRuntime unit)
    {
        EndRun(unit);
        ForgetBusName(unit);
        EndStore(unit, restartFollows: unit.Job is { Kind: Job.JobKind.Restart });
        KeepNothing(unit, restartFollows: unit.Job is { Kind: Job.JobKind.Restart });
    }

    public void EnterAutoRestart(UnitRuntime unit)
    {
        EndRun(unit);
        EndStore(unit, restartFollows: true);
        engine.EndConnection(unit);
        KeepNothing(unit, restartFollows: true);
        Arm(unit, RestartPolicy.DelayUs(unit.Service, unit.Restarts + 1));
    }

    private string? Enter(UnitRuntime unit, Cause cause)
    {
        if (WhyUnable(unit) is { } why)
        {
            Refuse(unit, UnitResult.Resources, why, cause);
            return why;
        }

        // Conditions are looked at before the start is counted (field practice: a unit that its
        // conditions skip does not use up its limit).
        if (!ServicePath.NeedsCheck(unit) && Limited(unit) is { } limit)
            return limit;
        Fire(unit, ServiceTrigger.Start, cause);
        return null;
    }

    private void AfterCheck(UnitRuntime unit, Cause cause)
    {
        if (unit.Service.ExecCondition.Count > 0)
            RunCommand(unit, ExecRole.Condition, 0);
        else
            Fire(unit, ServiceTrigger.Proceed, cause);
    }

    /// <summary>
    /// Counts the start; when there were too many the unit fails, and the reason is returned.
    /// </summary>
    private string? Limited(UnitRuntime unit)
    {
        if (StartLimit.Take(engine, unit) is not { } why)
            return null;
        RunEnd before = unit.Before;
        (unit.IsLimited, unit.MainExitKind, unit.MainExitCode) = (true, before.Kind, before.Code);
        Refuse(
            unit,
            before.Result == UnitResult.Success ? UnitResult.StartLimitHit : before.Result,
            why, new Cause(CauseKind.Limiter, unit.SinceSeq));
        engine.Carry(unit.Definition.StartLimitAction, unit, "StartLimitAction=");
        return why;
    }

    private void Refuse(UnitRuntime unit, UnitResult result, string why, Cause cause)
    {
        unit.Result = result;
        unit.FailureText = why;
        Out.Touch(unit);
        Fire(unit, ServiceTrigger.StartRefused, cause.With(why));
    }

    private static string? WhyUnable(UnitRuntime unit)
    {
        if (unit.Definition.Service is null)
            return unit.Definition.LoadError ?? "the unit has no [Service] section";
        return null;
    }

    private static void BeginRun(UnitRuntime unit)
    {
        unit.Before = new RunEnd(unit.Result, unit.MainExitKind, unit.MainExitCode);
        unit.IsLimited = false;
        unit.Result = UnitResult.Success;
        unit.ReloadResult = UnitResult.Success;
        unit.Check = PrepareOutcome.Ready;
        unit.MainExitKind = ExitKind.None;
        unit.MainExitCode = 0;
        unit.MainCommandIndex = 0;
        unit.Wait = ServiceWait.Nothing;
        unit.NotifyRefused = false;
        unit.OwnsBusName = false;
        unit.WatchdogOverrideUs = 0;
        unit.StatusText = null;
        unit.ConditionText = null;
        unit.FailureText = null;
    }

    /// <summary>
    /// Nothing of the run counts from here; a process that would not die is given up.
    /// </summary>
    private void EndRun(UnitRuntime unit)
    {
        unit.Wait = ServiceWait.Nothing;
        unit.PrepareToken = default;

        // A signal that could not be sent and was not needed in the end is no failure.
        if (unit.Result == UnitResult.Success)
            unit.FailureText = null;
        if (unit.HasMain)
            _signals.GiveUp(unit, ExecRole.Main, unit.MainProcess, unit.MainToken);
        if (unit.HasControl)
            _signals.GiveUp(unit, unit.ControlRole, unit.ControlProcess, unit.ControlToken);
        (unit.MainProcess, unit.MainToken) = (default, default);
        (unit.ControlProcess, unit.ControlToken) = (default, default);
        if (unit.PidFileDeadline is { } deadline)
            engine.Deadlines.Disarm(deadline);
    }

    private void KeepNothing(UnitRuntime unit, bool restartFollows)
    {
        _signals.KillLeftovers(unit);
        bool keeps = unit.Definition.Exec?.RuntimeDirectoryPreserve switch
        {
            DirectoryPreserve.Yes => true,
            DirectoryPreserve.Restart => restartFollows,
            _ => false,
        };

        // An automatic restart uses the same cgroup; without files to remove there is nothing to do.
        bool leavesFiles = unit.Service.PidFile is not null
            || (!keeps && unit.Definition.Exec is { Directories.Count: > 0 });
        if (unit.Sub != SubState.AutoRestart || leavesFiles)
            Out.Emit(new Effect.CleanUp(unit.Id, keeps));
    }

    private bool Fire(UnitRuntime unit, ServiceTrigger trigger, Cause cause)
    {
        // Suspended processes hear no signal and run no command.
        engine.Thaw(unit, cause);
        return engine.Lifecycle.Apply(unit, trigger, cause);
    }

    private void Arm(UnitRuntime unit, long spanUs) =>
        engine.Deadlines.Set(unit.StateDeadline, After(NowUs, spanUs));

    private static long After(long fromUs, long spanUs) =>
        spanUs >= ServiceSettings.Infinity - fromUs ? Deadline.Never : fromUs + spanUs;
}
