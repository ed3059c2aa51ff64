using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Counts by the rows alone when a timer may elapse and must have: from its start, from its last
/// elapse, from the start and end of its service, in the time in which the machine was awake;
/// calendar events by the wall clock. A service that has hit its start limit is tried again a
/// second after the last time at the earliest, whatever came due meanwhile: without that a timer
/// would try in vain as often as the machine can.
/// </summary>
internal sealed class I38TimersKeepTime() : SimulationInvariant(
    "I38", "A timer elapses neither before its time nor after what its delays allow.")
{
    // Commits may be slow for a while, and a batch is looked at when it is committed.
    private const long SlackUs = 500_000;

    private const long LimitedGapUs = 1_000_000;

    private readonly Dictionary<string, Timer> _timers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long BeganUs, long EndedUs)> _units =
        new(StringComparer.Ordinal);

    // As the files are when the unit was started: reloads leave timers alone.
    private long _offsetUs;
    private long _setAtUs;
    private long _suspendedUs;
    private long _wokeAtUs = BeganAwakeUs;

    private const long BeganAwakeUs = 2_000_000;

    // The clock was set, and the manager has not heard of it.
    private bool _isNews;

    public override void Committed(EngineStep step)
    {
        long offset = View.Clock.Now.RealtimeUs - View.Clock.Now.MonotonicUs;
        if (offset != _offsetUs)
            ClockSet(offset);
        if (View.Clock.SuspendedUs != _suspendedUs)
            (_suspendedUs, _wokeAtUs) = (View.Clock.SuspendedUs, View.Clock.ActiveUs);
        foreach (JournalRecord r in step.Records)
        {
            if (r is { Kind: RecordKind.Transition, Unit: { } name })
                Moved(r, name);
        }

        foreach ((string name, Timer timer) in _timers)
        {
            if (timer.Waits && !View.Engine.IsStopping)
                LookForLate(name, timer);
        }
    }

    public override void Handled(EngineEvent e) => _isNews &= e is not EngineEvent.ClockChanged;

    // One that crashed before it heard of it cannot know what the clock showed when it was set: it
    // counts from how it finds it, also when the machine slept meanwhile.
    public override void Recovered()
    {
        if (_isNews)
            ClockSet(View.Clock.Now.RealtimeUs - View.Clock.Now.MonotonicUs);
        _isNews = false;
    }

    private void ClockSet(long offset)
    {
        _isNews = true;
        _offsetUs = offset;
        _setAtUs = View.Clock.ActiveUs;
        foreach (Timer timer in _timers.Values)
            (timer.CalendarFromUs, timer.ClockWasSet) = (View.Clock.Now.RealtimeUs, true);
    }

    private void Moved(in JournalRecord r, string name)
    {
        long awake = r.Time.MonotonicUs - View.Clock.SuspendedUs;
        (long began, long ended) = _units.GetValueOrDefault(name);
        bool wasDown = r.From is "dead" or "failed";
        bool isDown = r.To is "dead" or "failed";
        if (wasDown != isDown)
            _units[name] = isDown ? (began, awake) : (awake, ended);
        if (View.World.Catalog.Load(UnitName.Parse(name)).Timer is not { } settings)
            return;
        if (!_timers.TryGetValue(name, out Timer? timer))
            _timers.Add(name, timer = new Timer(settings));
        if (wasDown)
        {
            // A stamp may say that it elapsed before: then the first calendar event is a guess.
            (timer.StartedUs, timer.ElapsedUs) = (awake, 0);
            timer.ClockWasSet = settings.Persistent;

            // Before a clock that was set back since, it may have elapsed later than it is now.
            timer.LastRealtimeUs = Math.Min(timer.LastRealtimeUs, r.Time.RealtimeUs);
        }

        if (r is { From: "waiting", To: "running" })
            Elapsed(r, name, timer, awake);
        timer.Waits = r.To == "waiting";
        if (timer.Waits)
            timer.CalendarFromUs = r.Time.RealtimeUs;
    }

    private void Elapsed(in JournalRecord r, string name, Timer timer, long awake)
    {
        bool isDue = false;
        foreach (TimerTrigger t in timer.Settings.Triggers)
        {
            if (t.Base == TimerBase.Calendar)
                isDue |= timer.ClockWasSet
                    || CalendarClock.Next(t.Calendar!, timer.LastRealtimeUs) <= r.Time.RealtimeUs;
            else
                isDue |= Base(name, t, timer) is { } from && awake >= from + t.SpanUs - SlackUs;
        }

        if (!isDue)
            Fail($"row {r.Seq}: {name} elapses at {awake} µs awake, before its time");
        (timer.ElapsedUs, timer.LastRealtimeUs, timer.ClockWasSet) =
            (awake, r.Time.RealtimeUs, false);
    }

    private void LookForLate(string name, Timer timer)
    {
        // A stop that is under way keeps it from elapsing.
        if (View.Engine.Find(UnitName.Parse(name)) is not
            { Sub: SubState.Waiting, Job: null } unit || IsHeldBack(unit, timer))
            return;
        long allowed = timer.Settings.AccuracyUs + timer.Settings.RandomizedDelayUs + SlackUs;
        foreach (TimerTrigger t in timer.Settings.Triggers)
        {
            bool isLate = t.Base == TimerBase.Calendar
                ? CalendarClock.Next(t.Calendar!, timer.CalendarFromUs) is { } next
                    && Math.Max(next, BeganRealtimeUs) + allowed is var latest
                    && (View.Clock.Now.RealtimeUs > latest || IsSetLate(unit, latest))
                : !(IsOnce(t.Base) && timer.ElapsedUs > 0)
                    && t.Base != TimerBase.Boot
                    && Base(name, t, timer) is { } from
                    && View.Clock.ActiveUs > from + t.SpanUs + allowed;
            if (isLate)
                Fail($"{name} is waiting at {View.Clock.ActiveUs} µs awake, after its time; its"
                    + $" deadline is in {unit.DeadlineUs - View.Clock.BootUs} µs");
        }
    }

    private bool IsHeldBack(UnitRuntime unit, Timer timer) =>
        View.Clock.ActiveUs <= timer.ElapsedUs + LimitedGapUs + SlackUs
        && View.Engine.TriggeredBy(unit) is
            { Sub: SubState.Failed, IsLimited: true };

    // One that was missed before the manager began, or in sleep, counts its delays from then: so
    // many microseconds ago as the machine has been awake since.
    private long BeganRealtimeUs =>
        View.Clock.Now.RealtimeUs - (View.Clock.ActiveUs - _wokeAtUs);

    // Not before the manager can have heard that the clock was set.
    private bool IsSetLate(UnitRuntime unit, long realtimeUs) =>
        View.Clock.ActiveUs > _setAtUs + SlackUs
        && unit.DeadlineUs - View.Clock.BootUs > realtimeUs - View.Clock.Now.RealtimeUs;

    // What a span counts from, in awake microseconds; null when that was not yet.
    private long? Base(string name, TimerTrigger t, Timer timer)
    {
        string service = UnitName.Parse(name).WithKind(UnitKind.Service).Value;
        (long began, long ended) = _units.GetValueOrDefault(service);
        long from = t.Base switch
        {
            TimerBase.Active => timer.StartedUs,
            TimerBase.Boot => 1,
            TimerBase.UnitActive => Math.Max(began, timer.ElapsedUs),
            TimerBase.UnitInactive => Math.Max(ended, timer.ElapsedUs),
            _ => throw new InvalidOperationException($"no rule for {t.Base}"),
        };
        return from > 0 ? from : null;
    }

    private static bool IsOnce(TimerBase from) => from is TimerBase.Active or TimerBase.Boot;

    private sealed class Timer(TimerSettings settings)
    {
        public TimerSettings Settings { get; } = settings;
        public bool Waits { get; set; }

        /// <summary>Its last start and last elapse since, awake; 0 for none.</summary>
        public long StartedUs { get; set; }

        public long ElapsedUs { get; set; }
        public long LastRealtimeUs { get; set; }

        /// <summary>Calendar events after this have to come.</summary>
        public long CalendarFromUs { get; set; }

        /// <summary>What was the past may be the future now: any instant may be right.</summary>
        public bool ClockWasSet { get; set; } = true;
    }
}
