using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>Ending processes (systemd.kill(5)), deadlines and the watchdog.</summary>
internal sealed partial class ServiceSupervisor
{
    /// <inheritdoc/>
    public void TimedOut(UnitRuntime unit, Cause cause)
    {
        switch (unit.Sub)
        {
            case SubState.AutoRestart:
                engine.RestartDue(unit, cause);
                break;
            case SubState.Start when unit.Wait == ServiceWait.Idle:
                ReleaseIdle(unit);
                break;
            case SubState.Condition when unit.PrepareToken.Value != 0:
                unit.PrepareToken = default;
                Refuse(unit, UnitResult.Resources,
                    "the prepare helper gave no answer within "
                    + Durations.Words(engine.Limits.PrepareTimeoutUs), cause);
                break;
            case SubState.Reload:
                TimeOutReload(unit, cause);
                break;
            default:
                Fail(unit, UnitResult.Timeout, TimeoutText(unit));
                Out.Touch(unit);
                Fire(unit, ServiceTrigger.TimedOut, cause.With(TimeoutText(unit)));
                break;
        }
    }

    /// <summary>No ping in time.</summary>
    public void WatchdogExpired(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub is not (SubState.StartPost or SubState.Running or SubState.Reload))
            return;
        Fail(unit, UnitResult.Watchdog, "no WATCHDOG=1 within " + Durations.Words(WatchdogUs(unit)));
        Fire(unit, ServiceTrigger.WatchdogExpired, cause.With(unit.FailureText));
    }

    /// <summary>
    /// Something could not be done for the unit at all, which is on record. A reload that waits for
    /// what its signal brings about has failed with it. A stop goes on: the next signal may reach
    /// the processes, and when none does the unit fails in time, for this reason.
    /// </summary>
    public void EffectFailed(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub == SubState.Reload && unit.Wait == ServiceWait.Reloading)
        {
            unit.ReloadResult = UnitResult.Resources;
            unit.Wait = ServiceWait.Nothing;
            Fire(unit, ServiceTrigger.Proceed, cause);
        }
        else if (IsSignalling(unit.Sub))
        {
            unit.FailureText ??= cause.Text;
        }
    }

    public void EnterSignalling(UnitRuntime unit, bool quietly)
    {
        unit.Wait = ServiceWait.Nothing;
        Arm(unit, unit.Sub is SubState.StopWatchdog or SubState.FinalWatchdog
            ? unit.Service.TimeoutAbortUs
            : unit.Service.TimeoutStopUs);
        if (!quietly)
            SendStateSignal(unit);
    }

    private void TimeOutReload(UnitRuntime unit, Cause cause)
    {
        string what = WorkWords(unit);
        unit.ReloadResult = UnitResult.Timeout;
        unit.Wait = ServiceWait.Nothing;
        Out.Touch(unit);
        if (unit.HasControl)
        {
            // Its exit is a stranger's from here on; the service goes on.
            engine.Processes.Condemn(unit.ControlToken);
            if (!unit.ControlProcess.IsNone)
            {
                Out.Emit(new Effect.Signal(
                    unit.Id, SignalScope.Process, unit.ControlProcess, SignalNames.Kill, false));
            }

            _signals.GiveUp(unit, unit.ControlRole, unit.ControlProcess, unit.ControlToken);
        }

        (unit.ControlProcess, unit.ControlToken) = (default, default);
        Fire(unit, ServiceTrigger.TimedOut, cause.With(
            $"{what} took longer than " + Durations.Words(WorkTimeoutUs(unit))));
    }

    /// <summary>What this state says to the unit's processes, by KillMode=.</summary>
    private void SendStateSignal(UnitRuntime unit) =>
        _signals.Send(unit, SignalOf(unit), Asks(unit.Sub));

    private void SignalLatecomer(UnitRuntime unit, ProcessIdentity process)
    {
        if (IsSignalling(unit.Sub))
            _signals.SendToLatecomer(unit, process, SignalOf(unit), Asks(unit.Sub));
    }

    private static bool Asks(SubState state) =>
        state is SubState.StopSigterm or SubState.FinalSigterm;

    private static int SignalOf(UnitRuntime unit) => unit.Sub switch
    {
        SubState.StopWatchdog or SubState.FinalWatchdog => unit.Kill.WatchdogSignal,
        SubState.StopSigterm or SubState.FinalSigterm =>
            unit.Job is { Kind: Job.JobKind.Restart } && unit.Kill.RestartKillSignal is { } signal
                ? signal
                : unit.Kill.KillSignal,
        SubState.StopSigkill or SubState.FinalSigkill => unit.Kill.FinalKillSignal,
        _ => throw Invariant.Unreachable("not a state that signals"),
    };

    private static bool IsSignalling(SubState state) =>
        state is SubState.StopWatchdog or SubState.StopSigterm or SubState.StopSigkill
            or SubState.FinalWatchdog or SubState.FinalSigterm or SubState.FinalSigkill;

    /// <summary>Its processes are suspended from now on, or are not any longer.</summary>
    public void FreezerChanged(UnitRuntime unit)
    {
        if (unit.Sub is SubState.StartPost or SubState.Running or SubState.Reload)
            ArmWatchdog(unit);
    }

    // Who is suspended cannot ping.
    private void ArmWatchdog(UnitRuntime unit)
    {
        long span = WatchdogUs(unit);
        if (span is > 0 and < ServiceSettings.Infinity && !unit.IsFrozen)
            engine.Deadlines.Set(unit.WatchdogDeadline, After(NowUs, span));
        else
            engine.Deadlines.Disarm(unit.WatchdogDeadline);
    }

    private static long WatchdogUs(UnitRuntime unit) =>
        unit.WatchdogOverrideUs > 0 ? unit.WatchdogOverrideUs : unit.Service.WatchdogUs;

    private static string TimeoutText(UnitRuntime unit) => unit.Sub switch
    {
        SubState.Running =>
            "ran longer than RuntimeMaxSec=" + Durations.Words(RuntimeLimit.Of(unit)),
        SubState.Condition or SubState.StartPre or SubState.Start or SubState.StartPost =>
            $"{StateWords.Of(unit.Sub)} took longer than TimeoutStartSec="
            + Durations.Words(unit.Service.TimeoutStartUs),
        SubState.StopWatchdog or SubState.FinalWatchdog =>
            "no end after the watchdog's signal within TimeoutAbortSec="
            + Durations.Words(unit.Service.TimeoutAbortUs),
        _ => $"{StateWords.Of(unit.Sub)} took longer than TimeoutStopSec="
            + Durations.Words(unit.Service.TimeoutStopUs),
    };
}
