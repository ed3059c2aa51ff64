using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;

namespace InitTx.Init.Recovery;

/// <summary>
/// What watches over children in a planned re-exec: the pidfds of all of them, parked behind one
/// descriptor, and the epoll instance in which they are watched. Both go to the next image or
/// neither does; after a crash, and where they cannot be had, pidfds are opened anew, which costs a
/// re-exec with 1,000 services 6 ms.
/// </summary>
internal sealed class HeldChildren
{
    private const string WatchName = "child-watch";
    private const string PidFdsName = "child-pidfds";

    private readonly FileDescriptor? _watch;
    private readonly FileDescriptor? _pidfds;

    private EventLoop? _loop;
    private ChildReaper? _reaper;
    private FileDescriptor? _parked;

    /// <summary>Takes what was handed over out of the registry.</summary>
    /// <param name="isPlanned">
    /// False: of a re-exec that ended in a crash; exits may have been collected since.
    /// </param>
    public HeldChildren(IReadOnlyList<HeldDescriptor> held, bool isPlanned)
    {
        _watch = Take(held, WatchName);
        _pidfds = Take(held, PidFdsName);
        if (isPlanned && _watch is not null && _pidfds is not null)
            return;
        Drop(ref _watch);
        Drop(ref _pidfds);
    }

    /// <summary>The loop, with the instance that was handed over in it.</summary>
    public EventLoop MakeLoop() => _loop = EventLoop.Create(_watch).Require();

    /// <summary>The reaper, which knows what was parked.</summary>
    public ChildReaper MakeReaper()
    {
        _reaper = new ChildReaper(_loop!, EventKinds.Child);
        if (_pidfds is not null)
        {
            _reaper.TakeOver(_pidfds);
            _pidfds.Dispose();
        }

        return _reaper;
    }

    /// <summary>The image is about to be replaced.</summary>
    public void HandOver()
    {
        _parked = _reaper!.Park().Value;
        if (_parked is not null && !(Register(_parked.Number, PidFdsName)
            && Register(_loop!.LastingFd, WatchName)))
        {
            TakeBack();
        }
    }

    /// <summary>It was not replaced.</summary>
    public void TakeBack()
    {
        if (_parked is null)
            return;
        DescriptorRegistry.Unregister(_loop!.LastingFd);
        DescriptorRegistry.Unregister(_parked.Number);
        Drop(ref _parked);
    }

    private static bool Register(int fd, string name) =>
        DescriptorRegistry.Register(fd, DescriptorKind.Other, "", name) >= 0;

    private static FileDescriptor? Take(IReadOnlyList<HeldDescriptor> held, string name)
    {
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind != DescriptorKind.Other || entry.Name != name)
                continue;
            DescriptorRegistry.Unregister(entry.Fd);
            return new FileDescriptor(entry.Fd);
        }

        return null;
    }

    private static void Drop(ref FileDescriptor? held)
    {
        held?.Dispose();
        held = null;
    }
}
