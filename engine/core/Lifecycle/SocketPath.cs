using InitTx.Units.Model;

namespace InitTx.Core.Lifecycle;

/// <summary>
/// Where a socket goes next: one pure function a fork in the road. A start runs
/// <c>start-pre → start-chown → start-post → listening</c>, a stop <c>stop-pre → stop-post →
/// final-sigterm (→ final-sigkill) → end</c>, both without the stages that have no work; what is
/// stopped or fails on its way up skips stop-pre or more of it (systemd.socket(5)).
/// </summary>
internal static class SocketPath
{
    /// <summary>The first step of a start.</summary>
    public static SubState FirstStep(UnitRuntime unit) =>
        ServicePath.NeedsCheck(unit) ? SubState.Condition : AfterCondition(unit);

    public static SubState AfterCondition(UnitRuntime unit) =>
        Count(unit, ExecRole.StartPre) > 0 ? SubState.StartPre : SubState.StartChown;

    /// <summary>The descriptors are there.</summary>
    public static SubState AfterOpening(UnitRuntime unit) =>
        Count(unit, ExecRole.StartPost) > 0 ? SubState.StartPost : SubState.Listening;

    /// <summary>A stop of a socket that was open, or its failure.</summary>
    public static SubState FromStopPre(UnitRuntime unit) =>
        Count(unit, ExecRole.StopPre) > 0 ? SubState.StopPre : FromStopPost(unit);

    /// <summary>What runs is to end first: a start is stopped, or ExecStopPre= takes too long.
    /// </summary>
    public static SubState FromStopPreSigterm(UnitRuntime unit) =>
        HasCommand(unit) ? SubState.StopPreSigterm : FromStopPost(unit);

    /// <summary>SIGKILL, unless SendSIGKILL=no.</summary>
    public static SubState AfterStopPreSigterm(UnitRuntime unit) =>
        unit.Kill.SendSigkill ? SubState.StopPreSigkill : FromStopPost(unit);

    public static SubState FromStopPost(UnitRuntime unit) =>
        Count(unit, ExecRole.StopPost) > 0 ? SubState.StopPost : FromFinal(unit);

    public static SubState FromFinal(UnitRuntime unit) =>
        ServicePath.HasPrey(unit) ? SubState.FinalSigterm : End(unit);

    /// <summary>SIGKILL, unless SendSIGKILL=no.</summary>
    public static SubState AfterFinalSigterm(UnitRuntime unit) =>
        unit.Kill.SendSigkill ? SubState.FinalSigkill : End(unit);

    public static SubState End(UnitRuntime unit) =>
        unit.Result == UnitResult.Success ? SubState.Dead : SubState.Failed;

    /// <summary>True in the states in which the unit's sockets are open.</summary>
    public static bool IsOpen(SubState state) => state is SubState.StartPost or SubState.Listening
        or SubState.Running or SubState.StopPre or SubState.StopPreSigterm
        or SubState.StopPreSigkill;

    private static bool HasCommand(UnitRuntime unit) =>
        unit.Kill.Mode != KillMode.None && unit.HasControl;

    private static int Count(UnitRuntime unit, ExecRole role) =>
        ExecRoles.Commands(unit.Definition, role).Count;
}
