using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// Tells which units' cgroups have become empty. One inotify(7) descriptor watches every
/// cgroup.events, so a thousand units cost no thousand descriptors. A lost notification (queue
/// overflow) makes it look at all of them. Draining allocates nothing. Main thread only.
/// <para>The descriptor outlives the image: closing one with a thousand watches makes the exec wait
/// for a grace period (15 ms), and what the kernel tells in between is kept. Its watches go by
/// number; which cgroup has which is found out when an unknown number is told of.</para>
/// </summary>
public sealed unsafe class CgroupWatcher : IDisposable
{
    private readonly FileDescriptor _fd;
    private readonly Dictionary<int, UnitCgroup> _watched = [];
    private readonly Dictionary<int, UnitCgroup> _memory = [];
    private readonly Queue<UnitCgroup> _dirty = [];
    private readonly Queue<UnitCgroup> _starved = [];

    private readonly Action _findAll;
    private bool _anyUnknown;

    private CgroupWatcher(FileDescriptor fd, Action findAll)
    {
        _fd = fd;
        _findAll = findAll;
    }

    /// <summary>The descriptor to watch for reading.</summary>
    public int Fd => _fd.Number;

    /// <summary>
    /// More cgroups wait to be looked at than the last <see cref="Drain"/> had room for. Do not
    /// block while it is.
    /// </summary>
    public bool IsPending => _dirty.Count > 0 || _starved.Count > 0;

    /// <summary>Made by an image before this one.</summary>
    public bool IsTakenOver { get; private init; }

    /// <summary>Makes one.</summary>
    /// <param name="findAll">Adds every cgroup that is not added yet.</param>
    internal static SysResult<CgroupWatcher> Create(Action findAll)
    {
        var fd = Descriptors.Own(
            SysResult.Of(Libc.inotify_init1(Libc.IN_CLOEXEC | Libc.IN_NONBLOCK)), "inotify_init1");
        return fd.IsError
            ? SysResult<CgroupWatcher>.Fail(fd.Error, fd.What)
            : SysResult<CgroupWatcher>.Ok(new CgroupWatcher(fd.Require(), findAll));
    }

    /// <summary>
    /// Takes over the descriptor of an image before this one; null when it is none of inotify's.
    /// </summary>
    internal static CgroupWatcher? TakeOver(FileDescriptor fd, Action findAll)
    {
        // Of the files without a name only inotify's know how many bytes there are to read.
        int pending = 0;
        return Libc.ioctl(fd.Number, Libc.FIONREAD, &pending) == 0
            ? new CgroupWatcher(fd, findAll) { IsTakenOver = true }
            : null;
    }

    /// <summary>
    /// The cgroups that are empty now and were told of since, at most as many as fit. One can be
    /// told of twice.
    /// </summary>
    /// <param name="isNews">
    /// Asked first: where nobody waits for it the cgroup is not looked at.
    /// </param>
    /// <returns>How many.</returns>
    public int Drain(Span<UnitCgroup> emptied, Predicate<UnitCgroup>? isNews = null)
    {
        ReadEvents();
        if (_anyUnknown)
            FindUnknown();
        int count = 0;
        while (count < emptied.Length && _dirty.TryDequeue(out var cgroup))
        {
            cgroup.IsDirty = false;
            if (cgroup.Watch < 0 || (isNews is not null && !isNews(cgroup)))
                continue;

            // ENODEV: removed behind our back, so nobody can be in it.
            if (cgroup.IsPopulated() is { Raw: 0 } or { Error: Errno.ENODEV })
                emptied[count++] = cgroup;
        }

        return count;
    }

    /// <summary>
    /// After <see cref="Drain"/>: the cgroups whose memory.events has moved, at most as many as
    /// fit.
    /// </summary>
    /// <returns>How many.</returns>
    public int DrainMemory(Span<UnitCgroup> starved)
    {
        int count = 0;
        while (count < starved.Length && _starved.TryDequeue(out var cgroup))
        {
            cgroup.IsMemoryDirty = false;
            if (cgroup.MemoryWatch >= 0)
                starved[count++] = cgroup;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    /// <summary>
    /// Watches one; its events file is found by path, which no process of ours can change.
    /// </summary>
    internal SysResult Add(UnitCgroup cgroup, string eventsPath)
    {
        var result = Watch(eventsPath);
        if (result.IsError)
            return result;
        cgroup.Watch = result.Value;
        _watched[cgroup.Watch] = cgroup;
        return SysResult.Ok;
    }

    /// <summary>Watches its memory.events likewise.</summary>
    internal SysResult AddMemory(UnitCgroup cgroup, string eventsPath)
    {
        var result = Watch(eventsPath);
        if (result.IsError)
            return result;
        cgroup.MemoryWatch = result.Value;
        _memory[cgroup.MemoryWatch] = cgroup;
        return SysResult.Ok;
    }

    private SysResult Watch(string eventsPath)
    {
        byte* name = stackalloc byte[4096];
        var result = Files.Encode(eventsPath, name);
        return result.IsError
            ? result
            : SysResult.Of(Libc.inotify_add_watch(_fd.Number, name, Libc.IN_MODIFY));
    }

    internal void Remove(UnitCgroup cgroup)
    {
        if (cgroup.MemoryWatch >= 0)
        {
            _memory.Remove(cgroup.MemoryWatch);
            Libc.inotify_rm_watch(_fd.Number, cgroup.MemoryWatch);
            cgroup.MemoryWatch = -1;
        }

        if (cgroup.Watch < 0)
            return;
        _watched.Remove(cgroup.Watch);
        Libc.inotify_rm_watch(_fd.Number, cgroup.Watch);
        cgroup.Watch = -1;
    }

    private void ReadEvents()
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (true)
        {
            var read = _fd.Read(buffer);
            if (read.IsError || read.Value == 0)
                return;
            fixed (byte* start = buffer)
            {
                byte* end = start + read.Value;
                for (byte* at = start; at + sizeof(Libc.InotifyEvent) <= end;)
                {
                    var seen = (Libc.InotifyEvent*)at;
                    at += sizeof(Libc.InotifyEvent) + seen->NameLength;
                    if ((seen->Mask & Libc.IN_Q_OVERFLOW) != 0)
                    {
                        _anyUnknown = IsTakenOver;
                        MarkAll();
                    }
                    else if ((seen->Mask & Libc.IN_MODIFY) == 0)
                        continue;
                    else if (_watched.TryGetValue(seen->Watch, out var cgroup))
                        Mark(cgroup);
                    else if (_memory.TryGetValue(seen->Watch, out var starved))
                        MarkMemory(starved);
                    else
                        _anyUnknown = IsTakenOver;
                }
            }
        }
    }

    // Those that are added only now may be what was told of.
    private void FindUnknown()
    {
        _anyUnknown = false;
        int before = _watched.Count + _memory.Count;
        _findAll();
        if (_watched.Count + _memory.Count > before)
            MarkAll();
    }

    private void MarkAll()
    {
        foreach (var cgroup in _watched.Values)
            Mark(cgroup);
        foreach (var cgroup in _memory.Values)
            MarkMemory(cgroup);
    }

    private void MarkMemory(UnitCgroup cgroup)
    {
        if (cgroup.IsMemoryDirty)
            return;
        cgroup.IsMemoryDirty = true;
        _starved.Enqueue(cgroup);
    }

    private void Mark(UnitCgroup cgroup)
    {
        if (cgroup.IsDirty)
            return;
        cgroup.IsDirty = true;
        _dirty.Enqueue(cgroup);
    }
}
