using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;

namespace InitTx.Core.Supervision;

/// <summary>Triggers that the machines of all types but services have in common.</summary>
internal readonly record struct CommonTriggers<TTrigger>(
    TTrigger Proceed,
    TTrigger ConditionUnmet,
    TTrigger StartRefused,
    TTrigger Stop,
    TTrigger ResetFailed);

/// <summary>
/// What the types without a main process share: conditions come first and the helper is asked for
/// them, a stop is one trigger, a failure is forgotten on request.
/// </summary>
/// <param name="engine">The engine that owns the supervisor.</param>
/// <param name="triggers">How the machine calls what is common.</param>
internal abstract class ConditionedSupervisor<TTrigger>(
    Engine engine, CommonTriggers<TTrigger> triggers) : IKindSupervisor
    where TTrigger : struct, Enum
{
    /// <summary>The engine that owns the supervisor.</summary>
    protected Engine Engine { get; } = engine;

    protected Outbox Out => Engine.Out;

    /// <inheritdoc/>
    public abstract string? Start(UnitRuntime unit, Cause cause);

    /// <inheritdoc/>
    public virtual string? Stop(UnitRuntime unit, Cause cause)
    {
        Fire(unit, triggers.Stop, cause);
        return null;
    }

    /// <inheritdoc/>
    public virtual bool CanReload(UnitRuntime unit) => false;

    /// <inheritdoc/>
    public virtual string? Reload(UnitRuntime unit, Cause cause) =>
        $"a {Units.Model.UnitName.SuffixOf(unit.Name.Kind)} unit cannot reload";

    /// <inheritdoc/>
    public void Prepared(UnitRuntime unit, PrepareOutcome outcome, string detail, Cause cause)
    {
        unit.PrepareToken = default;
        unit.Check = outcome;
        switch (outcome)
        {
            case PrepareOutcome.Ready:
                Ready(unit, cause);
                break;
            case PrepareOutcome.ConditionFailed or PrepareOutcome.AssertFailed:
                unit.ConditionText = detail;
                Fire(unit, triggers.ConditionUnmet, cause.With(detail));
                break;
            case PrepareOutcome.Failed:
                Refuse(unit, UnitResult.Resources, detail, cause);
                break;
            default:
                throw Invariant.Unreachable("prepare outcome");
        }
    }

    /// <inheritdoc/>
    public virtual void TimedOut(UnitRuntime unit, Cause cause)
    {
        unit.PrepareToken = default;
        Refuse(unit, UnitResult.Resources, "the prepare helper gave no answer in time", cause);
    }

    /// <inheritdoc/>
    public virtual void ResetFailed(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub != SubState.Failed)
            return;
        unit.Result = UnitResult.Success;
        unit.IsLimited = false;
        unit.FailureText = null;
        Fire(unit, triggers.ResetFailed, cause);
    }

    /// <inheritdoc/>
    public virtual void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        if (unit.Sub == SubState.Condition)
            Engine.AskPrepareAgain(unit, restart: false, isPlanned);
    }

    public void EnterCondition(UnitRuntime unit) => Engine.AskPrepare(unit, restart: false);

    /// <summary>The conditions hold and what had to be read is there.</summary>
    protected virtual void Ready(UnitRuntime unit, Cause cause) =>
        Fire(unit, triggers.Proceed, cause);

    /// <summary>A new run: nothing of the last one counts.</summary>
    protected static void BeginRun(UnitRuntime unit)
    {
        unit.Before = new RunEnd(unit.Result, ExitKind.None, 0);
        unit.IsLimited = false;
        unit.Result = UnitResult.Success;
        unit.FailureText = null;
        unit.ConditionText = null;
        unit.Check = PrepareOutcome.Ready;
    }

    /// <summary>Counts the start; why it is one too many, which the unit then failed by.</summary>
    protected string? Limited(UnitRuntime unit)
    {
        if (StartLimit.Take(Engine, unit) is not { } why)
            return null;
        unit.IsLimited = true;

        // As systemd: how the run before ended, if that was a failure.
        UnitResult before = unit.Before.Result;
        Refuse(
            unit, before == UnitResult.Success ? UnitResult.StartLimitHit : before, why,
            new Cause(CauseKind.Limiter, unit.SinceSeq));
        Engine.Carry(unit.Definition.StartLimitAction, unit, "StartLimitAction=");
        return why;
    }

    /// <summary>The start cannot begin.</summary>
    protected void Refuse(UnitRuntime unit, UnitResult result, string why, Cause cause) =>
        Fail(unit, triggers.StartRefused, result, why, cause);

    protected void Fail(
        UnitRuntime unit, TTrigger trigger, UnitResult result, string why, Cause cause)
    {
        unit.Result = result;
        unit.FailureText = why;
        Out.Touch(unit);
        Fire(unit, trigger, cause.With(why));
    }

    protected abstract void Fire(UnitRuntime unit, TTrigger trigger, Cause cause);
}
