using InitTx.Core.Activation;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Recovery;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// What concerns all timers: clocks, zones, the facts that delays are drawn from. And the table
/// that <c>initx list-timers</c> shows.
/// </summary>
public sealed partial class Engine
{
    // Two clocks are never read at the same instant.
    private const long ClockSlackUs = 100_000;

    private readonly TimeZones _zones = new();
    private MachineFacts _machine = MachineFacts.None;
    private long _startupAwakeUs;

    // Realtime less monotonic: it changes only when somebody sets the clock.
    private long _clockOffsetUs;

    internal TimerSchedule Schedule { get; private set; }

    /// <summary>
    /// When the machine was switched on, on the clock of deadlines less the time slept: what a
    /// monotonic timer counts from. A container counts from its manager's start.
    /// </summary>
    internal long BootAwakeUs => _machine.IsContainer ? _startupAwakeUs : _suspendedUs;

    internal long StartupAwakeUs => _startupAwakeUs;

    /// <summary>
    /// When a WakeSystem= timer wants the machine awake, monotonic; long.MaxValue for never.
    /// </summary>
    public long NextWakeUs => Timers.NextWakeUs;

    /// <summary>The zones that timers count in, by name; the helper reads them again.</summary>
    public IReadOnlyCollection<string> ZoneNames => _zones.Names;

    /// <summary>The zones that a timer needs, "" for local time, each once.</summary>
    public static IReadOnlyList<string> ZonesOf(TimerSettings timer)
    {
        var names = new List<string>();
        foreach (TimerTrigger trigger in timer.Triggers)
        {
            if (trigger.Calendar is { IsUtc: false } calendar
                && !names.Contains(TimeZones.NameOf(calendar)))
                names.Add(TimeZones.NameOf(calendar));
        }

        return names;
    }

    /// <summary>True when elapses of the timer are kept in a stamp file.</summary>
    public static bool KeepsStamp(TimerSettings timer) => TimerSupervisor.KeepsStamp(timer);

    /// <summary>What is to come of a timer, and what was.</summary>
    public static TimerTimes TimesOf(UnitRuntime timer, Instant now)
    {
        if (timer.Timer is not { } memory)
            return default;
        bool waits = timer.Sub == SubState.Waiting;
        long span = waits && memory.NextAwakeUs != TimerMemory.Never
            ? now.RealtimeUs + (memory.NextAwakeUs - now.MonotonicUs)
            : TimerMemory.Never;
        long next = Math.Min(span, waits ? memory.NextRealtimeUs : TimerMemory.Never);
        return new TimerTimes(
            next == TimerMemory.Never ? 0 : next, memory.LastRealtimeUs,
            timer.DeadlineUs == Deadline.Never ? 0 : timer.DeadlineUs);
    }

    /// <summary>What a timer, a path or a socket starts; null when it names nothing.</summary>
    public UnitRuntime? TriggeredBy(UnitRuntime unit)
    {
        List<UnitEdge> edges = unit.Out[DependencyKind.Triggers];
        return edges.Count > 0 ? edges[0].Other : null;
    }

    private void MachineKnown(MachineFacts facts)
    {
        _machine = facts;
        Schedule = new TimerSchedule(facts, _zones);
        Out.TouchEngine();
    }

    /// <summary>The manager begins: with a boot, or with the first timer where none is.</summary>
    internal void NoteStartup()
    {
        if (_startupAwakeUs != 0)
            return;
        _startupAwakeUs = Math.Max(1, Out.Now.MonotonicUs);
        _clockOffsetUs = ClockOffset;
        Out.TouchEngine();
    }

    private long ClockOffset => Out.Now.RealtimeUs - Out.Now.MonotonicUs;

    // It may have been set while no manager was there to be told.
    private void CompareClock()
    {
        long moved = ClockOffset - _clockOffsetUs;
        if (_startupAwakeUs != 0 && moved is < -ClockSlackUs or > ClockSlackUs)
            ClockChanged();
    }

