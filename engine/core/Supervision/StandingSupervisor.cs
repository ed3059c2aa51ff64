using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Units that run nothing. Targets and slices are up when their job runs; devices count as plugged
/// on demand, because nothing watches udev yet. What this version cannot carry out it refuses in a
/// sentence: the job fails, the unit stays as it is.
/// </summary>
internal sealed class StandingSupervisor(Engine engine)
    : ConditionedSupervisor<StandingTrigger>(engine, Common), IStandingActions
{
    private static readonly CommonTriggers<StandingTrigger> Common = new(
        StandingTrigger.Proceed, StandingTrigger.ConditionUnmet, StandingTrigger.StartRefused,
        StandingTrigger.Stop, StandingTrigger.ResetFailed);

    /// <inheritdoc/>
    public override string? Start(UnitRuntime unit, Cause cause)
    {
        if (WhyNotStart(unit) is { } why)
            return why;
        BeginRun(unit);
        Fire(unit, StandingTrigger.Start, cause);
        return null;
    }

    public void EnterUp(UnitRuntime unit) => unit.PrepareToken = default;

    public void EnterDown(UnitRuntime unit) => unit.PrepareToken = default;

    private static string? WhyNotStart(UnitRuntime unit) => unit.Name.Kind switch
    {
        UnitKind.Target or UnitKind.Slice or UnitKind.Device => null,
        UnitKind.Scope => "a scope is made of running processes, it cannot be started",
        UnitKind.Service or UnitKind.Socket or UnitKind.Timer or UnitKind.Path
            or UnitKind.Mount or UnitKind.Swap or UnitKind.Automount =>
            throw Invariant.Unreachable("has its own supervisor"),
        _ => throw Invariant.Unreachable("unit kind"),
    };

    protected override void Fire(UnitRuntime unit, StandingTrigger trigger, Cause cause) =>
        Engine.Lifecycle.Apply(unit, trigger, cause);
}
