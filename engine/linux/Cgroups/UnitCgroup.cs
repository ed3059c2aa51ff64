using System.Buffers.Text;
using System.Text;
using InitTx.Core;
using InitTx.Core.Resources;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// One unit's cgroup, found by name below its slice's descriptor: what happens through it stays
/// inside, whatever is mounted meanwhile (cgroups of version 2 cannot be renamed). No descriptor of
/// its own: a child that executes closes all that the manager has, 0.15 us each. Belongs to its
/// <see cref="CgroupTree"/>. Main thread only.
/// </summary>
public sealed unsafe class UnitCgroup
{
    private const int PathMax = 512;

    /// <summary>Bytes of a directory's name (NAME_MAX).</summary>
    internal const int NameMax = 255;

    private readonly CgroupSlice _slice;
    private readonly byte[] _name;

    /// <param name="name">A name of one component, checked by the tree.</param>
    internal UnitCgroup(string path, ulong tag, CgroupSlice slice, string name)
    {
        Path = path;
        Tag = tag;
        _slice = slice;
        _name = Encoding.UTF8.GetBytes(name);
        Invariant.Require(_name.Length is > 0 and <= NameMax, "a cgroup has one name");
    }

    /// <summary>Below the manager's root: "system.slice/ssh.service".</summary>
    public string Path { get; }

    /// <summary>The caller's own.</summary>
    public ulong Tag { get; set; }

    /// <summary>The caller's own: which run had the last process that was made in it.</summary>
    public long Activation { get; set; }

    /// <summary>inotify's watch of memory.events; -1 for none.</summary>
    internal int MemoryWatch { get; set; } = -1;

    /// <summary>Waiting for a look at memory.events.</summary>
    internal bool IsMemoryDirty { get; set; }

    /// <summary>
    /// Kills for memory that were told of; -1 when an image before this one knew.
    /// </summary>
    internal long OomKillsSeen { get; set; }

    /// <summary>
    /// What was written of the unit's limits; null before that was thought of.
    /// </summary>
    public ResourcePlan? Applied { get; set; }

    /// <summary>inotify's watch of cgroup.events; -1 for none.</summary>
    internal int Watch { get; set; } = -1;

    /// <summary>Already waiting to be looked at.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>1 when a process lives in it or below it, 0 when none does, or an errno.</summary>
    public SysResult IsPopulated() => ReadEvent("populated "u8);

    /// <summary>
    /// 1 when everything in it and below is suspended, 0 when not (yet), or an errno
    /// (cgroup.events, Linux 5.2).
    /// </summary>
    public SysResult IsFrozen() => ReadEvent("frozen "u8);

    /// <summary>
    /// Suspends everything in it and below, new forks included, or lets it go on (cgroup.freeze,
    /// Linux 5.2). The kernel gets there in its own time: <see cref="IsFrozen"/> tells when.
    /// </summary>
    public SysResult Freeze(bool on) => Write("/cgroup.freeze"u8, on ? "1"u8 : "0"u8);

    /// <summary>Its directory, for clone3's CLONE_INTO_CGROUP; the caller closes it.</summary>
    public SysResult<FileDescriptor> Open() =>
        Descriptors.Own(OpenFile(default, Libc.O_PATH | Libc.O_DIRECTORY), "open cgroup");

    /// <summary>Moves a process into it.</summary>
    public SysResult Attach(int pid)
    {
        Span<byte> text = stackalloc byte[16];
        Utf8Formatter.TryFormat(pid, text, out int length);
        return Write("/cgroup.procs"u8, text[..length]);
    }

    /// <summary>
    /// SIGKILL to everything in it and below, new forks included (cgroup.kill, Linux 5.14); on an
    /// older kernel process by process, in rounds.
    /// </summary>
    public SysResult Kill()
    {
        var killed = Write("/cgroup.kill"u8, "1"u8);
        return killed.Error == Errno.ENOENT ? CgroupProcesses.KillInRounds(this) : killed;
    }

    /// <summary>Bytes of memory.current, or null where the controller is not on.</summary>
    public long? MemoryBytes() => ReadNumber("/memory.current"u8);

    /// <summary>Bytes of memory.peak (Linux 5.19), or null.</summary>
    public long? MemoryPeakBytes() => ReadNumber("/memory.peak"u8);

    /// <summary>Processor time in nanoseconds, which the kernel always counts; or null.</summary>
    public long? CpuNs()
    {
        Span<byte> text = stackalloc byte[1024];
        var read = Read("/cpu.stat"u8, text);
        return read.IsOk ? CgroupStatistics.CpuNs(text[..read.Value]) : null;
    }

