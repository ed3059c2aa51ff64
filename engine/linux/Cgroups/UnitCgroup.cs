using System.Buffers.Text;
using InitTx.Linux.Handles;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// One unit's cgroup, held by its directory: what happens through it stays inside, whatever is
/// mounted or renamed meanwhile. Belongs to its <see cref="CgroupTree"/>. Main thread only.
/// </summary>
public sealed class UnitCgroup
{
    internal UnitCgroup(string path, ulong tag, FileDescriptor directory)
    {
        Path = path;
        Tag = tag;
        Directory = directory;
    }

    /// <summary>Below the manager's root: "system.slice/ssh.service".</summary>
    public string Path { get; }

    /// <summary>The caller's own.</summary>
    public ulong Tag { get; set; }

    /// <summary>For clone3's CLONE_INTO_CGROUP.</summary>
    public int Fd => Directory.Number;

    internal FileDescriptor Directory { get; }

    /// <summary>inotify's watch of cgroup.events; -1 for none.</summary>
    internal int Watch { get; set; } = -1;

    /// <summary>Already waiting to be looked at.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>1 when a process lives in it or below it, 0 when none does, or an errno.</summary>
    public SysResult IsPopulated()
    {
        Span<byte> text = stackalloc byte[256];
        var read = Files.ReadAll(Fd, "cgroup.events", text);
        if (read.IsError)
            return read;
        ReadOnlySpan<byte> events = text[..read.Value];
        int at = events.IndexOf("populated "u8);
        return at < 0 || at + 10 >= events.Length
            ? SysResult.Fail(Errno.EBADMSG)
            : new SysResult(events[at + 10] == (byte)'1' ? 1 : 0);
    }

    /// <summary>Moves a process into it.</summary>
    public SysResult Attach(int pid)
    {
        Span<byte> text = stackalloc byte[16];
        Utf8Formatter.TryFormat(pid, text, out int length);
        return Files.WriteValue(Fd, "cgroup.procs", text[..length]);
    }

    /// <summary>
    /// SIGKILL to everything in it and below, new forks included (cgroup.kill, Linux 5.14); on an
    /// older kernel process by process, in rounds.
    /// </summary>
    public SysResult Kill()
    {
        var killed = Files.WriteValue(Fd, "cgroup.kill", "1"u8);
        return killed.Error == Errno.ENOENT ? CgroupProcesses.KillInRounds(this) : killed;
    }

    /// <summary>Bytes of memory.current, or null where the controller is not on.</summary>
    public long? MemoryBytes() => ReadNumber("memory.current");

    /// <summary>Tasks of pids.current, or null where the controller is not on.</summary>
    public long? TaskCount() => ReadNumber("pids.current");

    /// <summary>
    /// oom_kill of memory.events: how often the kernel killed for memory here; null if unknown.
    /// </summary>
    public long? OomKills()
    {
        Span<byte> text = stackalloc byte[512];
        var read = Files.ReadAll(Fd, "memory.events", text);
        if (read.IsError)
            return null;
        ReadOnlySpan<byte> events = text[..read.Value];
        int at = events.IndexOf("oom_kill "u8);
        return at >= 0 && Utf8Parser.TryParse(events[(at + 9)..], out long count, out _)
            ? count
            : null;
    }

    private long? ReadNumber(string file)
    {
        Span<byte> text = stackalloc byte[32];
        var read = Files.ReadAll(Fd, file, text);
        return read.IsOk && Utf8Parser.TryParse(text[..read.Value], out long value, out _)
            ? value
            : null;
    }
}
