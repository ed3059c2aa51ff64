using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>
/// Automount units. The prepare helper sets autofs up at the place and hands over the pipe by which
/// the kernel tells who looks there; whoever looks is held by the kernel until we answer. Promises:
/// <list type="number">
/// <item>whoever is held is answered: when the mount is up, when it will not come, when its time is
/// over, and when the automount goes;</item>
/// <item>the manager itself never touches the place, nor anything below it;</item>
/// <item>the mount is started by a look and stopped by the kernel's word that nobody used it for
/// TimeoutIdleSec=, both as ordinary transactions.</item>
/// </list>
/// </summary>
internal sealed class AutomountSupervisor(Engine engine)
    : ConditionedSupervisor<AutomountTrigger>(engine, Common), IAutomountActions
{
    // As often as systemd asks the kernel: the third part of the time, not more than once a second.
    private const int LooksPerIdle = 3;
    private const long LookEveryUs = 1_000_000;

    // Beyond the mount's own time-outs, for the jobs that come before it.
    private const long PatienceUs = 90_000_000;

    private static readonly AutomountSettings NoSettings = new();
    private static readonly MountSettings NoMount = new();

    private static readonly CommonTriggers<AutomountTrigger> Common = new(
        AutomountTrigger.Proceed, AutomountTrigger.ConditionUnmet, AutomountTrigger.StartRefused,
        AutomountTrigger.Stop, AutomountTrigger.ResetFailed);

    /// <inheritdoc/>
    public override string? Start(UnitRuntime unit, Cause cause)
    {
        // As systemd: the job fails, the unit stays as it is.
        if (WhyUnable(unit) is { } why)
            return why;
        BeginRun(unit);
        if (Limited(unit) is { } limit)
            return limit;

        Fire(unit, AutomountTrigger.Start, cause);
        return null;
    }

    /// <inheritdoc/>
    public override void ResetFailed(UnitRuntime unit, Cause cause)
    {
        unit.Starts.Clear();
        Out.Touch(unit);
        base.ResetFailed(unit, cause);
    }

    /// <summary>The helper has set the place up, or could not.</summary>
    public void Made(UnitRuntime unit, EngineEvent.AutomountMade made)
    {
        if (unit.Sub != SubState.Mounting || unit.PrepareToken != made.Token)
            return;
        unit.PrepareToken = default;
        if (made.Error is { } error)
        {
            Fail(unit, AutomountTrigger.NotMade, UnitResult.Resources, error, unit.Why);
            return;
        }

        unit.StatusText = made.Note;
        Fire(unit, AutomountTrigger.Made, unit.Why);

        // Somebody mounted it by hand in the meantime.
        if (Engine.TriggeredBy(unit) is { } mount && IsUp(mount))
            MountMoved(unit, mount);
    }

    /// <summary>The helper has taken the place down.</summary>
    public void Gone(UnitRuntime unit, EngineEvent.AutomountGone gone)
    {
        if (unit.Sub != SubState.Unmounting || unit.PrepareToken != gone.Token)
            return;
        unit.PrepareToken = default;
        Fire(unit, AutomountTrigger.Gone, unit.Why.With(gone.Error));
    }

    /// <summary>Somebody is held by the kernel until the mount is up.</summary>
    public void Wanted(UnitRuntime unit, EngineEvent.AutomountWanted wanted)
    {
        if (IsUnderWay(unit, AutomountRequest.Mount))
            return;
        string who = wanted.Pid > 0
            ? FormattableString.Invariant($"process {wanted.Pid} ({wanted.Program})")
            : "somebody";
        var cause = new Cause(
            CauseKind.Path, unit.SinceSeq, $"{who} looked at {Settings(unit).Where}");
        bool goes = Engine.IsStopping || unit.Job is { Kind: JobKind.Stop or JobKind.Restart };
        if (unit.Sub is not (SubState.Waiting or SubState.Running) || goes)
        {
            Answer(unit, AutomountRequest.Mount, AutomountAnswer.Down);
            return;
        }

        if (Engine.TriggeredBy(unit) is not { } mount)
        {
            Fail(unit, AutomountTrigger.Failed, UnitResult.Resources, "it has no mount", cause);
            return;
        }

        if (unit.Sub == SubState.Waiting)
            Fire(unit, AutomountTrigger.MountBegins, cause);
        if (IsUp(mount) && mount.Job is null)
        {
            Answer(unit, AutomountRequest.Mount, AutomountAnswer.Done);
            AwaitIdle(unit);
            return;
        }

        AwaitMount(unit, AutomountRequest.Mount, mount);
        if (Engine.Order(RequestVerb.Start, mount, cause) is { } refused)
            Fail(unit, AutomountTrigger.Failed, UnitResult.Resources, refused, cause);
    }

    /// <summary>The kernel says that nobody has used the mount for TimeoutIdleSec=.</summary>
    public void Unused(UnitRuntime unit)
    {
        if (IsUnderWay(unit, AutomountRequest.Expire))
            return;
        if (unit.Sub is not (SubState.Waiting or SubState.Running)
            || Engine.TriggeredBy(unit) is not { } mount)
        {
            Answer(unit, AutomountRequest.Expire, AutomountAnswer.Down);
            return;
        }

        var cause = new Cause(CauseKind.Timer, unit.SinceSeq,
            $"not used for TimeoutIdleSec={Durations.Words(Settings(unit).TimeoutIdleUs)}");
        if (!IsUp(mount) && mount.Job is null)
        {
            Answer(unit, AutomountRequest.Expire, AutomountAnswer.Done);
            return;
        }

        AwaitMount(unit, AutomountRequest.Expire, mount);
        if (Engine.Order(RequestVerb.Stop, mount, cause) is null)
            return;
        Answer(unit, AutomountRequest.Expire, AutomountAnswer.NoMount);
        AwaitIdle(unit);
    }

    /// <summary>The mount has changed its state, or a job of it ended.</summary>
    public void MountMoved(UnitRuntime unit, UnitRuntime mount)
    {
        if (unit.Sub is not (SubState.Waiting or SubState.Running) || mount.Job is not null)
            return;
        var cause = new Cause(CauseKind.Dependency, mount.SinceSeq);
        if (mount is { Sub: SubState.Failed, IsLimited: true })
        {
            Fail(unit, AutomountTrigger.Failed, UnitResult.MountStartLimitHit,
                $"{mount.Name} hit its start limit", cause);
        }
        else if (IsUp(mount))
        {
            Answer(unit, AutomountRequest.Mount, AutomountAnswer.Done);
            Answer(unit, AutomountRequest.Expire, AutomountAnswer.NoMount);
            if (unit.Sub == SubState.Waiting)
                Fire(unit, AutomountTrigger.MountBegins, cause);
            AwaitIdle(unit);
        }
        else if (mount.Active is ActiveState.Inactive or ActiveState.Failed)
        {
            Answer(unit, AutomountRequest.Mount, AutomountAnswer.NoMount);
            Answer(unit, AutomountRequest.Expire, AutomountAnswer.Done);
            if (unit.Sub == SubState.Running)
                Fire(unit, AutomountTrigger.MountEnded, cause);
        }
    }

    /// <inheritdoc/>
    public override void TimedOut(UnitRuntime unit, Cause cause)
    {
        switch (unit.Sub)
        {
            case SubState.Mounting:
                Fail(unit, AutomountTrigger.Failed, UnitResult.Timeout,
                    "the prepare helper did not set autofs up in time", cause);
                break;
            case SubState.Unmounting:
                Fire(unit, AutomountTrigger.Gone,
                    cause.With("the prepare helper did not take autofs down in time"));
                break;
            case SubState.Running when Engine.TriggeredBy(unit) is { } mount && IsUp(mount):
                // A job of the mount that waits for others may hold up either answer.
                Answer(unit, AutomountRequest.Mount, AutomountAnswer.Done);
                Answer(unit, AutomountRequest.Expire, AutomountAnswer.NoMount);
                Out.Emit(new Effect.ExpireAutomount(unit.Id));
                AwaitIdle(unit);
                break;
            case SubState.Running:
                Answer(unit, AutomountRequest.Mount, AutomountAnswer.NoMount);
                Answer(unit, AutomountRequest.Expire, AutomountAnswer.NoMount);
                Fire(unit, AutomountTrigger.MountEnded,
                    cause.With("the mount did not come in time"));
                break;
            default:
                base.TimedOut(unit, cause);
                break;
        }
    }

    /// <summary>
    /// What the kernel still waits for it asks again, so no answer is lost.
    /// </summary>
    public override void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        switch (unit.Sub)
        {
            case SubState.Mounting:
                Make(unit);
                break;
            case SubState.Unmounting:
                Unmake(unit);
                break;
            default:
                base.Resume(unit, cause, isPlanned);
                break;
        }
    }

    /// <summary>What the kernel tells by is gone: nobody would ever be answered.</summary>
    public void Lost(UnitRuntime unit, Cause cause, string why)
    {
        if (unit.Sub is SubState.Waiting or SubState.Running)
            Fail(unit, AutomountTrigger.Failed, UnitResult.Resources, why, cause);
    }

    /// <summary>It is down, and its place was not taken down yet.</summary>
    public void Left(UnitRuntime unit) => Unmake(unit);

    public void EnterMaking(UnitRuntime unit)
    {
        Make(unit);
        Engine.ArmState(unit, Engine.Limits.PrepareTimeoutUs);
    }

    public void EnterWaiting(UnitRuntime unit) => unit.PrepareToken = default;

    // Who is held hears of it before anything else is done, which may take its time.
    public void EnterUnmaking(UnitRuntime unit)
    {
        Answer(unit, AutomountRequest.Mount, AutomountAnswer.Down);
        Answer(unit, AutomountRequest.Expire, AutomountAnswer.Down);
        Unmake(unit);
        Engine.ArmState(unit, Engine.Limits.PrepareTimeoutUs);
    }

    public void EnterDown(UnitRuntime unit)
    {
        unit.PrepareToken = default;
        unit.StatusText = null;
        unit.Asked = null;
    }

    private void Make(UnitRuntime unit)
    {
        unit.PrepareToken = Engine.NewLookToken();
        Out.Touch(unit);
        Out.Emit(new Effect.MakeAutomount(unit.PrepareToken, unit.Id));
    }

    private void Unmake(UnitRuntime unit)
    {
        unit.PrepareToken = Engine.NewLookToken();
        Out.Touch(unit);
        Out.Emit(new Effect.UnmakeAutomount(unit.PrepareToken, unit.Id));
    }

    private void Answer(UnitRuntime unit, AutomountRequest request, AutomountAnswer answer)
    {
        if (unit.Asked == request)
        {
            unit.Asked = null;
            Out.Touch(unit);
        }

        Out.Emit(new Effect.AnswerAutomount(unit.Id, request, answer));
    }

    // Asked again after a restart of the manager: it has its time, and nothing is decided anew.
    private static bool IsUnderWay(UnitRuntime unit, AutomountRequest request) =>
        unit.Asked == request && unit.Sub is (SubState.Waiting or SubState.Running);

    // On record with its time: a manager that restarts again and again gives nobody more of it.
    private void AwaitMount(UnitRuntime unit, AutomountRequest request, UnitRuntime mount)
    {
        unit.Asked = request;
        Await(unit, TimeOf(mount));
    }

    private void AwaitIdle(UnitRuntime unit)
    {
        if (Settings(unit).TimeoutIdleUs is > 0 and < ServiceSettings.Infinity and var idle)
            Await(unit, Math.Max(idle / LooksPerIdle, LookEveryUs));
        else
            Await(unit, ServiceSettings.Infinity);
    }

    // In a state that stays as it is: nothing else puts the deadline on record.
    private void Await(UnitRuntime unit, long us)
    {
        Engine.ArmState(unit, us);
        Out.Touch(unit);
    }

    private static long TimeOf(UnitRuntime mount)
    {
        long us = (mount.Definition.Mount ?? NoMount).TimeoutUs;
        return us >= ServiceSettings.Infinity - PatienceUs ? us : us + PatienceUs;
    }

    private static bool IsUp(UnitRuntime mount) =>
        mount.Active is ActiveState.Active or ActiveState.Reloading;

    private string? WhyUnable(UnitRuntime unit)
    {
        if (unit.Definition.Automount is null)
            return unit.Definition.LoadError ?? "the unit has no [Automount] section";
        if (Engine.TriggeredBy(unit) is not { } mount)
            return "it has no mount";
        if (mount.Definition.LoadState != UnitLoadState.Loaded)
            return Transaction.PlanText.LoadProblem(mount.Definition);
        return mount.IsPresent ? $"{Settings(unit).Where} is mounted already" : null;
    }

    private static AutomountSettings Settings(UnitRuntime unit) =>
        unit.Definition.Automount ?? NoSettings;

    protected override void Fire(UnitRuntime unit, AutomountTrigger trigger, Cause cause) =>
        Engine.Lifecycle.Apply(unit, trigger, cause);
}
