using System.Runtime.InteropServices;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Loop;

/// <summary>What to watch a descriptor for, and what was seen (epoll_ctl(2)).</summary>
[Flags]
public enum LoopEvents : uint
{
    None = 0,
    Readable = Libc.EPOLLIN,

    /// <summary>A changed cgroup or mount table; out-of-band data.</summary>
    Priority = Libc.EPOLLPRI,
    Writable = Libc.EPOLLOUT,

    /// <summary>Always reported.</summary>
    Error = Libc.EPOLLERR,

    /// <summary>Always reported.</summary>
    HangUp = Libc.EPOLLHUP,

    /// <summary>The peer has shut down its writing half.</summary>
    PeerClosed = Libc.EPOLLRDHUP,

    /// <summary>
    /// Reported once for each change, however much is left to be read (epoll(7)).
    /// </summary>
    EdgeTriggered = Libc.EPOLLET,
}

/// <summary>
/// One ready descriptor; has the layout of struct epoll_event, which is packed on x86-64.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly struct ReadyEvent
{
    private readonly uint _events;
    private readonly ulong _key;

    internal ReadyEvent(uint events, EventKey key)
    {
        _events = events;
        _key = key.Raw;
    }

    /// <summary>What was seen.</summary>
    public LoopEvents Events => (LoopEvents)_events;

    /// <summary>What it was registered under.</summary>
    public EventKey Key => new(_key);
}
