using InitTx.Core;

namespace InitTx.Simulation.World;

/// <summary>
/// Three clocks in one: the time in which processes run (CLOCK_MONOTONIC), the time that the
/// engine sees (CLOCK_BOOTTIME: runs on during suspend) and the wall clock, which may jump.
/// Microseconds. Time passes only when the shell waits or the journal is slow.
/// </summary>
internal sealed class SimulatedClock
{
    private long _realtimeOffsetUs = 1_790_000_000_000_000;

    /// <summary>What processes, disks and clients live in.</summary>
    public long ActiveUs { get; private set; } = 2_000_000;

    /// <summary>Time spent suspended so far.</summary>
    public long SuspendedUs { get; private set; }

    /// <summary>What the engine's deadlines are compared with.</summary>
    public long BootUs => ActiveUs + SuspendedUs;

    /// <summary>What the engine is told.</summary>
    public Instant Now => new(BootUs, BootUs + _realtimeOffsetUs);

    /// <summary>Waits until an active time; never back.</summary>
    public void AdvanceTo(long activeUs) => ActiveUs = Math.Max(ActiveUs, activeUs);

    /// <summary>
    /// The active time at which a boot time is reached, if the machine is not suspended.
    /// </summary>
    public long ActiveOf(long bootUs) => bootUs - SuspendedUs;

    /// <summary>The machine slept: boot time goes on, nothing else did.</summary>
    public void Suspend(long us) => SuspendedUs += us;

    /// <summary>Somebody set the wall clock.</summary>
    public void JumpRealtime(long us) => _realtimeOffsetUs += us;
}
