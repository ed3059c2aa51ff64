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
/// <para>Made anew after every exec, but for a second epoll instance inside the first: what is
/// watched in it (<see cref="AddLasting"/>, the pidfds of children) goes on being watched in the
/// next image when both the instance and the descriptors' open files are handed over, so a planned
/// re-exec with 1,000 children adds none of them again.</para>
/// Main thread only.
/// </summary>
public sealed unsafe class EventLoop : IDisposable
{
    /// <summary>"No deadline" for <see cref="SetDeadline"/>.</summary>
    public const long Never = long.MaxValue;

    private readonly FileDescriptor _epoll;
    private readonly FileDescriptor _lasting;
    private readonly FileDescriptor _timer;
    private long _armedUs = Never;

    private EventLoop(FileDescriptor epoll, FileDescriptor lasting, FileDescriptor timer)
    {
        _epoll = epoll;
        _lasting = lasting;
        _timer = timer;
    }

    /// <summary>
    /// The inner instance; hand it over together with all that it watches, or not at all.
    /// </summary>
    public int LastingFd => _lasting.Number;

    /// <summary>The inner instance is another image's, with what was added to it.</summary>
    public bool IsTakenOver { get; private init; }

    /// <summary>Makes the loop.</summary>
    /// <param name="lasting">
    /// <see cref="LastingFd"/> of the image before this one; owned from here on. What is no epoll
    /// instance is closed and a new one made.
    /// </param>
    public static SysResult<EventLoop> Create(FileDescriptor? lasting = null)
    {
        var epoll = Instance();
        if (epoll.IsError)
            return SysResult<EventLoop>.Fail(epoll.Error, epoll.What);
        if (lasting is not null && !IsInstance(lasting, epoll.Require()))
        {
            lasting.Dispose();
            lasting = null;
        }

        var inner = lasting is null ? Instance() : SysResult<FileDescriptor>.Ok(lasting);
        var timer = Descriptors.Own(
            SysResult.Of(Libc.timerfd_create(
                Libc.CLOCK_BOOTTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK)),
            "timerfd_create");
        if (timer.IsError || inner.IsError)
        {
            epoll.Require().Dispose();
            inner.Value?.Dispose();
            timer.Value?.Dispose();
            return timer.IsError
                ? SysResult<EventLoop>.Fail(timer.Error, timer.What)
                : SysResult<EventLoop>.Fail(inner.Error, inner.What);
        }

        var loop = new EventLoop(epoll.Require(), inner.Require(), timer.Require())
        {
            IsTakenOver = lasting is not null,
        };
        var added = loop.Add(loop._timer.Number, LoopEvents.Readable, EventKey.Deadline);
        if (added.IsOk)
            added = loop.Add(loop._lasting.Number, LoopEvents.Readable, EventKey.Lasting);
        if (added.IsOk)
            return SysResult<EventLoop>.Ok(loop);
        loop.Dispose();
        return SysResult<EventLoop>.Fail(added, "epoll_ctl timer");
    }

    private static SysResult<FileDescriptor> Instance() => Descriptors.Own(
        SysResult.Of(Libc.epoll_create1(Libc.EPOLL_CLOEXEC)), "epoll_create1");

    // EINVAL, where an epoll instance says that it does not watch the other one.
    private static bool IsInstance(FileDescriptor lasting, FileDescriptor other) =>
        SysResult.Of(Libc.epoll_ctl(lasting.Number, Libc.EPOLL_CTL_DEL, other.Number, null))
            .Error == Errno.ENOENT;

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
    /// Watches a descriptor once, in the instance that lasts. It is left when the last descriptor
    /// of its open file is closed, so it is not to be removed; events of one that another image
    /// added come with the key that it was added under, for whomever it belongs to by then.
    /// </summary>
    public SysResult AddLasting(int fd, LoopEvents events, EventKey key) =>
        Control(Libc.EPOLL_CTL_ADD, fd, events, key, once: true, _lasting);

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

        for (int i = count - 1; i >= 0; i--)
        {
            if (ready[i].Key == EventKey.Deadline)
            {
                deadline = DrainTimer();
                ready[i] = ready[--count];
            }
            else if (ready[i].Key == EventKey.Lasting)
            {
                ready[i] = ready[--count];
                count += TakeLasting(ready[count..]);
            }
        }

        return new SysResult(count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _lasting.Dispose();
        _epoll.Dispose();
    }

    // What has no room now is still ready at the next wait.
    private int TakeLasting(Span<ReadyEvent> room)
    {
        fixed (ReadyEvent* start = room)
        {
            var taken = SysResult.Of(Libc.epoll_wait(_lasting.Number, start, room.Length, 0));
            return taken.IsOk ? taken.Value : 0;
        }
    }

    private bool DrainTimer()
    {
        Span<byte> expirations = stackalloc byte[sizeof(ulong)];
        if (_timer.Read(expirations).IsError)
            return false;
        _armedUs = Never;
        return true;
    }

    private SysResult Control(
        int operation, int fd, LoopEvents events, EventKey key, bool once,
        FileDescriptor? instance = null)
    {
        var request = new ReadyEvent((uint)events | (once ? Libc.EPOLLONESHOT : 0), key);
        return SysResult.Of(
            Libc.epoll_ctl((instance ?? _epoll).Number, operation, fd, &request));
    }
}
