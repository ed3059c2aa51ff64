using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Loop;

/// <summary>
/// Wakes a suspended machine at an instant of CLOCK_BOOTTIME (CLOCK_BOOTTIME_ALARM, which needs
/// CAP_WAKE_ALARM and a clock that can). Nobody waits for it: the machine being awake is all, the
/// event loop has its own timer for the same instant.
/// </summary>
public sealed unsafe class WakeTimer : IDisposable
{
    private readonly FileDescriptor _timer;
    private long _armedUs = EventLoop.Never;

    private WakeTimer(FileDescriptor timer) => _timer = timer;

    public static SysResult<WakeTimer> Create()
    {
        var timer = Descriptors.Own(
            SysResult.Of(Libc.timerfd_create(
                Libc.CLOCK_BOOTTIME_ALARM, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK)),
            "timerfd_create CLOCK_BOOTTIME_ALARM");
        return timer.IsError
            ? SysResult<WakeTimer>.Fail(timer.Error, timer.What)
            : SysResult<WakeTimer>.Ok(new WakeTimer(timer.Require()));
    }

    /// <summary>When to wake it; <see cref="EventLoop.Never"/> for not at all.</summary>
    public SysResult Set(long bootTimeUs)
    {
        if (bootTimeUs == _armedUs)
            return SysResult.Ok;
        Libc.TimerSpec spec = default;
        if (bootTimeUs != EventLoop.Never)
        {
            long us = Math.Max(bootTimeUs, 1);
            spec.Value.Seconds = us / 1_000_000;
            spec.Value.Nanoseconds = us % 1_000_000 * 1_000;
        }

        var result = SysResult.Of(Libc.timerfd_settime(
            _timer.Number, Libc.TFD_TIMER_ABSTIME, &spec, null));
        if (result.IsOk)
            _armedUs = bootTimeUs;
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