    /// <summary>Bytes read and written, all devices; null where the controller is not on.</summary>
    public (long? Read, long? Written) IoBytes()
    {
        Span<byte> text = stackalloc byte[8192];
        var read = Read("/io.stat"u8, text);
        return read.IsOk ? CgroupStatistics.IoBytes(text[..read.Value]) : (null, null);
    }

    /// <summary>Tasks of pids.current, or null where the controller is not on.</summary>
    public long? TaskCount() => ReadNumber("/pids.current"u8);

    /// <summary>
    /// oom_kill of memory.events: how often the kernel killed for memory here; null if unknown.
    /// </summary>
    public long? OomKills()
    {
        Span<byte> text = stackalloc byte[512];
        var read = Read("/memory.events"u8, text);
        if (read.IsError)
            return null;
        return CgroupStatistics.Value(text[..read.Value], "oom_kill"u8);
    }

    /// <summary>
    /// Whether the kernel has killed for memory here since the last time this was asked.
    /// </summary>
    /// <param name="unknown">The answer where it is not known how many there were before.</param>
    public bool TakeOomKill(bool unknown)
    {
        if (OomKills() is not { } now)
            return false;
        long seen = OomKillsSeen;
        OomKillsSeen = now;
        return seen < 0 ? unknown && now > 0 : now > seen;
    }

    /// <summary>Writes an attribute; ENOENT where its controller is not on.</summary>
    public SysResult WriteAttribute(string name, string text) =>
        Write(Encoding.UTF8.GetBytes("/" + name), Encoding.UTF8.GetBytes(text));

    /// <summary>Removes the directory; EBUSY when somebody or something is in it.</summary>
    internal SysResult RemoveDirectory()
    {
        byte* path = stackalloc byte[PathMax];
        Compose(default, path);
        return SysResult.Of(Libc.unlinkat(_slice.Number, path, Libc.AT_REMOVEDIR));
    }

    /// <summary>Whether there are cgroups below it.</summary>
    /// <remarks>
    /// kernfs counts them: a directory has a link for its name, one for itself and one for each
    /// subdirectory (kernfs_refresh_inode). Listing takes fifty times as long.
    /// </remarks>
    internal bool IsLeaf()
    {
        byte* path = stackalloc byte[PathMax];
        Compose(default, path);
        return Files.StatusRaw(_slice.Number, path, Libc.AT_SYMLINK_NOFOLLOW, out var status).IsOk
            && status.LinkCount == 2;
    }

    /// <summary>openat(2) of a file in it, or of itself.</summary>
    /// <param name="file">With a slash before it; empty for the directory.</param>
    internal SysResult OpenFile(ReadOnlySpan<byte> file, int flags)
    {
        byte* path = stackalloc byte[PathMax];
        Compose(file, path);
        return Files.OpenRaw(_slice.Number, path, flags | Libc.O_NOFOLLOW);
    }

    private SysResult ReadEvent(ReadOnlySpan<byte> key)
    {
        Span<byte> text = stackalloc byte[256];
        var read = Read("/cgroup.events"u8, text);
        if (read.IsError)
            return read;
        ReadOnlySpan<byte> events = text[..read.Value];
        int at = events.IndexOf(key);
        return at < 0 || at + key.Length >= events.Length
            ? SysResult.Fail(Errno.EBADMSG)
            : new SysResult(events[at + key.Length] == (byte)'1' ? 1 : 0);
    }

    private SysResult Read(ReadOnlySpan<byte> file, Span<byte> into)
    {
        byte* path = stackalloc byte[PathMax];
        Compose(file, path);
        return Files.ReadAllRaw(_slice.Number, path, into, whole: true);
    }

    private SysResult Write(ReadOnlySpan<byte> file, ReadOnlySpan<byte> value)
    {
        var opened = OpenFile(file, Libc.O_WRONLY);
        if (opened.IsError)
            return opened;
        var result = Descriptors.Write(opened.Value, value);
        Libc.close(opened.Value);
        return result;
    }

    private void Compose(ReadOnlySpan<byte> file, byte* path)
    {
        var room = new Span<byte>(path, PathMax);
        _name.CopyTo(room);
        file.CopyTo(room[_name.Length..]);
        room[_name.Length + file.Length] = 0;
    }

    private long? ReadNumber(ReadOnlySpan<byte> file)
    {
        Span<byte> text = stackalloc byte[32];
        var read = Read(file, text);
        return read.IsOk && Utf8Parser.TryParse(text[..read.Value], out long value, out _)
            ? value
            : null;
    }
}
