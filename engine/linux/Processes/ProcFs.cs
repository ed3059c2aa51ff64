using System.Buffers.Text;
using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Processes;

/// <summary>
/// /proc, held by a descriptor that was checked to be a proc file system of our own PID
/// namespace, so that nothing mounted over it later can answer for it. Where it is missing, every
/// question is answered with <see cref="Errno"/>: unknown, never a guess. Reads are bounded and
/// allocate nothing unless they return a string. Main thread only.
/// </summary>
public sealed unsafe class ProcFs : IDisposable
{
    private const int StatSize = 1024;
    private const int NameSize = 64;

    private readonly FileDescriptor? _root;

    private ProcFs(FileDescriptor? root, Errno error)
    {
        _root = root;
        Error = error;
    }

    /// <summary>Why there is none; None when there is.</summary>
    public Errno Error { get; }

    /// <summary>True when processes can be looked up.</summary>
    public bool IsAvailable => _root is not null;

    /// <summary>
    /// Opens it. ENOTSUP: something else is mounted there; ESRCH: it belongs to another PID
    /// namespace and would name the wrong processes.
    /// </summary>
    public static ProcFs Open(string path = "/proc")
    {
        var opened = Files.Open(Files.Cwd, path, Libc.O_PATH | Libc.O_DIRECTORY);
        if (opened.IsError)
            return new(null, opened.Error);
        var root = opened.Require();
        var type = Files.FileSystemType(root.Number);
        Errno error = type.IsError
            ? type.Error
            : type.Raw != Libc.PROC_SUPER_MAGIC ? Errno.EOPNOTSUPP : CheckNamespace(root);
        if (error == Errno.None)
            return new(root, Errno.None);
        root.Dispose();
        return new(null, error);
    }

    /// <summary>pid and start time; the start time is 0 where it cannot be read.</summary>
    public ProcessIdentity Identify(int pid) =>
        TryStat(pid, out var stat) ? new(pid, stat.StartTicks) : new(pid, 0);

    /// <summary>/proc/PID/stat; false when the process or /proc is gone.</summary>
    public bool TryStat(int pid, out ProcStat stat)
    {
        stat = default;
        Span<byte> line = stackalloc byte[StatSize];
        var read = Read(pid, "stat"u8, line);
        return read.IsOk && ProcStat.TryParse(line[..read.Value], out stat) && stat.Pid == pid;
    }

    /// <summary>
    /// Reads the beginning of /proc/PID/NAME, as much as fits; a file longer than the buffer is
    /// cut, since proc files grow with what a process chooses.
    /// </summary>
    public SysResult Read(int pid, ReadOnlySpan<byte> name, Span<byte> into)
    {
        if (_root is null)
            return SysResult.Fail(Error);
        byte* path = stackalloc byte[NameSize];
        return PidPath(pid, name, path)
            ? Files.ReadAllRaw(_root.Number, path, into, whole: false)
            : SysResult.Fail(Errno.ENAMETOOLONG);
    }

    /// <summary>readlink(2) of /proc/PID/NAME, cut to the buffer.</summary>
    public SysResult ReadLink(int pid, ReadOnlySpan<byte> name, Span<byte> into)
    {
        if (_root is null)
            return SysResult.Fail(Error);
        byte* path = stackalloc byte[NameSize];
        if (!PidPath(pid, name, path))
            return SysResult.Fail(Errno.ENAMETOOLONG);
        fixed (byte* start = into)
            return SysResult.Of(
                Libc.readlinkat(_root.Number, path, start, (nuint)into.Length));
    }

    /// <summary>
    /// A second descriptor of the root for walking all processes; null without /proc.
    /// </summary>
    internal SysResult<FileDescriptor> OpenRoot()
    {
        if (_root is null)
            return SysResult<FileDescriptor>.Fail(Error, "/proc");
        byte* dot = stackalloc byte[2] { (byte)'.', 0 };
        return Descriptors.Own(
            Files.OpenRaw(_root.Number, dot, Libc.O_RDONLY | Libc.O_DIRECTORY), "open /proc");
    }

    /// <inheritdoc/>
    public void Dispose() => _root?.Dispose();

    private static Errno CheckNamespace(FileDescriptor root)
    {
        byte* name = stackalloc byte[5] { (byte)'s', (byte)'e', (byte)'l', (byte)'f', 0 };
        Span<byte> self = stackalloc byte[NameSize];
        SysResult length;
        fixed (byte* start = self)
            length = SysResult.Of(
                Libc.readlinkat(root.Number, name, start, (nuint)self.Length));
        if (length.IsError)
            return length.Error == Errno.ENOENT ? Errno.ESRCH : length.Error;
        return Utf8Parser.TryParse(
                self[..length.Value], out int pid, out int used)
            && used == length.Value && pid == Libc.getpid()
            ? Errno.None
            : Errno.ESRCH;
    }

    private static bool PidPath(int pid, ReadOnlySpan<byte> name, byte* into)
    {
        var path = new Span<byte>(into, NameSize);
        if (!Utf8Formatter.TryFormat(pid, path, out int length)
            || length + 1 + name.Length >= NameSize)
        {
            return false;
        }

        path[length++] = (byte)'/';
        name.CopyTo(path[length..]);
        path[length + name.Length] = 0;
        return true;
    }
}
