using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>
/// Timer units. Promises:
/// <list type="number">
/// <item>the unit's state deadline is armed exactly in waiting, for the next elapse as
/// <see cref="TimerSchedule"/> says; no timer is looked at before it is due;</item>
/// <item>each elapse is one transition waiting → running whose cause is the timer, and one start
/// of the unit, whose end lets the timer wait again;</item>
/// <item>what is computed lies in the record: a crash or a re-exec neither loses an elapse nor
/// makes one twice.</item>
/// </list>
/// </summary>
internal sealed class TimerSupervisor(Engine engine)
    : ConditionedSupervisor<ActivatorTrigger>(engine, TimerSupervisor.Common), IActivatorActions
{
    // Between two elapses of one timer.
    private const long LeastGapUs = 1_000;
    private const long LimitedGapUs = 1_000_000;

    /// <summary>Of timers and paths: one machine is behind both.</summary>
    internal static readonly CommonTriggers<ActivatorTrigger> Common = new(
        ActivatorTrigger.Proceed, ActivatorTrigger.ConditionUnmet, ActivatorTrigger.StartRefused,
        ActivatorTrigger.Stop, ActivatorTrigger.ResetFailed);

    private static readonly TimerSettings NoSettings = new();

    // Units that asked for it once; few, and looked at only for their deadlines.
    private readonly HashSet<UnitRuntime> _wakers = [];

    /// <summary>When the machine has to be awake; long.MaxValue for never.</summary>
    public long NextWakeUs
    {
        get
        {
            long next = Deadline.Never;
            foreach (UnitRuntime timer in _wakers)
            {
                if (timer.Sub == SubState.Waiting && Settings(timer).WakeSystem)
                    next = Math.Min(next, timer.DeadlineUs);
            }

            return next;
        }
    }

    /// <summary>
    /// True when the prepare helper has to read something before the timer can count: its stamp
    /// file, or a time zone.
    /// </summary>
    public static bool ReadsFiles(TimerSettings? timer)
    {
        foreach (TimerTrigger trigger in timer?.Triggers ?? [])
        {
            if (trigger.Calendar is { } calendar && (timer!.Persistent || !calendar.IsUtc))
                return true;
        }

        return false;
    }

    /// <summary>True when the timer keeps a stamp file and makes up for what it missed.</summary>
    public static bool KeepsStamp(TimerSettings? timer)
    {
        foreach (TimerTrigger trigger in timer?.Triggers ?? [])
        {
            if (trigger.Calendar is not null)
                return timer!.Persistent;
        }

        return false;
    }

    /// <inheritdoc/>
    public override string? Start(UnitRuntime unit, Cause cause)
    {
        BeginRun(unit);
        Engine.NoteStartup();
        long spent = unit.Timer?.BootSpentAwakeUs ?? 0;
        unit.Timer = new TimerMemory { BootSpentAwakeUs = spent };
        if (WhyUnable(unit) is { } why)
        {
            Refuse(unit, UnitResult.Resources, why, cause);
            return why;
        }

        if (!ServicePath.NeedsCheck(unit) && Limited(unit) is { } limit)
            return limit;
        Fire(unit, ActivatorTrigger.Start, cause);
        if (unit.Sub == SubState.Waiting)
            Wait(unit, cause, clockChanged: false);
        return null;
    }

    /// <inheritdoc/>
    public override void ResetFailed(UnitRuntime unit, Cause cause)
    {
        unit.Starts.Clear();
        Out.Touch(unit);
        base.ResetFailed(unit, cause);
    }

    /// <summary>The helper has read the stamp file of a timer that is being started.</summary>
    /// <param name="stampUs">Its time of change since 1970; 0 for none.</param>
    public void StampRead(UnitRuntime unit, long stampUs)
    {
        if (unit.Sub != SubState.Condition || unit.Timer is not { } memory || stampUs <= 0)
            return;

        // One from the future says that the clock was wrong, then or now.
        if (stampUs < Out.Now.RealtimeUs)
            memory.LastRealtimeUs = stampUs;
        Out.Touch(unit);
    }

    /// <inheritdoc/>
    protected override void Ready(UnitRuntime unit, Cause cause)
    {
        if (Limited(unit) is not null)
            return;
        base.Ready(unit, cause);
        Wait(unit, cause, clockChanged: false);
    }

    /// <inheritdoc/>
    public override void TimedOut(UnitRuntime unit, Cause cause)
    {
        if (unit.Sub == SubState.Waiting)
        {
            Elapse(unit, "");
            return;
        }

        base.TimedOut(unit, cause);
    }

    /// <summary>What the timer starts has changed its state, or a job of it ended.</summary>
    public void UnitMoved(UnitRuntime timer, UnitRuntime unit)
    {
        var cause = new Cause(CauseKind.Dependency, unit.SinceSeq);
        bool isDown = unit.Active is ActiveState.Inactive or ActiveState.Failed;
        if (timer.Sub is SubState.Waiting or SubState.Elapsed
            || (timer.Sub == SubState.Running && isDown && unit.Job is null))
            Wait(timer, cause, clockChanged: false);
    }

    /// <summary>
    /// The clock was set, the machine woke up, or a zone has other rules: count anew.
    /// </summary>
    /// <param name="isClock">The clock, not a zone.</param>
    /// <param name="elapses">It asked to elapse by that (OnClockChange= and its kin).</param>
    public void TimeChanged(UnitRuntime timer, bool isClock, bool elapses)
    {
        if (timer.Timer is not { } memory)
            return;

        // It elapsed in what is the future now: it may do so again, from this instant on, and not
        // from each later one at which it is counted anew.
        if (isClock && memory.LastRealtimeUs > Out.Now.RealtimeUs)
        {
            memory.LastRealtimeUs = Out.Now.RealtimeUs;
            Out.Touch(timer);
        }

        if (timer.Sub != SubState.Waiting)
            return;
        Out.Touch(timer);
        if (elapses)
            Elapse(timer, isClock ? "the clock was set" : "the time zone was changed");
        else
            Wait(timer, new Cause(CauseKind.Timer, timer.SinceSeq), isClock);
    }

    /// <summary>The machine slept: its deadline has moved, a calendar's must not.</summary>
    public void Slept(UnitRuntime timer, long us)
    {
        if (timer.Timer is not { } memory)
            return;
        memory.Move(us, Settings(timer).WakeSystem);
        Out.Touch(timer);
        if (timer.Sub == SubState.Waiting)
            Arm(timer);
    }

    /// <inheritdoc/>
    public override void Resume(UnitRuntime unit, Cause cause, bool isPlanned)
    {
        base.Resume(unit, cause, isPlanned);

        // The stamp may have been lost between its commit and its writing.
        if (unit.Sub != SubState.Condition && !isPlanned && unit.Timer is { LastAwakeUs: > 0 })
            WriteStamp(unit);

        // The clock may have been set while nobody watched it.
        if (unit is { Sub: SubState.Waiting, Timer: not null })
            Arm(unit);
    }

    public void EnterWaiting(UnitRuntime unit) => unit.PrepareToken = default;

    public void EnterRunning(UnitRuntime unit) => WriteStamp(unit);

    public void EnterElapsed(UnitRuntime unit)
    {
    }

    public void EnterDown(UnitRuntime unit) => unit.PrepareToken = default;

    private void Elapse(UnitRuntime timer, string why)
    {
        if (Engine.TriggeredBy(timer) is not { } unit)
        {
            Fail(timer, "the timer has no unit to start", timer.Why);
            return;
        }

        // About to be stopped: it does not start anything on the way out.
        if (Engine.IsStopping || timer.Job is { Kind: JobKind.Stop or JobKind.Restart })
        {
            Out.Touch(timer);
            return;
        }

        TimerMemory memory = timer.Timer ??= new TimerMemory();
        string text = why.Length > 0 ? why : What(memory);
        memory.LastAwakeUs = Math.Max(1, Out.Now.MonotonicUs);
        memory.LastRealtimeUs = Math.Max(1, Out.Now.RealtimeUs);
        memory.NextAwakeUs = TimerMemory.Never;
        memory.NextRealtimeUs = TimerMemory.Never;
        Fire(timer, ActivatorTrigger.Fired, new Cause(CauseKind.Timer, timer.SinceSeq, text));
        var cause = new Cause(CauseKind.Timer, timer.SinceSeq, timer.Name.Value);
        if (Engine.Order(RequestVerb.Start, unit, cause) is { } refused)
            Fail(timer, refused, cause);
    }

    private string What(TimerMemory memory) =>
        memory.NextRealtimeUs <= Out.Now.RealtimeUs ? "a calendar event" : "a time span is over";

    private void Wait(UnitRuntime timer, Cause cause, bool clockChanged)
    {
        TimerMemory memory = timer.Timer ??= new TimerMemory();
        TimerSettings settings = Settings(timer);

        // Set back since then: calendar events count from a time that stays where it is.
        if (timer.Began.RealtimeUs > Out.Now.RealtimeUs)
            timer.Began = timer.Began with { RealtimeUs = Out.Now.RealtimeUs };
        UnitRuntime? unit = Engine.TriggeredBy(timer);
        Engine.Schedule.Set(timer.Name, settings, memory, new TimerBases
        {
            Now = Out.Now,
            BootAwakeUs = Engine.BootAwakeUs,
            StartupAwakeUs = Engine.StartupAwakeUs,
            Activated = timer.Began,
            UnitBeganAwakeUs = unit?.Began.MonotonicUs ?? 0,
            UnitEndedAwakeUs = unit?.Ended.MonotonicUs ?? 0,
        }, clockChanged);
        Out.Touch(timer);
        bool isSpent = memory.NextAwakeUs == TimerMemory.Never
            && memory.NextRealtimeUs == TimerMemory.Never
            && settings is { OnClockChange: false, OnTimezoneChange: false };
        if (isSpent)
        {
            if (timer.Sub != SubState.Elapsed)
                Fire(timer, ActivatorTrigger.Spent, cause);
            return;
        }

        if (timer.Sub != SubState.Waiting)
            Fire(timer, ActivatorTrigger.UnitEnded, cause);
        Arm(timer);
    }

    private void Arm(UnitRuntime timer)
    {
        TimerMemory memory = timer.Timer!;
        long accuracy = Settings(timer).AccuracyUs;
        long due = Engine.Schedule.Together(memory.NextAwakeUs, accuracy);
        if (memory.NextRealtimeUs != TimerMemory.Never)
        {
            // One whose whole window is over, after a sleep, is due now and not a window later.
            long left = memory.NextRealtimeUs - Out.Now.RealtimeUs;
            long at = left >= TimerMemory.Never - Out.Now.MonotonicUs
                ? TimerMemory.Never
                : Math.Max(0, Out.Now.MonotonicUs + left);
            due = Math.Min(due, Engine.Schedule.Together(at, accuracy));
        }

        Engine.Deadlines.Set(timer.StateDeadline, Math.Max(due, NotBefore(timer, memory)));
        if (Settings(timer).WakeSystem)
            _wakers.Add(timer);
    }

    // A span of nothing after the end of a unit that cannot start would be a loop without time.
    private long NotBefore(UnitRuntime timer, TimerMemory memory)
    {
        if (memory.LastAwakeUs == 0)
            return 0;
        bool isLimited = Engine.TriggeredBy(timer) is
            { Sub: SubState.Failed, IsLimited: true };
        return memory.LastAwakeUs + (isLimited ? LimitedGapUs : LeastGapUs);
    }

    private void WriteStamp(UnitRuntime timer)
    {
        if (timer.Timer is { LastRealtimeUs: > 0 } memory && KeepsStamp(timer.Definition.Timer))
            Out.Emit(new Effect.WriteStamp(timer.Id, memory.LastRealtimeUs));
    }

    private string? WhyUnable(UnitRuntime timer)
    {
        if (timer.Definition.Timer is null)
            return timer.Definition.LoadError ?? "the unit has no [Timer] section";
        if (Engine.TriggeredBy(timer) is not { } unit)
            return "the timer has no unit to start";
        return unit.Definition.LoadState == UnitLoadState.Loaded
            ? null
            : Transaction.PlanText.LoadProblem(unit.Definition);
    }

    private void Fail(UnitRuntime unit, string why, Cause cause) =>
        Fail(unit, ActivatorTrigger.Failed, UnitResult.Resources, why, cause);

    private static TimerSettings Settings(UnitRuntime unit) => unit.Definition.Timer ?? NoSettings;

    protected override void Fire(UnitRuntime unit, ActivatorTrigger trigger, Cause cause) =>
        Engine.Lifecycle.Apply(unit, trigger, cause);
}
