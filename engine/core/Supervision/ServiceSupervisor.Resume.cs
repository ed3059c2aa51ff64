using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;

namespace InitTx.Core.Supervision;

/// <summary>
/// Picking up after the manager came back: what the slots and /proc tell is written down first,
/// then every effect of the present state that may have been lost is asked for again.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    /// <summary>
    /// The process of an intent was found alive; its start may be on record or not.
    /// </summary>
    public void FoundAlive(UnitRuntime unit, SpawnToken token, ProcessIdentity process, bool executed)
    {
        bool isMain = unit.MainToken == token;
        ProcessIdentity known = isMain ? unit.MainProcess : unit.ControlProcess;
        if (known.IsNone)
            Spawned(unit, token, process);
        if (executed)
            Executed(unit, token);
    }

    /// <summary>
    /// An intent whose process never was: tried again where the state still wants it, else
    /// forgotten.
    /// </summary>
    public void DidNotRun(UnitRuntime unit, SpawnToken token)
    {
        engine.Processes.Forget(token);
        if (unit.MainToken == token && unit.MainProcess.IsNone)
        {
            unit.MainToken = default;
            unit.MainSeq = Out.Process(unit, ExecRole.Main, "failed", 0,
                new Cause(CauseKind.Recovery, unit.MainSeq, "did not run"));
            Out.Touch(unit);
            if (unit.Sub == SubState.Start)
                SpawnMain(unit, unit.MainCommandIndex);
        }
        else if (unit.ControlToken == token && unit.ControlProcess.IsNone)
        {
            unit.ControlToken = default;
            unit.ControlSeq = Out.Process(unit, unit.ControlRole, "failed", 0,
                new Cause(CauseKind.Recovery, unit.ControlSeq, "did not run"));
            Out.Touch(unit);
            if (!IsSignalling(unit.Sub))
                RunCommand(unit, unit.ControlRole, unit.CommandIndex);
        }
    }

    /// <summary>A recorded process is gone and nobody collected how it ended.</summary>
    public void Lost(UnitRuntime unit, ProcessIdentity process)
    {
        const string why = ControlProcess.LostText;
        engine.Processes.Remove(process);
        unit.Leftovers = Leftovers.Unknown;
        Out.Touch(unit);
        if (unit.MainProcess.Pid == process.Pid)
        {
            unit.MainSeq = Out.Process(unit, ExecRole.Main, "lost", process.Pid,
                new Cause(CauseKind.Recovery, unit.MainSeq, why));
            engine.Processes.Forget(unit.MainToken);
            (unit.MainProcess, unit.MainToken) = (default, default);
            unit.FailureText ??= why;
            MainGone(unit, UnitResult.Resources, new Cause(CauseKind.Recovery, unit.MainSeq, why));
        }
        else if (unit.ControlProcess.Pid == process.Pid)
        {
            ExecRole role = unit.ControlRole;
            unit.ControlSeq = Out.Process(unit, role, "lost", process.Pid,
                new Cause(CauseKind.Recovery, unit.ControlSeq, why));
            engine.Processes.Forget(unit.ControlToken);
            (unit.ControlProcess, unit.ControlToken) = (default, default);
            unit.FailureText ??= why;
            ControlGone(unit, role, UnitResult.Resources,
                new Cause(CauseKind.Recovery, unit.ControlSeq, why));
        }
    }

    /// <inheritdoc/>
    public void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        // Pings that came and went with a crash are not on record: the service gets the benefit.
        if (!isPlanned && unit.Sub is SubState.StartPost or SubState.Running or SubState.Reload)
            ArmWatchdog(unit);
        if (unit.Sub is SubState.Start or SubState.StartPost or SubState.Running or SubState.Reload
            or SubState.Exited)
            WatchBusName(unit);
        if (IsSignalling(unit.Sub))
        {
            // A planned re-exec lost no signal, and what ended meanwhile is told as ever.
            if (isPlanned)
                return;
            if (!ServicePath.HasPrey(unit))
                Fire(unit, ServiceTrigger.ProcessesGone, cause);
            else
                SendStateSignal(unit);
            return;
        }

        switch (unit.Sub)
        {
            case SubState.Condition when unit.PrepareToken.Value != 0:
                engine.AskPrepareAgain(unit, restart: unit.Restarts > 0, isPlanned);
                break;
            case SubState.Start or SubState.StartPost when unit.Wait == ServiceWait.PidFile:
                // Between two looks no answer is on its way.
                if (!isPlanned || unit.PidFileDeadline is not { DueUs: < Deadline.Never })
                    Out.Emit(new Effect.ReadPidFile(unit.Id));
                break;
            case SubState.Start when unit.Wait == ServiceWait.Idle:
                if (engine.IsIdle(unit))
                    ReleaseIdle(unit);
                break;
            case SubState.Reload when unit.Wait == ServiceWait.Reloading
                && !unit.MainProcess.IsNone && !isPlanned:
                SendReload(unit);
                break;
            default:
                engine.Follow(unit);
                break;
        }
    }

    /// <summary>What a unit that just went down may have left behind.</summary>
    public void ResumeDown(UnitRuntime unit)
    {
        unit.Leftovers = unit.Kill.Mode is Units.Model.KillMode.None or Units.Model.KillMode.Process
            ? Leftovers.None
            : Leftovers.Unknown;
        KeepNothing(unit, restartFollows: unit.Sub == SubState.AutoRestart);
    }
}
