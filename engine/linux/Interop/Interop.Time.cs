using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>clock_gettime(2) and timerfd_create(2).</summary>
internal static unsafe partial class Libc
{
    internal const int CLOCK_REALTIME = 0;
    internal const int CLOCK_MONOTONIC = 1;
    internal const int CLOCK_BOOTTIME = 7;
    internal const int CLOCK_BOOTTIME_ALARM = 9;
    internal const int TFD_CLOEXEC = 0x80000;
    internal const int TFD_NONBLOCK = 0x800;
    internal const int TFD_TIMER_ABSTIME = 1;
    internal const int TFD_TIMER_CANCEL_ON_SET = 2;

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Timespec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    /// <summary>struct itimerspec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimerSpec
    {
        internal Timespec Interval;
        internal Timespec Value;
    }

    // Never blocks and is called for every event: no transition of the garbage collector's mode.
    [LibraryImport("libc")]
    [SuppressGCTransition]
    internal static partial int clock_gettime(int clock, Timespec* time);

    [LibraryImport("libc")]
    internal static partial int timerfd_create(int clock, int flags);

    [LibraryImport("libc")]
    internal static partial int timerfd_settime(
        int fd, int flags, TimerSpec* newValue, TimerSpec* oldValue);
}
