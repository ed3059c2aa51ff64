using InitTx.Core.Recovery;

namespace InitTx.Core.Activation;

/// <summary>
/// What a timer unit has to remember, all of it on record. Instants named Awake are on the clock of
/// the engine's deadlines and move by the time that the machine slept, so that what is left of a
/// span is always its distance from now.
/// </summary>
internal sealed class TimerMemory
{
    /// <summary>No such instant.</summary>
    public const long Never = long.MaxValue;

    /// <summary>When it elapsed last; 0 for not since it was started.</summary>
    public long LastAwakeUs { get; set; }

    /// <summary>
    /// The same in microseconds since 1970; of a Persistent= timer from its stamp file at first.
    /// </summary>
    public long LastRealtimeUs { get; set; }

    /// <summary>When a span is over next; of a WakeSystem= timer it does not move.</summary>
    public long NextAwakeUs { get; set; } = Never;

    /// <summary>When a calendar event comes next, with its random delay; since 1970.</summary>
    public long NextRealtimeUs { get; set; } = Never;

    /// <summary>OnActiveSec= before this is spent.</summary>
    public long ActiveSpentAwakeUs { get; set; }

    /// <summary>OnBootSec= and OnStartupSec= before this are spent, also after a restart.</summary>
    public long BootSpentAwakeUs { get; set; }

    /// <summary>It has elapsed since it was started, or its stamp file says when.</summary>
    public bool HasElapsed => LastAwakeUs > 0 || LastRealtimeUs > 0;

    /// <summary>The machine slept.</summary>
    public void Move(long us, bool wakesSystem)
    {
        LastAwakeUs = Moved(LastAwakeUs, us);
        ActiveSpentAwakeUs = Moved(ActiveSpentAwakeUs, us);
        BootSpentAwakeUs = Moved(BootSpentAwakeUs, us);
        if (!wakesSystem)
            NextAwakeUs = Moved(NextAwakeUs, us);
    }

    public void Write(RecordWriter to)
    {
        to.Long(LastAwakeUs);
        to.Long(LastRealtimeUs);
        to.Long(NextAwakeUs);
        to.Long(NextRealtimeUs);
        to.Long(ActiveSpentAwakeUs);
        to.Long(BootSpentAwakeUs);
    }

    public static TimerMemory Read(ref RecordReader from) => new()
    {
        LastAwakeUs = Plain(from.Long()),
        LastRealtimeUs = Plain(from.Long()),
        NextAwakeUs = Plain(from.Long()),
        NextRealtimeUs = Plain(from.Long()),
        ActiveSpentAwakeUs = Plain(from.Long()),
        BootSpentAwakeUs = Plain(from.Long()),
    };

    internal static long Moved(long at, long us) =>
        at is 0 or Never || at >= Never - us ? at : at + us;

    // Far from where adding a span overflows, or never.
    private static long Plain(long value) =>
        value == Never ? value : Math.Clamp(value, 0, long.MaxValue / 4);
}
