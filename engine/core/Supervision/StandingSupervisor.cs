using InitTx.Core.Lifecycle;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// Units that run nothing. Targets and slices are up when their job runs; devices count as plugged
/// on demand, because nothing watches udev yet; a mount or swap is up when the kernel has it.
/// What this version cannot carry out it refuses in a sentence: the job fails, the unit stays as
/// it is.
/// </summary>
internal sealed class StandingSupervisor(Engine engine) : IKindSupervisor, IStandingActions
{
    /// <inheritdoc/>
    public string? Start(UnitRuntime unit, Cause cause)
    {
        if (WhyNotStart(unit) is { } why)
            return why;
        unit.Result = UnitResult.Success;
        unit.FailureText = null;
        unit.ConditionText = null;
        unit.Check = PrepareOutcome.Ready;
        Fire(unit, StandingTrigger.Start, cause);
        return null;
    }

    /// <inheritdoc/>
    public string? Stop(UnitRuntime unit, Cause cause)
    {
        if (unit.Name.Kind is UnitKind.Mount or UnitKind.Swap && unit.Sub != SubState.Condition)
        {
            return unit.Name.Kind == UnitKind.Mount
                ? "unmounting is not built yet in this version: use umount(8)"
                : "swapoff is not built yet in this version: use swapoff(8)";
        }

        Fire(unit, StandingTrigger.Stop, cause);
        return null;
    }

    /// <inheritdoc/>
    public bool CanReload(UnitRuntime unit) => false;

    /// <inheritdoc/>
    public string? Reload(UnitRuntime unit, Cause cause) => "units of this type cannot reload";

    /// <inheritdoc/>
    public void Prepared(UnitRuntime unit, PrepareOutcome outcome, string detail, Cause cause)
    {
        unit.PrepareToken = default;
        unit.Check = outcome;
        switch (outcome)
        {
            case PrepareOutcome.Ready:
                Fire(unit, StandingTrigger.Proceed, cause);
                break;
            case PrepareOutcome.ConditionFailed or PrepareOutcome.AssertFailed:
                unit.ConditionText = detail;
                Fire(unit, StandingTrigger.ConditionUnmet, cause.With(detail));
                break;
            case PrepareOutcome.Failed:
                Fail(unit, detail, cause);
                break;
            default:
                throw Invariant.Unreachable("prepare outcome");
        }
    }

    /// <inheritdoc/>
    public void TimedOut(UnitRuntime unit, Cause cause)
    {
        unit.PrepareToken = default;
        Fail(unit, "the prepare helper gave no answer in time", cause);
    }

    /// <inheritdoc/>
    public void ResetFailed(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub != SubState.Failed)
            return;
        unit.Result = UnitResult.Success;
        unit.FailureText = null;
        Fire(unit, StandingTrigger.ResetFailed, cause);
    }

    /// <summary>The kernel's table was read.</summary>
    public void Observed(UnitRuntime unit, bool present, Cause cause)
    {
        if (present != (unit.Active is ActiveState.Active))
            Fire(unit, present ? StandingTrigger.Appeared : StandingTrigger.Vanished, cause);
    }

    /// <inheritdoc/>
    public void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        if (unit.Sub == SubState.Condition)
            engine.AskPrepareAgain(unit, restart: false, isPlanned);
    }

    public void EnterCondition(UnitRuntime unit) => engine.AskPrepare(unit, restart: false);

    public void EnterUp(UnitRuntime unit) => unit.PrepareToken = default;

    public void EnterDown(UnitRuntime unit) => unit.PrepareToken = default;

    private static string? WhyNotStart(UnitRuntime unit) => unit.Name.Kind switch
    {
        UnitKind.Target or UnitKind.Slice or UnitKind.Device => null,
        UnitKind.Mount => "not mounted, and mounting is not built yet in this version: "
            + "use mount(8); the unit becomes active by that",
        UnitKind.Swap => "not in use, and swapon is not built yet in this version: use swapon(8)",
        UnitKind.Automount => "automount units are not built yet in this version",
        UnitKind.Scope => "a scope is made of running processes, it cannot be started",
        UnitKind.Service or UnitKind.Socket or UnitKind.Timer or UnitKind.Path =>
            throw Invariant.Unreachable("has its own supervisor"),
        _ => throw Invariant.Unreachable("unit kind"),
    };

    private void Fail(UnitRuntime unit, string why, Cause cause)
    {
        unit.Result = UnitResult.Resources;
        unit.FailureText = why;
        Fire(unit, StandingTrigger.StartRefused, cause.With(why));
    }

    private void Fire(UnitRuntime unit, StandingTrigger trigger, Cause cause) =>
        engine.Lifecycle.Apply(unit, trigger, cause);
}
