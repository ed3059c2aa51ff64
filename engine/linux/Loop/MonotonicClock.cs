using InitTx.Core;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Loop;

/// <summary>
/// The two clocks of the manager (clock_gettime(2)). CLOCK_BOOTTIME runs on through suspend, so a
/// time-out means the same on a laptop; CLOCK_REALTIME is for people only.
/// </summary>
public static unsafe class MonotonicClock
{
    /// <summary>Both clocks now, for <see cref="Engine"/>.</summary>
    public static Instant Now() => new(BootTimeUs(), RealtimeUs());

    /// <summary>CLOCK_BOOTTIME in microseconds; never goes back.</summary>
    public static long BootTimeUs() => Read(Libc.CLOCK_BOOTTIME);

    /// <summary>
    /// Microseconds since boot in which the machine was suspended: what CLOCK_BOOTTIME counts and
    /// CLOCK_MONOTONIC does not. Too small when this thread is stopped between the two readings.
    /// </summary>
    public static long SuspendedUs()
    {
        long withSleep = Read(Libc.CLOCK_BOOTTIME);
        return Math.Max(0, withSleep - Read(Libc.CLOCK_MONOTONIC));
    }

    /// <summary>CLOCK_REALTIME in microseconds since 1970; may jump either way.</summary>
    public static long RealtimeUs() => Read(Libc.CLOCK_REALTIME);

    private static long Read(int clock)
    {
        Libc.Timespec time;

        // Fails only for a clock the kernel does not know; these are older than our floor.
        Libc.clock_gettime(clock, &time);
        return (time.Seconds * 1_000_000) + (time.Nanoseconds / 1_000);
    }
}
