using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>
/// Path units. The prepare helper looks at the paths and leaves a watch behind; what the watch
/// tells lets it look again. Promises:
/// <list type="number">
/// <item>a watch is asked for exactly in waiting, and given up on leaving it;</item>
/// <item>whatever comes between two looks, also while no manager ran, is seen by the second: what a
/// look found is on record;</item>
/// <item>the unit is started at most TriggerLimitBurst= times a TriggerLimitIntervalSec=.</item>
/// </list>
/// </summary>
internal sealed class PathSupervisor(Engine engine) : IKindSupervisor, IActivatorActions
{
    private const long RetryUs = 10_000_000;

    private static readonly PathSettings NoSettings = new();

    private Outbox Out => engine.Out;

    /// <inheritdoc/>
    public string? Start(UnitRuntime unit, Cause cause)
    {
        unit.Result = UnitResult.Success;
        unit.FailureText = null;
        unit.ConditionText = null;
        unit.Check = PrepareOutcome.Ready;
        unit.Triggers.Clear();
        unit.PathStamps = [];
        if (WhyUnable(unit) is { } why)
        {
            Fail(unit, ActivatorTrigger.StartRefused, UnitResult.Resources, why, cause);
            return why;
        }

        Fire(unit, ActivatorTrigger.Start, cause);
        if (unit.Sub == SubState.Waiting)
            Wait(unit, PathLook.First);
        return null;
    }

    /// <inheritdoc/>
    public string? Stop(UnitRuntime unit, Cause cause)
    {
        Fire(unit, ActivatorTrigger.Stop, cause);
        return null;
    }

    /// <inheritdoc/>
    public bool CanReload(UnitRuntime unit) => false;

    /// <inheritdoc/>
    public string? Reload(UnitRuntime unit, Cause cause) => "a path unit cannot reload";

    /// <inheritdoc/>
    public void Prepared(UnitRuntime unit, PrepareOutcome outcome, string detail, Cause cause)
    {
        unit.PrepareToken = default;
        unit.Check = outcome;
        switch (outcome)
        {
            case PrepareOutcome.Ready:
                Fire(unit, ActivatorTrigger.Proceed, cause);
                Wait(unit, PathLook.First);
                break;
            case PrepareOutcome.ConditionFailed or PrepareOutcome.AssertFailed:
                unit.ConditionText = detail;
                Fire(unit, ActivatorTrigger.ConditionUnmet, cause.With(detail));
                break;
            case PrepareOutcome.Failed:
                Fail(unit, ActivatorTrigger.StartRefused, UnitResult.Resources, detail, cause);
                break;
            default:
                throw Invariant.Unreachable("prepare outcome");
        }
    }

    /// <inheritdoc/>
    public void TimedOut(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub == SubState.Waiting)
        {
            // The last look came to nothing: a file system or the helper may be back.
            Look(unit, PathLook.Again);
            return;
        }

