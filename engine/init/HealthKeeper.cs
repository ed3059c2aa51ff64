using InitTx.Linux.BlackBox;
using InitTx.Linux.Loop;

namespace InitTx.Init;

/// <summary>
/// What has to happen now and then while all is well: climbing the ladder back after a crash, and
/// feeding the hardware watchdog. With neither it never wakes the machine.
/// </summary>
internal sealed class HealthKeeper(StartInfo start, Action climbedFromBare)
{
    private const long FeedEveryUs = 10_000_000;

    private long _climbUs = start.ClimbNs > 0
        ? MonotonicClock.BootTimeUs() + (start.ClimbNs / 1000) + 1_000_000
        : long.MaxValue;

    private long _feedUs = long.MaxValue;

    /// <summary>CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs => Math.Min(_climbUs, _feedUs);

    /// <summary>The hardware watchdog is open: feed it from now on.</summary>
    public void FeedHardware() => _feedUs = MonotonicClock.BootTimeUs() + FeedEveryUs;

    public void OnTime(long nowUs)
    {
        if (_feedUs <= nowUs)
        {
            Shim.FeedHardwareWatchdog();
            _feedUs = nowUs + FeedEveryUs;
        }

        if (_climbUs > nowUs)
            return;
        _climbUs = long.MaxValue;
        if (Shim.Climb() >= 0 && start.Rung == Rung.NoConfiguration)
            climbedFromBare();
    }
}
