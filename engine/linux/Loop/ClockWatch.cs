using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Loop;

/// <summary>
/// Readable when CLOCK_REALTIME was set, or the machine has woken up: a timer that never expires
/// and is cancelled by that (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
/// </summary>
public sealed unsafe class ClockWatch : IDisposable
{
    private readonly FileDescriptor _timer;

    private ClockWatch(FileDescriptor timer) => _timer = timer;

    public int Fd => _timer.Number;

    public static SysResult<ClockWatch> Create()
    {
        var timer = Descriptors.Own(
            SysResult.Of(Libc.timerfd_create(
                Libc.CLOCK_REALTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK)),
            "timerfd_create CLOCK_REALTIME");
        if (timer.IsError)
            return SysResult<ClockWatch>.Fail(timer.Error, timer.What);
        var watch = new ClockWatch(timer.Require());
        SysResult armed = watch.Arm();
        if (armed.IsOk)
            return SysResult<ClockWatch>.Ok(watch);
        watch.Dispose();
        return SysResult<ClockWatch>.Fail(armed, "timerfd_settime TFD_TIMER_CANCEL_ON_SET");
    }

    /// <summary>True when the clock was set since the last call; watches on.</summary>
    public bool WasSet()
    {
        Span<byte> expirations = stackalloc byte[sizeof(ulong)];
        SysResult read = _timer.Read(expirations);
        if (read.Error == Errno.EAGAIN)
            return false;
        Arm();
        return read.Error == Errno.ECANCELED;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private SysResult Arm()
    {
        // Seconds of a far year: the largest would overflow in the kernel's own clock.
        Libc.TimerSpec spec = default;
        spec.Value.Seconds = int.MaxValue * 4L;
        return SysResult.Of(Libc.timerfd_settime(
            _timer.Number, Libc.TFD_TIMER_ABSTIME | Libc.TFD_TIMER_CANCEL_ON_SET, &spec, null));
    }
}
