using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Hearing what a service says of itself (sd_notify(3)) and reloads that it announces.
/// </summary>
internal sealed partial class ServiceSupervisor
{
    private const string NotAllowed = "NotifyAccess= does not allow this process to notify";

    /// <summary>A datagram from a process that the shell has proved to be the unit's.</summary>
    public void Notified(UnitRuntime unit, int senderPid, NotifyMessage message)
    {
        if (!Allows(unit, senderPid))
        {
            DropDescriptors(unit, message);
            if (unit.NotifyRefused)
                return;

            // Once a run: the datagrams of a hostile service must not fill the journal.
            unit.NotifyRefused = true;
            Out.Touch(unit);
            Out.Rejected(unit, StateWords.Of(unit.Sub), "notify",
                new Cause(CauseKind.Notify, unit.MainSeq, NotAllowed));
            return;
        }

        var cause = new Cause(CauseKind.Notify, unit.MainSeq);
        TakeDescriptors(unit, message);
        TakeFacts(unit, message, cause);
        if (message.WatchdogPing && unit.WatchdogDeadlineUs != Deadline.Never)
            ArmWatchdog(unit);
        if (message.Reloading)
            HearReloading(unit, cause.With("RELOADING=1"));
        if (message.Ready)
            HearReady(unit, cause.With("READY=1"));
        if (message.Stopping && unit.Sub == SubState.Running)
            Fire(unit, ServiceTrigger.StoppingNotified, cause.With("STOPPING=1"));
        if (message.WatchdogTrigger)
            WatchdogExpired(unit, cause.With("WATCHDOG=trigger"));
    }

    private void SendReload(UnitRuntime unit) => Out.Emit(new Effect.Signal(
        unit.Id, SignalScope.Process, unit.MainProcess, SignalNames.Hup, ThenContinue: false));

    private static bool Allows(UnitRuntime unit, int sender) => unit.Service.NotifyAccess switch
    {
        NotifyAccess.None => false,
        NotifyAccess.Main => sender == unit.MainProcess.Pid && sender != 0,
        NotifyAccess.Exec => sender != 0
            && (sender == unit.MainProcess.Pid || sender == unit.ControlProcess.Pid),
        NotifyAccess.All => true,
        _ => throw Invariant.Unreachable("notify access"),
    };

    private void TakeFacts(UnitRuntime unit, NotifyMessage message, Cause cause)
    {
        if (!message.MainPid.IsNone && message.MainPid.Pid != unit.MainProcess.Pid
            && StateWords.ActiveOf(unit.Sub) is ActiveState.Activating or ActiveState.Active
                or ActiveState.Reloading
            && !AdoptMain(unit, message.MainPid, cause.With("MAINPID=")))
        {
            Out.Touch(unit);
            Out.Rejected(unit, StateWords.Of(unit.Sub), "notify",
                cause.With($"MAINPID={message.MainPid.Pid} belongs to another unit"));
        }

        if (message.Status is { } status)
        {
            int limit = engine.Limits.StatusText;
            unit.StatusText = status.Length <= limit ? status : status[..limit];
            Out.Touch(unit);
        }

        if (message.WatchdogUs is { } watchdog and > 0 and < ServiceSettings.Infinity)
        {
            unit.WatchdogOverrideUs = watchdog;
            Out.Touch(unit);
            if (unit.Sub is SubState.StartPost or SubState.Running or SubState.Reload)
                ArmWatchdog(unit);
        }

        if (message.ExtendTimeoutUs is { } more and > 0 && unit.DeadlineUs != Deadline.Never)
        {
            // The time counts from now, and only ever prolongs.
            engine.Deadlines.Set(
                unit.StateDeadline, Math.Max(unit.DeadlineUs, After(NowUs, more)));
            Out.Touch(unit);
        }
    }

    private void HearReloading(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub == SubState.Running)
        {
            BeginWork(unit, UnitWork.Reload, cause, ServiceWait.Ready);
        }
        else if (unit.Sub == SubState.Reload && unit.Wait == ServiceWait.Reloading)
        {
            unit.Wait = ServiceWait.Ready;
            Out.Touch(unit);
        }
    }

    private void HearReady(UnitRuntime unit, Cause cause)
    {
        bool notifies = unit.Service.Type is ServiceType.Notify or ServiceType.NotifyReload;
        bool startsNow = unit.Sub == SubState.Start && notifies && unit.HasMain;
        bool endsReload = unit.Sub == SubState.Reload && unit.Wait == ServiceWait.Ready;
        if (!startsNow && !endsReload)
            return;
        unit.Wait = ServiceWait.Nothing;
        Fire(unit, ServiceTrigger.Proceed, cause);
    }
}
