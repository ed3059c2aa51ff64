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
internal sealed class PathSupervisor(Engine engine)
    : ConditionedSupervisor<ActivatorTrigger>(engine, TimerSupervisor.Common), IActivatorActions
{
    private const long RetryUs = 10_000_000;

    private static readonly PathSettings NoSettings = new();

    /// <inheritdoc/>
    public override string? Start(UnitRuntime unit, Cause cause)
    {
        BeginRun(unit);
        unit.Triggers.Clear();
        unit.PathStamps = [];
        if (WhyUnable(unit) is { } why)
        {
            Refuse(unit, UnitResult.Resources, why, cause);
            return why;
        }

        if (!ServicePath.NeedsCheck(unit) && Limited(unit) is { } limit)
            return limit;
        Fire(unit, ActivatorTrigger.Start, cause);
        if (unit.Sub == SubState.Waiting)
            Wait(unit, PathLook.First);
        return null;
    }

    /// <inheritdoc/>
    protected override void Ready(UnitRuntime unit, Cause cause)
    {
        if (Limited(unit) is not null)
            return;
        base.Ready(unit, cause);
        Wait(unit, PathLook.First);
    }

    /// <inheritdoc/>
    public override void TimedOut(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub == SubState.Waiting)
        {
            // The last look came to nothing: a file system or the helper may be back.
            Look(unit, PathLook.Again);
            return;
        }

        base.TimedOut(unit, cause);
    }

    /// <inheritdoc/>
    public override void ResetFailed(UnitRuntime unit, Cause cause)
    {
        unit.Starts.Clear();
        unit.Triggers.Clear();
        Out.Touch(unit);
        base.ResetFailed(unit, cause);
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
            Engine.ArmState(unit, RetryUs);
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
            if (unit is { Sub: SubState.Failed, IsLimited: true })
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
    public override void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        base.Resume(unit, cause, isPlanned);
        if (unit.Sub == SubState.Waiting)
            Look(unit, unit.PathStamps.Length == 0 ? PathLook.First : PathLook.Resumed);
    }

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
        if (Engine.TriggeredBy(path) is
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
        path.PrepareToken = Engine.NewLookToken();
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
        if (Engine.IsStopping || path.Job is { Kind: Job.JobKind.Stop or Job.JobKind.Restart })
            return;
        if (!path.Triggers.TryTake(
            Out.Now.MonotonicUs, settings.TriggerLimitIntervalUs, settings.TriggerLimitBurst,
            Engine.Limits.RateLimitBurst))
        {
            Fail(path, ActivatorTrigger.Failed, UnitResult.TriggerLimitHit,
                FormattableString.Invariant($"triggered {settings.TriggerLimitBurst} times within ")
                + Durations.Words(settings.TriggerLimitIntervalUs) + " (TriggerLimitBurst=)",
                new Cause(CauseKind.Limiter, path.SinceSeq));
            return;
        }

        if (Engine.TriggeredBy(path) is not { } unit)
        {
            Fail(path, ActivatorTrigger.Failed, UnitResult.Resources,
                "the path unit has no unit to start", path.Why);
            return;
        }

        Fire(path, ActivatorTrigger.Fired, new Cause(CauseKind.Path, path.SinceSeq, what));
        var cause = new Cause(CauseKind.Path, path.SinceSeq, path.Name.Value);
        if (Engine.Order(RequestVerb.Start, unit, cause) is { } refused)
            Fail(path, ActivatorTrigger.Failed, UnitResult.Resources, refused, cause);
    }

    private string? WhyUnable(UnitRuntime path)
    {
        if (path.Definition.Path is null)
            return path.Definition.LoadError ?? "the unit has no [Path] section";
        if (Engine.TriggeredBy(path) is not { } unit)
            return "the path unit has no unit to start";
        return unit.Definition.LoadState == UnitLoadState.Loaded
            ? null
            : Transaction.PlanText.LoadProblem(unit.Definition);
    }

    private static PathSettings Settings(UnitRuntime unit) => unit.Definition.Path ?? NoSettings;

    protected override void Fire(UnitRuntime unit, ActivatorTrigger trigger, Cause cause) =>
        Engine.Lifecycle.Apply(unit, trigger, cause);
}
