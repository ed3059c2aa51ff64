using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Loop;

/// <summary>
/// One epoll(7) instance and one timer: all that the manager ever waits for.
/// <list type="number">
/// <item>Nothing is polled: with nothing to do the process sleeps without a deadline.</item>
/// <item>Waiting, arming and re-arming allocate nothing.</item>
/// <item>There is one deadline, absolute, on CLOCK_BOOTTIME, so suspend and clock changes cannot
/// stretch it; setting the same one again costs no system call.</item>
/// </list>
/// Made anew after every exec. Main thread only.
/// </summary>
public sealed unsafe class EventLoop : IDisposable
{
    /// <summary>"No deadline" for <see cref="SetDeadline"/>.</summary>
    public const long Never = long.MaxValue;

    private readonly FileDescriptor _epoll;
    private readonly FileDescriptor _timer;
    private long _armedUs = Never;

    private EventLoop(FileDescriptor epoll, FileDescriptor timer)
    {
        _epoll = epoll;
        _timer = timer;
    }

    /// <summary>Makes the loop.</summary>
    public static SysResult<EventLoop> Create()
    {
        var epoll = Descriptors.Own(
            SysResult.Of(Libc.epoll_create1(Libc.EPOLL_CLOEXEC)), "epoll_create1");
        if (epoll.IsError)
            return SysResult<EventLoop>.Fail(epoll.Error, epoll.What);
        var timer = Descriptors.Own(
            SysResult.Of(Libc.timerfd_create(
                Libc.CLOCK_BOOTTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK)),
            "timerfd_create");
        if (timer.IsError)
        {
            epoll.Require().Dispose();
            return SysResult<EventLoop>.Fail(timer.Error, timer.What);
        }

        var loop = new EventLoop(epoll.Require(), timer.Require());
        var added = loop.Add(loop._timer.Number, LoopEvents.Readable, EventKey.Deadline);
        if (added.IsOk)
            return SysResult<EventLoop>.Ok(loop);
        loop.Dispose();
        return SysResult<EventLoop>.Fail(added, "epoll_ctl timer");
    }

    /// <summary>
    /// Watches a descriptor. The loop does not own it; remove it before it is closed.
    /// </summary>
    /// <param name="once">Report once, then stay silent until <see cref="Rearm"/>.</param>
    /// <returns>EPERM for a regular file, EEXIST when it is watched already.</returns>
    public SysResult Add(int fd, LoopEvents events, EventKey key, bool once = false) =>
        Control(Libc.EPOLL_CTL_ADD, fd, events, key, once);

    /// <summary>
    /// Changes what a watched descriptor is watched for; with None only errors are seen.
    /// </summary>
    public SysResult Rearm(int fd, LoopEvents events, EventKey key, bool once = false) =>
        Control(Libc.EPOLL_CTL_MOD, fd, events, key, once);

    /// <summary>Stops watching.</summary>
    public SysResult Remove(int fd) =>
        SysResult.Of(Libc.epoll_ctl(_epoll.Number, Libc.EPOLL_CTL_DEL, fd, null));

    /// <summary>
    /// Sets the one deadline: CLOCK_BOOTTIME microseconds, or <see cref="Never"/>. One in the past
    /// makes the next wait return at once.
    /// </summary>
    public SysResult SetDeadline(long bootTimeUs)
    {
        if (bootTimeUs == _armedUs)
            return SysResult.Ok;
        Libc.TimerSpec spec = default;
        if (bootTimeUs != Never)
        {
            // A value of zero would disarm the timer instead of making it fire.
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

    /// <summary>
    /// Waits for events and puts them into <paramref name="ready"/>.
    /// </summary>
    /// <param name="block">False: only look.</param>
    /// <param name="deadline">True when the deadline has passed; it is disarmed then.</param>
    /// <returns>How many events there are; 0 after a signal that has a handler.</returns>
    public SysResult Wait(Span<ReadyEvent> ready, bool block, out bool deadline)
    {
        deadline = false;
        int count;
        fixed (ReadyEvent* start = ready)
        {
            var result = SysResult.Of(Libc.epoll_wait(
                _epoll.Number, start, ready.Length, block ? -1 : 0));
            if (result.Error == Errno.EINTR)
                return SysResult.Ok;
            if (result.IsError)
                return result;
            count = result.Value;
        }

        for (int i = 0; i < count; i++)
        {
            if (ready[i].Key != EventKey.Deadline)
                continue;
            deadline = DrainTimer();
            ready[i] = ready[--count];
            break;
        }

        return new SysResult(count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _epoll.Dispose();
    }

    private bool DrainTimer()
    {
        Span<byte> expirations = stackalloc byte[sizeof(ulong)];
        if (_timer.Read(expirations).IsError)
            return false;
        _armedUs = Never;
        return true;
    }

    private SysResult Control(int operation, int fd, LoopEvents events, EventKey key, bool once)
    {
        var request = new ReadyEvent((uint)events | (once ? Libc.EPOLLONESHOT : 0), key);
        return SysResult.Of(Libc.epoll_ctl(_epoll.Number, operation, fd, &request));
    }
}
