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
        const uint mode = 0b110_100_100;
        int flags = input
            ? Libc.O_RDONLY
            : (append || truncate ? Libc.O_WRONLY : Libc.O_RDWR) | Libc.O_CREAT
                | (append ? Libc.O_APPEND : 0) | (truncate ? Libc.O_TRUNC : 0);
        return Files.Open(Files.Cwd, path, flags, mode);
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

    /// <summary>
    /// execve(2) with this process's own environment, bytes as they are. Returns only on failure.
    /// </summary>
    public static SysResult Execute(string path, IReadOnlyList<string> arguments)
    {
        byte*[] vector = new byte*[arguments.Count + 1];
        for (int i = 0; i < arguments.Count; i++)
        {
            vector[i] = Allocate(arguments[i]);
            if (vector[i] == null)
                return SysResult.Fail(Errno.EINVAL);
        }

        byte* name = Allocate(path);
        fixed (byte** start = vector)
        {
            return SysResult.Of(Libc.execv(name, start));
        }
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
