using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// Where a service goes next: one pure function a fork in the road. Each answers with exactly one
/// state, so the guards built on it exclude each other. A stop runs the stages
/// <c>stop → stop-sigterm (→ stop-sigkill) → stop-post → final-sigterm (→ final-sigkill) → end</c>
/// and skips those without work (systemd.service(5), systemd.kill(5)).
/// </summary>
internal static class ServicePath
{
    /// <summary>The first step of a start.</summary>
    public static SubState FirstStep(UnitRuntime unit) =>
        NeedsCheck(unit) || unit.Service.ExecCondition.Count > 0
            ? SubState.Condition
            : AfterCondition(unit);

    /// <summary>True when the prepare helper is asked before the first process.</summary>
    public static bool NeedsCheck(UnitRuntime unit) =>
        unit.Definition.Conditions.Count > 0 || unit.Definition.Exec is { NeedsPrepare: true }
        || Activation.TimerSupervisor.ReadsFiles(unit.Definition.Timer);

    public static SubState AfterCondition(UnitRuntime unit) =>
        unit.Service.ExecStartPre.Count > 0 ? SubState.StartPre : SubState.Start;

    /// <summary>The service is up as its type defines it.</summary>
    public static SubState AfterStart(UnitRuntime unit) =>
        unit.Service.ExecStartPost.Count > 0 && !NeverWasUp(unit)
            ? SubState.StartPost
            : Settled(unit);

    // A clean end before the name was there: nothing was started that ExecStartPost= could follow.
    private static bool NeverWasUp(UnitRuntime unit) =>
        unit.Service.Type == ServiceType.Dbus && !unit.OwnsBusName;

    /// <summary>
    /// After ExecStartPost=, a reload, or the end of the main process: up when the main process
    /// lives or what is left counts as the service; else down. A failure skips ExecStop=.
    /// </summary>
    public static SubState Settled(UnitRuntime unit)
    {
        if (unit.Result != UnitResult.Success)
            return FromSigterm(unit);
        if (IsAlive(unit))
            return SubState.Running;
        return unit.Service.RemainAfterExit ? SubState.Exited : FromStop(unit);
    }

    /// <summary>A stop of a service that had started.</summary>
    public static SubState FromStop(UnitRuntime unit) =>
        unit.Service.ExecStop.Count > 0 ? SubState.Stop : FromSigterm(unit);

    public static SubState FromSigterm(UnitRuntime unit) =>
        HasPrey(unit) ? SubState.StopSigterm : FromStopPost(unit);

    /// <summary>A start step or ExecStop= took too long (Timeout*FailureMode=).</summary>
    public static SubState AfterStartTimeout(UnitRuntime unit) =>
        AfterTimeout(unit, unit.Service.TimeoutStartFailureMode);

    public static SubState AfterStopTimeout(UnitRuntime unit) =>
        AfterTimeout(unit, unit.Service.TimeoutStopFailureMode);

    private static SubState AfterTimeout(UnitRuntime unit, TimeoutFailureMode mode) =>
        !HasPrey(unit) ? FromStopPost(unit) : mode switch
        {
            TimeoutFailureMode.Terminate => SubState.StopSigterm,
            TimeoutFailureMode.Abort => SubState.StopWatchdog,
            TimeoutFailureMode.Kill => Killed(unit),
            _ => throw Invariant.Unreachable("failure mode"),
        };

    public static SubState AfterSigtermTimeout(UnitRuntime unit) =>
        unit.Service.TimeoutStopFailureMode == TimeoutFailureMode.Abort
            ? SubState.StopWatchdog
            : Killed(unit);

    /// <summary>SIGKILL, unless SendSIGKILL=no.</summary>
    public static SubState Killed(UnitRuntime unit) =>
        unit.Kill.SendSigkill ? SubState.StopSigkill : FromStopPost(unit);

    public static SubState FromStopPost(UnitRuntime unit) =>
        unit.Service.ExecStopPost.Count > 0 ? SubState.StopPost : FromFinal(unit);

    public static SubState FromFinal(UnitRuntime unit) =>
        HasPrey(unit) ? SubState.FinalSigterm : End(unit);

    /// <summary>ExecStopPost= took too long.</summary>
    public static SubState AfterStopPostTimeout(UnitRuntime unit) =>
        !HasPrey(unit) ? End(unit) : unit.Service.TimeoutStopFailureMode switch
        {
            TimeoutFailureMode.Terminate => SubState.FinalSigterm,
            TimeoutFailureMode.Abort => SubState.FinalWatchdog,
            TimeoutFailureMode.Kill => FinallyKilled(unit),
            _ => throw Invariant.Unreachable("failure mode"),
        };

    public static SubState AfterFinalTimeout(UnitRuntime unit) =>
        unit.Service.TimeoutStopFailureMode == TimeoutFailureMode.Abort
            ? SubState.FinalWatchdog
            : FinallyKilled(unit);

    public static SubState FinallyKilled(UnitRuntime unit) =>
        unit.Kill.SendSigkill ? SubState.FinalSigkill : End(unit);

    /// <summary>Down for good, failed, or waiting for the automatic restart.</summary>
    public static SubState End(UnitRuntime unit)
    {
        if (RestartPolicy.WantsRestart(unit))
            return SubState.AutoRestart;
        return RestartPolicy.IsFailure(unit.Result) ? SubState.Failed : SubState.Dead;
    }

    /// <summary>True while a process lives that a stop has to end.</summary>
    public static bool HasPrey(UnitRuntime unit) => unit.Kill.Mode switch
    {
        KillMode.None => false,
        KillMode.Process => unit.HasMain || unit.HasControl,
        KillMode.ControlGroup or KillMode.Mixed =>
            unit.HasMain || unit.HasControl || unit.Leftovers == Leftovers.Some,
        _ => throw Invariant.Unreachable("kill mode"),
    };

    // A forking service without a known main process is alive while its cgroup is populated; one
    // of Type=dbus while it has its name as well.
    internal static bool IsAlive(UnitRuntime unit) =>
        !(unit.Service.Type == ServiceType.Dbus && !unit.OwnsBusName) && HasLife(unit);

    private static bool HasLife(UnitRuntime unit) =>
        unit.HasMain
        || (unit.Service.ExitType == ServiceExitType.Cgroup
            && unit.Leftovers == Supervision.Leftovers.Some)
        || (unit.Service.Type == ServiceType.Forking && unit.Leftovers != Leftovers.None
            && unit.MainExitKind == Ports.ExitKind.None);
}
