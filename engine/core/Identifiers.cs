namespace InitTx.Core;

/// <summary>
/// A point in time, given from outside: the core never reads a clock.
/// </summary>
/// <param name="MonotonicUs">CLOCK_BOOTTIME in microseconds; never goes back within a boot.</param>
/// <param name="RealtimeUs">CLOCK_REALTIME in microseconds since 1970; may jump either way.</param>
public readonly record struct Instant(long MonotonicUs, long RealtimeUs);

/// <summary>A unit's index in the engine's table, valid until the engine is rebuilt.</summary>
public readonly record struct UnitId(int Value);

/// <summary>A job, unique for the journal's life.</summary>
public readonly record struct JobId(long Value);

/// <summary>A transaction, unique for the journal's life; 0 is none.</summary>
public readonly record struct TransactionId(long Value);

/// <summary>A request of one client; chosen by the shell, never persisted.</summary>
public readonly record struct RequestId(long Value);

/// <summary>
/// One intended process, written to a spawn slot before it is made; unique for the journal's life.
/// </summary>
public readonly record struct SpawnToken(ulong Value);

/// <summary>One question to the prepare helper; unique for the journal's life.</summary>
public readonly record struct PrepareToken(ulong Value);

/// <summary>
/// A process: its pid and start time in clock ticks since boot (field 22 of proc(5) stat).
/// </summary>
/// <param name="Pid">The pid; 0 is none.</param>
/// <param name="StartTicks">0 where /proc cannot tell.</param>
public readonly record struct ProcessIdentity(int Pid, ulong StartTicks)
{
    /// <summary>No process.</summary>
    public bool IsNone => Pid == 0;
}
