using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>Signals to the manager, as systemd(1) "SIGNALS" has them for PID 1.</summary>
public sealed partial class Engine
{
    private const int ForcedRebootPresses = 7;
    private const long ForcedRebootWindowUs = 2_000_000;

    private static readonly UnitName CtrlAltDel = UnitName.Parse("ctrl-alt-del.target");

    // systemd(1): SIGRTMIN+0 … +6 start these.
    private static readonly UnitName[] TargetSignals =
    [
        UnitName.Parse("default.target"), UnitName.Parse("rescue.target"),
        UnitName.Parse("emergency.target"), UnitName.Parse("halt.target"),
        UnitName.Parse("poweroff.target"), UnitName.Parse("reboot.target"),
        UnitName.Parse("kexec.target"),
    ];

    private RateWindow _presses;

    private void Signalled(EngineEvent.SignalReceived e)
    {
        long seq = Out.Manager(
            RecordKind.Signal,
            new Cause(CauseKind.Signal, 0, "SIG" + SignalNames.Of(e.Signal)),
            e.SenderPid, e.SenderUid);
        var cause = new Cause(CauseKind.Signal, seq);
        int realTime = e.Signal - SignalNames.RtMin;
        switch (e.Signal)
        {
            case SignalNames.Term when !_isUserManager:
                if (!IsLeaving)
                    Out.Emit(new Effect.Reexec(default));
                break;
            case SignalNames.Term or SignalNames.Int when _isUserManager:
                BeginShutdown(ShutdownKind.Exit, false, Requester.Manager, cause, null);
                break;
            case SignalNames.Int:
                Pressed(cause);
                break;
            case SignalNames.Hup:
                Out.Emit(new Effect.ReloadCatalog(default));
                break;
            case SignalNames.Power:
                StartIfThere(UnitName.Parse("sigpwr.target"), cause);
                break;
            case SignalNames.Winch:
                StartIfThere(UnitName.Parse("kbrequest.target"), cause);
                break;
            case >= SignalNames.RtMin when realTime < TargetSignals.Length:
                Target(TargetSignals[realTime], cause, isolate: realTime < 3);
                break;
            case >= SignalNames.RtMin when ImmediateOf(realTime) is { } kind:
                BeginShutdown(kind, force: true, Requester.Manager, cause, null);
                break;
            default:
                // SIGUSR1, SIGUSR2 and the rest say nothing to InitTx; the row tells that they came.
                break;
        }
    }

    private static ShutdownKind? ImmediateOf(int realTime) => realTime switch
    {
        13 => ShutdownKind.Halt,
        14 => ShutdownKind.Poweroff,
        15 => ShutdownKind.Reboot,
        16 => ShutdownKind.Kexec,
        _ => null,
    };

    private void Pressed(Cause cause)
    {
        if (!_presses.TryTake(
            Out.Now.MonotonicUs, ForcedRebootWindowUs, ForcedRebootPresses - 1, Limits.RateLimitBurst))
        {
            Say("Ctrl-Alt-Del seven times within two seconds: immediate reboot.");
            BeginShutdown(ShutdownKind.Reboot, force: true, Requester.Manager, cause, null);
            return;
        }

        UnitRuntime target = GetOrLoad(CtrlAltDel);
        switch (target.Definition.LoadState)
        {
            case UnitLoadState.Masked:
                break;
            case UnitLoadState.Loaded or UnitLoadState.Merged:
                Target(target.Name, cause, isolate: false);
                break;
            case UnitLoadState.NotFound or UnitLoadState.BadSetting or UnitLoadState.Error:
                BeginShutdown(ShutdownKind.Reboot, false, Requester.Manager, cause, null);
                break;
            default:
                throw Invariant.Unreachable("load state");
        }
    }

    private void Target(UnitName name, Cause cause, bool isolate)
    {
        if (ShutdownOf(GetOrLoad(name).Name) is { } kind)
            BeginShutdown(kind, false, Requester.Manager, cause, null);
        else
            Order(isolate ? RequestVerb.Isolate : RequestVerb.Start, GetOrLoad(name), cause);
    }

    private void StartIfThere(UnitName name, Cause cause)
    {
        UnitRuntime unit = GetOrLoad(name);
        if (unit.Definition.LoadState == UnitLoadState.Loaded)
            Order(RequestVerb.Start, unit, cause);
    }
}