        unit.PrepareToken = default;
        Fail(unit, ActivatorTrigger.StartRefused, UnitResult.Resources,
            "the prepare helper gave no answer in time", cause);
    }

    /// <inheritdoc/>
    public void ResetFailed(UnitRuntime unit, Cause cause)
    {
        unit.Triggers.Clear();
        Out.Touch(unit);
        if (unit.Sub != SubState.Failed)
            return;
        unit.Result = UnitResult.Success;
        unit.FailureText = null;
        Fire(unit, ActivatorTrigger.ResetFailed, cause);
    }

    /// <summary>The helper has looked, and watches from before it did.</summary>
    public void Seen(UnitRuntime unit, EngineEvent.PathsSeen seen)
    {
        if (unit.Sub != SubState.Waiting || unit.PrepareToken != seen.Token)
            return;
        unit.PrepareToken = default;
        Out.Touch(unit);
        if (seen.Error is { } error)
        {
            unit.StatusText = $"looked in vain: {error}";
            engine.ArmState(unit, RetryUs);
            return;
        }

        unit.StatusText = null;
        long[] before = unit.PathStamps;
        unit.PathStamps = [.. seen.Stamps];
        IReadOnlyList<PathWatch> watches = Settings(unit).Watches;
        for (int i = 0; i < watches.Count && i < seen.Stamps.Count; i++)
        {
            long last = i < before.Length ? before[i] : 0;
            bool isLevel = watches[i].Kind is not (PathWatchKind.Changed or PathWatchKind.Modified);
            bool holds = isLevel
                ? seen.Stamps[i] != 0
                : seen.Look switch
                {
                    PathLook.First => false,
                    PathLook.Again => (last != 0) != (seen.Stamps[i] != 0),
                    PathLook.Resumed => i < before.Length && last != seen.Stamps[i],
                    _ => throw Invariant.Unreachable("path look"),
                };
            if (holds)
            {
                Trigger(unit, watches[i]);
                return;
            }
        }
    }

    /// <summary>The watch tells of something.</summary>
    /// <param name="watch">Which path was changed itself; -1 for what may lead to it.</param>
    public void Stirred(UnitRuntime unit, int watch)
    {
        if (unit.Sub != SubState.Waiting)
            return;
        IReadOnlyList<PathWatch> watches = Settings(unit).Watches;
        if (watch >= 0 && watch < watches.Count
            && watches[watch].Kind is PathWatchKind.Changed or PathWatchKind.Modified)
            Trigger(unit, watches[watch]);

        // A look that is under way sees what came before it, its own watch what comes after.
        else if (unit.PrepareToken.Value == 0)
            Look(unit, PathLook.Again);
    }

    /// <summary>What the path starts has changed its state, or a job of it ended.</summary>
    public void UnitMoved(UnitRuntime path, UnitRuntime unit)
    {
        var cause = new Cause(CauseKind.Dependency, unit.SinceSeq);
        bool isDown = unit.Active is ActiveState.Inactive or ActiveState.Failed;
        if (path.Sub == SubState.Running && isDown && unit.Job is null)
        {
            if (unit is { Sub: SubState.Failed, Result: UnitResult.StartLimitHit })
            {
                Fail(path, ActivatorTrigger.Failed, UnitResult.UnitStartLimitHit,
                    $"{unit.Name} hit its start limit", cause);
                return;
            }

            Fire(path, ActivatorTrigger.UnitEnded, cause);
            Wait(path, PathLook.First);
        }
        else if (path.Sub == SubState.Waiting && !isDown)
        {
            Fire(path, ActivatorTrigger.Fired, cause);
        }
    }

    /// <inheritdoc/>
    public void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        if (unit.Sub == SubState.Condition)
            engine.AskPrepareAgain(unit, restart: false, isPlanned);
        else if (unit.Sub == SubState.Waiting)
            Look(unit, unit.PathStamps.Length == 0 ? PathLook.First : PathLook.Resumed);
    }

    public void EnterCondition(UnitRuntime unit) => engine.AskPrepare(unit, restart: false);

    public void EnterWaiting(UnitRuntime unit) => unit.PrepareToken = default;

    public void EnterRunning(UnitRuntime unit) => GiveUp(unit);

    public void EnterElapsed(UnitRuntime unit) => throw Invariant.Unreachable("a path's state");

    public void EnterDown(UnitRuntime unit) => GiveUp(unit);

    private void GiveUp(UnitRuntime unit)
    {
        unit.PrepareToken = default;
        unit.StatusText = null;
        Out.Emit(new Effect.UnwatchPaths(unit.Id));
    }

    private void Wait(UnitRuntime path, PathLook look)
    {
        // One that is up already has what was to trigger it.
        if (engine.TriggeredBy(path) is
            { Active: not (ActiveState.Inactive or ActiveState.Failed) } unit)
        {
            Fire(path, ActivatorTrigger.Fired, new Cause(CauseKind.Dependency, unit.SinceSeq));
            return;
        }

        Look(path, look);
    }

    private void Look(UnitRuntime path, PathLook look)
    {
        // What it finds is how things are; the next manager, too, compares with nothing older.
        if (look == PathLook.First)
            path.PathStamps = [];
        path.PrepareToken = engine.NewLookToken();
        Out.Touch(path);
        Out.Emit(new Effect.WatchPaths(path.PrepareToken, path.Id, look));
    }

    private void Trigger(UnitRuntime path, PathWatch watch)
    {
        PathSettings settings = Settings(path);
        string what = $"{watch.Kind switch
        {
            PathWatchKind.Exists => "PathExists",
            PathWatchKind.ExistsGlob => "PathExistsGlob",
            PathWatchKind.DirectoryNotEmpty => "DirectoryNotEmpty",
            PathWatchKind.Changed => "PathChanged",
            PathWatchKind.Modified => "PathModified",
            _ => throw Invariant.Unreachable("path watch"),
        }}={watch.Path}";
        if (engine.IsStopping || path.Job is { Kind: Job.JobKind.Stop or Job.JobKind.Restart })
            return;
        if (!path.Triggers.TryTake(
            Out.Now.MonotonicUs, settings.TriggerLimitIntervalUs, settings.TriggerLimitBurst,
            engine.Limits.RateLimitBurst))
        {
            Fail(path, ActivatorTrigger.Failed, UnitResult.TriggerLimitHit,
                FormattableString.Invariant($"triggered {settings.TriggerLimitBurst} times within ")
                + Durations.Words(settings.TriggerLimitIntervalUs) + " (TriggerLimitBurst=)",
                new Cause(CauseKind.Limiter, path.SinceSeq));
            return;
        }

        if (engine.TriggeredBy(path) is not { } unit)
        {
            Fail(path, ActivatorTrigger.Failed, UnitResult.Resources,
                "the path unit has no unit to start", path.Why);
            return;
        }

        Fire(path, ActivatorTrigger.Fired, new Cause(CauseKind.Path, path.SinceSeq, what));
        var cause = new Cause(CauseKind.Path, path.SinceSeq, path.Name.Value);
        if (engine.Order(RequestVerb.Start, unit, cause) is { } refused)
            Fail(path, ActivatorTrigger.Failed, UnitResult.Resources, refused, cause);
    }

    private string? WhyUnable(UnitRuntime path)
    {
        if (path.Definition.Path is null)
            return path.Definition.LoadError ?? "the unit has no [Path] section";
        if (engine.TriggeredBy(path) is not { } unit)
            return "the path unit has no unit to start";
        return unit.Definition.LoadState == UnitLoadState.Loaded
            ? null
            : Transaction.PlanText.LoadProblem(unit.Definition);
    }

    private void Fail(
        UnitRuntime unit, ActivatorTrigger trigger, UnitResult result, string why, Cause cause)
    {
        unit.Result = result;
        unit.FailureText = why;
        Out.Touch(unit);
        Fire(unit, trigger, cause.With(why));
    }

    private static PathSettings Settings(UnitRuntime unit) => unit.Definition.Path ?? NoSettings;

    private void Fire(UnitRuntime unit, ActivatorTrigger trigger, Cause cause) =>
        engine.Lifecycle.Apply(unit, trigger, cause);
}
