using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Sockets;

/// <summary>What a socket unit opens that is no socket.</summary>
internal static unsafe class SpecialFiles
{
    /// <summary>ListenFIFO=: made when missing; a file of another type there is EEXIST.</summary>
    internal static SysResult<FileDescriptor> OpenFifo(
        string path, uint mode, long pipeSize, List<string> warnings)
    {
        byte* name = stackalloc byte[4096];
        var result = Files.Encode(path, name);
        if (result.IsOk)
        {
            uint before = Libc.umask(~mode & 0x1FF);
            result = SysResult.Of(Libc.mkfifoat(Libc.AT_FDCWD, name, mode));
            Libc.umask(before);
            if (result.Error == Errno.EEXIST)
                result = SysResult.Ok;
        }

        if (result.IsError)
            return SysResult<FileDescriptor>.Fail(result, "mkfifo " + path);

        // Open for both, so that the last writer's leaving is no end of file.
        var opened = Files.Open(
            Files.Cwd, path, Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_NOFOLLOW);
        if (opened.IsError)
            return opened;
        var fd = opened.Require();
        if (Files.Status(fd.Number, out var status).IsOk && status.IsFifo)
        {
            SetPipeSize(fd, path, pipeSize, warnings);
            return opened;
        }

        fd.Dispose();
        return SysResult<FileDescriptor>.Fail(Errno.EEXIST, "not a FIFO: " + path);
    }

    private static void SetPipeSize(
        FileDescriptor fifo, string path, long bytes, List<string> warnings)
    {
        if (bytes <= 0)
            return;
        int size = (int)Math.Min(bytes, int.MaxValue);
        var set = SysResult.Of(Libc.fcntl(fifo.Number, Libc.F_SETPIPE_SZ, size));
        if (set.IsError)
            warnings.Add($"PipeSize= on {path}: {set.Error.Describe()}");
    }

    /// <summary>ListenSpecial=: a character device, or a file of procfs or sysfs.</summary>
    internal static SysResult<FileDescriptor> OpenSpecial(string path, bool writable)
    {
        var opened = Files.Open(
            Files.Cwd,
            path,
            (writable ? Libc.O_RDWR : Libc.O_RDONLY) | Libc.O_NONBLOCK | Libc.O_NOFOLLOW);
        if (opened.IsError)
            return opened;
        var fd = opened.Require();
        if (Files.Status(fd.Number, out var status).IsOk
            && (status.IsRegular || status.IsCharacterDevice))
        {
            return opened;
        }

        fd.Dispose();
        return SysResult<FileDescriptor>.Fail(
            Errno.EINVAL, "neither a character device nor a file: " + path);
    }

    /// <summary>
    /// A symbolic link; one that is there already and points elsewhere is replaced.
    /// </summary>
    internal static SysResult ReplaceSymlink(string target, string link)
    {
        var made = Files.MakeSymlink(target, Files.Cwd, link);
        if (made.Error != Errno.EEXIST
            || Files.Status(Files.Cwd, link, out var status).IsError || !status.IsSymlink)
        {
            return made;
        }

        made = Files.Unlink(Files.Cwd, link);
        return made.IsError ? made : Files.MakeSymlink(target, Files.Cwd, link);
    }
}