    private void ClockChanged()
    {
        _clockOffsetUs = ClockOffset;
        Out.Manager(RecordKind.Config, new Cause(CauseKind.Timer, 0,
            "the clock was set: timers count anew"));
        for (int i = 0; i < _units.Count; i++)
        {
            if (_units[i].Name.Kind == UnitKind.Timer)
            {
                Timers.TimeChanged(_units[i], isClock: true,
                    _units[i].Definition.Timer is { OnClockChange: true });
            }
        }
    }

    private void ZonesRead(EngineEvent.ZonesRead read)
    {
        bool local = false;
        bool any = false;
        foreach ((string name, TimeZoneTable zone) in read.Zones)
        {
            if (!TimeZones.IsSound(zone.FirstOffsetUs, zone.Changes))
                continue;
            bool isNew = !_zones.Has(name);
            bool changed = _zones.Set(name, zone);
            any |= changed;
            local |= changed && !isNew && name.Length == 0;
        }

        if (read.Problem is { } problem)
            Out.Manager(RecordKind.Config, new Cause(CauseKind.Timer, 0, problem));
        if (any)
            Out.TouchEngine();
        if (At(read.Unit, UnitKind.Timer) is { } started)
            Timers.StampRead(started, read.StampUs);
        for (int i = 0; i < _units.Count && any; i++)
        {
            if (_units[i].Name.Kind == UnitKind.Timer)
            {
                Timers.TimeChanged(_units[i], isClock: false,
                    local && _units[i].Definition.Timer is { OnTimezoneChange: true });
            }
        }
    }

    /// <summary>
    /// What starts a unit hears of it when the unit has changed, and again when its job is gone.
    /// </summary>
    internal void TellActivators(UnitRuntime unit)
    {
        // A stop of it came between, and came to nothing.
        if (unit is { Name.Kind: UnitKind.Timer, DeadlineUs: Deadline.Never })
            Timers.TimeChanged(unit, isClock: false, elapses: false);

        foreach (UnitEdge edge in unit.In[DependencyKind.Triggers])
        {
            if (edge.Other.Name.Kind == UnitKind.Socket)
                Sockets.ServiceMoved(edge.Other, unit);
            else if (edge.Other.Name.Kind == UnitKind.Timer)
                Timers.UnitMoved(edge.Other, unit);
            else if (edge.Other.Name.Kind == UnitKind.Path)
                Paths.UnitMoved(edge.Other, unit);
            else if (edge.Other.Name.Kind == UnitKind.Automount)
                Automounts.MountMoved(edge.Other, unit);
        }
    }

    private void RescheduleTimers()
    {
        var zones = new SortedSet<string>(_zones.Names, StringComparer.Ordinal);
        for (int i = 0; i < _units.Count; i++)
        {
            if (_units[i] is not { Name.Kind: UnitKind.Timer, Sub: SubState.Waiting } timer)
                continue;
            foreach (string zone in ZonesOf(timer.Definition.Timer ?? new TimerSettings()))
                zones.Add(zone);
            Timers.TimeChanged(timer, isClock: false, elapses: false);
        }

        if (zones.Count > 0)
            Out.Emit(new Effect.ReadZones([.. zones]));
    }

    private void WriteTimers(RecordWriter to)
    {
        _machine.Write(to);
        to.Long(_startupAwakeUs);
        to.Long(_clockOffsetUs);
        _zones.Write(to);
    }

    private void ReadTimers(ref RecordReader from)
    {
        _machine = MachineFacts.Read(ref from);
        _startupAwakeUs = Math.Clamp(from.Long(), 0, long.MaxValue / 4);
        _clockOffsetUs = from.Long();
        _zones.Read(ref from);
        Schedule = new TimerSchedule(_machine, _zones);
    }
}

/// <summary>Times of a timer; 0 for none.</summary>
/// <param name="NextUs">When it elapses next, since 1970, before what AccuracySec= adds.</param>
/// <param name="LastUs">When it elapsed last, since 1970.</param>
/// <param name="DueUs">When the manager looks at it, monotonic.</param>
public readonly record struct TimerTimes(long NextUs, long LastUs, long DueUs);
