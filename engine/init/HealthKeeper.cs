using InitTx.Init.Recovery;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Loop;

namespace InitTx.Init;

/// <summary>
/// What has to happen now and then while all is well: holding the image once the first services are
/// on their way, climbing the ladder back after a crash, feeding the hardware watchdog, giving back
/// the memory of the start once. After that it never wakes the machine.
/// </summary>
internal sealed class HealthKeeper(
    StartInfo start, ManagerConsole console, DefinitionKeeper definitions, Action climbedFromBare)
{
    // A boot that never pauses must not keep the manager on a disk.
    private const long HoldWithinUs = 100_000;

    private long _holdUs = MonotonicClock.BootTimeUs() + HoldWithinUs;

    // Reading unit files and planning the boot leaves garbage that a quiet manager would keep for
    // ever: with nothing to allocate, no collection comes by itself.
    private const long TidyAfterUs = 3_000_000;

    private long _climbUs = start.ClimbNs > 0
        ? MonotonicClock.BootTimeUs() + (start.ClimbNs / 1000) + 1_000_000
        : long.MaxValue;

    private long _feedUs = long.MaxValue;
    private long _feedEveryUs;

    private long _tidyUs = MonotonicClock.BootTimeUs() + TidyAfterUs;

    /// <summary>CLOCK_BOOTTIME microseconds; long.MaxValue for never.</summary>
    public long NextDeadlineUs =>
        Math.Min(Math.Min(_holdUs, _tidyUs), Math.Min(_climbUs, _feedUs));

    /// <summary>Something waits for a moment in which nothing else is to be done.</summary>
    public bool WorkPending => _holdUs != long.MaxValue || definitions.IsPending;

    /// <summary>The hardware watchdog is open: feed it twice in its time from now on.</summary>
    public void FeedHardware(uint timeoutSeconds)
    {
        _feedEveryUs = Math.Max(timeoutSeconds, 1) * 1_000_000L / 2;
        _feedUs = MonotonicClock.BootTimeUs() + _feedEveryUs;
    }

    /// <summary>Nothing was ready and nothing is due.</summary>
    public void WhenIdle()
    {
        definitions.WhenIdle();
        Hold();
    }

    private void Hold()
    {
        if (_holdUs == long.MaxValue)
            return;
        _holdUs = long.MaxValue;
        int held = Shim.HoldImage();
        if (held < 0)
            console.Line("the image stays on its file system: " + ((Errno)(-held)).Describe());
    }

    public void OnTime(long nowUs)
    {
        if (_holdUs <= nowUs)
            Hold();
        if (_feedUs <= nowUs)
        {
            Shim.FeedHardwareWatchdog();
            _feedUs = nowUs + _feedEveryUs;
        }

        if (_tidyUs <= nowUs)
        {
            _tidyUs = long.MaxValue;
            definitions.Begin();
            StartMemory.End();
        }

        if (_climbUs > nowUs)
            return;
        _climbUs = long.MaxValue;
        if (Shim.Climb() >= 0 && start.Rung == Rung.NoConfiguration)
            climbedFromBare();
    }
}
