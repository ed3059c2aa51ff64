using System.Buffers.Binary;
using System.Text;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>What a timer counts from, on the clocks of <see cref="TimerMemory"/>.</summary>
internal readonly record struct TimerBases
{
    public required Instant Now { get; init; }

    /// <summary>When the machine was switched on, or a container's manager began.</summary>
    public required long BootAwakeUs { get; init; }

    public required long StartupAwakeUs { get; init; }

    /// <summary>When the timer was started; now when it is being started.</summary>
    public required Instant Activated { get; init; }

    /// <summary>When the unit last began to start, and last was down; 0 for never.</summary>
    public required long UnitBeganAwakeUs { get; init; }

    public required long UnitEndedAwakeUs { get; init; }
}

/// <summary>
/// The rules of systemd.timer(5) for when a timer elapses next, as a pure function of its settings,
/// its memory and the clocks. A calendar event counts from when the timer elapsed last, so one that
/// was missed comes at once; a span that is over and was used is spent.
/// </summary>
internal sealed class TimerSchedule(MachineFacts machine, TimeZones zones)
{
    // What systemd spreads FixedRandomDelay= with: under both managers a unit has the same delay.
    private static readonly byte[] FixedKey =
    [
        0x51, 0x0a, 0xdb, 0x76, 0x29, 0x51, 0x42, 0xc2,
        0x80, 0x35, 0xea, 0xe6, 0x8e, 0x3a, 0x37, 0xbd,
    ];

    private const long Minute = 60_000_000;

    /// <summary>
    /// Writes the next times into the memory; never means that nothing is to come.
    /// </summary>
    /// <param name="clockChanged">The clock was set: what is over by that is not spent.</param>
    public void Set(
        UnitName timer, TimerSettings settings, TimerMemory memory, in TimerBases bases,
        bool clockChanged)
    {
        long calendar = TimerMemory.Never;
        long span = TimerMemory.Never;
        foreach (TimerTrigger trigger in settings.Triggers)
        {
            if (trigger.Base == TimerBase.Calendar)
                calendar = Math.Min(calendar, Calendar(trigger.Calendar!, memory, bases));
            else
                span = Math.Min(span, Span(trigger, memory, bases, clockChanged));
        }

        memory.NextRealtimeUs = Later(calendar, settings, timer);
        memory.NextAwakeUs = Later(span, settings, timer);
    }

    /// <summary>
    /// The latest instant within AccuracySec= of a due one that all timers of this machine share:
    /// of those that may elapse together each wakes the machine once.
    /// </summary>
    public long Together(long dueUs, long accuracyUs)
    {
        long latest = TimerMemory.Moved(dueUs, accuracyUs);
        if (dueUs == TimerMemory.Never || accuracyUs <= 0 || latest == dueUs)
            return dueUs;
        long offset = (long)(BinaryPrimitives.ReadUInt64LittleEndian(machine.MachineId) % Minute);
        foreach (long grid in (ReadOnlySpan<long>)[Minute, 10_000_000, 1_000_000, 250_000])
        {
            long own = offset % grid;
            long at = ((latest - own) / grid * grid) + own;
            if (at > dueUs && at <= latest)
                return at;
        }

        return latest;
    }

    private long Calendar(CalendarExpression calendar, TimerMemory memory, in TimerBases bases)
    {
        long from = memory.LastRealtimeUs > 0
            ? memory.LastRealtimeUs
            : bases.Activated.RealtimeUs;

        // The clock may have been set back since: what is the future now does not count.
        from = Math.Clamp(Math.Min(from, bases.Now.RealtimeUs), 0, long.MaxValue / 4);
        if (ZonedCalendar.Next(calendar, from, zones.Of(calendar)) is not { } next)
            return TimerMemory.Never;

        // One that was missed is due when the manager began, so that a delay counts from there.
        long began = bases.Now.RealtimeUs - (bases.Now.MonotonicUs - bases.StartupAwakeUs);
        return Math.Max(next, began);
    }

    private static long Span(
        TimerTrigger trigger, TimerMemory memory, in TimerBases bases, bool clockChanged)
    {
        long from = trigger.Base switch
        {
            TimerBase.Active => bases.Activated.MonotonicUs,
            TimerBase.Boot => bases.BootAwakeUs,
            TimerBase.Startup => bases.StartupAwakeUs,
            TimerBase.UnitActive => Math.Max(bases.UnitBeganAwakeUs, memory.LastAwakeUs),
            TimerBase.UnitInactive => Math.Max(bases.UnitEndedAwakeUs, memory.LastAwakeUs),
            TimerBase.Calendar => throw Invariant.Unreachable("a calendar event is no span"),
            _ => throw Invariant.Unreachable("timer base"),
        };
        bool countsUnit = trigger.Base is TimerBase.UnitActive or TimerBase.UnitInactive;
        if (countsUnit && from <= 0)
            return TimerMemory.Never;
        long next = from >= TimerMemory.Never - trigger.SpanUs
            ? TimerMemory.Never
            : from + trigger.SpanUs;
        if (countsUnit)
            return next;
        bool isActive = trigger.Base == TimerBase.Active;
        long now = bases.Now.MonotonicUs;
        bool isOver = next < now || next <= memory.LastAwakeUs;
        if (memory.HasElapsed && !clockChanged && isOver)
        {
            if (isActive)
                memory.ActiveSpentAwakeUs = now + 1;
            else
                memory.BootSpentAwakeUs = now + 1;
        }

        long spent = isActive ? memory.ActiveSpentAwakeUs : memory.BootSpentAwakeUs;
        return next < spent ? TimerMemory.Never : next;
    }

    // RandomizedDelaySec=: drawn from what the time itself is, so the same time asked for twice
    // comes with the same delay, also after a crash in between.
    private long Later(long us, TimerSettings settings, UnitName timer)
    {
        if (us == TimerMemory.Never || settings.RandomizedDelayUs <= 0)
            return us;
        ulong draw = settings.FixedRandomDelay ? FixedDraw(timer) : Draw(timer, us);
        return TimerMemory.Moved(Math.Max(us, 1), (long)(draw % (ulong)settings.RandomizedDelayUs));
    }

    private ulong FixedDraw(UnitName timer)
    {
        byte[] name = Encoding.UTF8.GetBytes(timer.Value);
        byte[] data = new byte[21 + name.Length];
        machine.MachineId.CopyTo(data, 0);
        data[16] = machine.IsSystem ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(17), machine.Uid);
        name.CopyTo(data, 21);
        return SipHash.Of(FixedKey, data);
    }

    private ulong Draw(UnitName timer, long us)
    {
        byte[] name = Encoding.UTF8.GetBytes(timer.Value);
        byte[] data = new byte[24 + name.Length];
        machine.MachineId.CopyTo(data, 0);
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(16), us);
        name.CopyTo(data, 24);
        return SipHash.Of(machine.BootId, data);
    }
}
