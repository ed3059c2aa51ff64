using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>
/// What initx-exec does to itself before it becomes another program. Identity calls go through the
/// C library, which applies them to all threads. For helper processes only.
/// </summary>
public static unsafe class ProcessImage
{
    private const int SignalPipe = 13;

    /// <summary>setgroups(2).</summary>
    public static SysResult SetGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* start = groups)
        {
            return SysResult.Of(Libc.setgroups((nuint)groups.Length, start));
        }
    }

    /// <summary>setresgid(2), all three.</summary>
    public static SysResult SetGid(uint gid) => SysResult.Of(Libc.setresgid(gid, gid, gid));

    /// <summary>setresuid(2), all three.</summary>
    public static SysResult SetUid(uint uid) => SysResult.Of(Libc.setresuid(uid, uid, uid));

    /// <summary>
    /// PR_SET_NO_NEW_PRIVS of the calling thread, which is the one that executes.
    /// </summary>
    public static SysResult SetNoNewPrivileges() =>
        SysResult.Of(Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));

    /// <summary>Makes a descriptor the given standard stream and closes the other number.</summary>
    public static SysResult BecomeStream(FileDescriptor fd, int stream)
    {
        if (fd.Number == stream)
        {
            fd.Release();
            return Descriptors.SetCloseOnExec(stream, on: false);
        }

        var result = SysResult.Of(Libc.dup3(fd.Number, stream, 0));
        fd.Dispose();
        return result;
    }

    /// <summary>
    /// Opens the file of a standard stream (systemd.exec(5), "StandardOutput="): without truncate
    /// or append an existing file is written from its beginning; missing ones are made.
    /// </summary>
    public static SysResult<FileDescriptor> OpenStreamFile(
        string path, bool input, bool append, bool truncate)
    {
        int flags = input
            ? Libc.O_RDONLY
            : (append || truncate ? Libc.O_WRONLY : Libc.O_RDWR) | Libc.O_CREAT
                | (append ? Libc.O_APPEND : 0);
        return StreamFile.Open(path, flags, truncate);
    }

    /// <summary>dup3(2) of one standard stream over another.</summary>
    public static SysResult CopyStream(int from, int to) => SysResult.Of(Libc.dup3(from, to, 0));

    /// <summary>The runtime ignores SIGPIPE, and what is ignored stays so over execve(2).</summary>
    public static SysResult SetPipeSignal(bool ignored)
    {
        nint before = Libc.signal(SignalPipe, ignored ? Libc.SIG_IGN : Libc.SIG_DFL);
        return before == -1 ? SysResult.Of(-1) : SysResult.Ok;
    }

    /// <summary>faccessat(2) with X_OK and the effective identity.</summary>
    public static SysResult MayExecute(string path)
    {
        const int executable = 1;
        const int effective = 0x200;
        byte* name = stackalloc byte[4096];
        var result = Files.Encode(path, name);
        return result.IsError
            ? result
            : SysResult.Of(Libc.faccessat(Libc.AT_FDCWD, name, executable, effective));
    }

    /// <summary>A new file; EEXIST when there is one.</summary>
    public static SysResult<FileDescriptor> MakeFile(string path, uint mode) => Files.Open(
        Files.Cwd, path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW, mode);

    /// <summary>chdir(2).</summary>
    public static SysResult EnterDirectory(string path)
    {
        byte* name = stackalloc byte[4096];
        var result = Files.Encode(path, name);
        return result.IsError ? result : SysResult.Of(Libc.chdir(name));
    }

    /// <summary>umask(2); the one before.</summary>
    public static uint SetUmask(uint mask) => Libc.umask(mask);

    /// <summary>A limit of this process as it is.</summary>
    public static SysResult GetLimit(int resource, out ulong soft, out ulong hard)
    {
        Libc.ResourceLimit limit = default;
        var result = SysResult.Of(Libc.prlimit(0, resource, null, &limit));
        (soft, hard) = (limit.Soft, limit.Hard);
        return result;
    }

    /// <summary>prlimit(2) of this process; without the right, the highest there is.</summary>
    public static SysResult SetLimit(int resource, ulong soft, ulong hard)
    {
        Libc.ResourceLimit limit = new() { Soft = soft, Hard = hard };
        var result = SysResult.Of(Libc.prlimit(0, resource, &limit, null));
        if (result.Error != Errno.EPERM)
            return result;
        Libc.ResourceLimit highest;
        if (Libc.prlimit(0, resource, null, &highest) < 0)
            return result;
        limit.Soft = Math.Min(soft, highest.Hard);
        limit.Hard = Math.Min(hard, highest.Hard);
        return SysResult.Of(Libc.prlimit(0, resource, &limit, null));
    }

    /// <summary>Sets close-on-exec on every descriptor from one on.</summary>
    public static SysResult CloseOnExecFrom(int first)
    {
        const long setFlag = 4; // CLOSE_RANGE_CLOEXEC
        return SysResult.Of(Libc.syscall_close_range(
            Libc.SYS_close_range, first, uint.MaxValue, setFlag));
    }

    /// <summary>
    /// seccomp(2): from now on the calling thread and what it executes obey this program too.
    /// </summary>
    public static SysResult LoadFilter(ReadOnlySpan<byte> program)
    {
        fixed (byte* start = program)
        {
            Libc.FilterProgram filter = new()
            {
                Length = (ushort)(program.Length / 8),
                Filter = start,
            };
            return SysResult.Of(Libc.syscall_seccomp(
                Libc.SYS_seccomp, Libc.SECCOMP_SET_MODE_FILTER, 0, &filter));
        }
    }

    /// <summary>Argument vector and path of a program to be, in memory that stays.</summary>
    public static PreparedProgram? Prepare(string path, IReadOnlyList<string> arguments)
    {
        byte** vector = (byte**)System.Runtime.InteropServices.NativeMemory.AllocZeroed(
            (nuint)arguments.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < arguments.Count; i++)
        {
            vector[i] = Allocate(arguments[i]);
            if (vector[i] == null)
                return null;
        }

        byte* name = Allocate(path);
        return name == null ? null : new PreparedProgram((nint)name, (nint)vector);
    }

    /// <summary>
    /// Loads the filters one after the other, then execve(2): nothing else happens between, since a
    /// filter may forbid it. Returns only on failure.
    /// </summary>
    /// <param name="failed">The filter that was refused, or -1 when execve was.</param>
    public static SysResult Execute(
        PreparedProgram program, ServiceEnvironment environment, IReadOnlyList<byte[]> filters,
        out int failed)
    {
        for (failed = 0; failed < filters.Count; failed++)
        {
            SysResult loaded = LoadFilter(filters[failed]);
            if (loaded.IsError)
                return loaded;
        }

        failed = -1;
        return SysResult.Of(Libc.execve(
            (byte*)program.Path, (byte**)program.Arguments, (byte**)environment.Block));
    }

    /// <summary>This program, to be executed again when its path may be out of sight.</summary>
    public static FileDescriptor? HoldSelf() =>
        Files.Open(Files.Cwd, "/proc/self/exe", Libc.O_PATH).Value;

    /// <summary>
    /// execveat(2) of a held program, with everything that the manager gave this one.
    /// </summary>
    public static SysResult ExecuteHeld(
        FileDescriptor held, IReadOnlyList<string> arguments, ServiceEnvironment environment)
    {
        byte empty = 0;
        PreparedProgram? program = Prepare("", arguments);
        return program is not { } ready
            ? SysResult.Fail(Errno.EINVAL)
            : SysResult.Of(Libc.syscall_execveat(
                Libc.SYS_execveat, held.Number, &empty, (byte**)ready.Arguments,
                (byte**)environment.Whole, Libc.AT_EMPTY_PATH));
    }

    // Lives until the process becomes another: nothing to free.
    private static byte* Allocate(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            return null;
        int length = Encoding.UTF8.GetByteCount(text);
        byte* copy = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(copy, length));
        copy[length] = 0;
        return copy;
    }
}

/// <summary>Addresses of a path and an argument vector for execve(2).</summary>
public readonly record struct PreparedProgram(nint Path, nint Arguments);
