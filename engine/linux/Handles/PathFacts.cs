using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>What conditions ask about a path; links are followed unless said otherwise.</summary>
public static unsafe class PathFacts
{
    private const int ReadOnlyFlag = 1;

    /// <summary>stat(2).</summary>
    public static SysResult Status(string path, out FileStatus status)
    {
        status = default;
        var opened = Files.Open(Files.Cwd, path, Libc.O_PATH);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor fd = opened.Require();
        return Files.Status(fd.Number, out status);
    }

    /// <summary>The numbers of a device node; ENODEV when it is none.</summary>
    public static SysResult Device(string path, out bool block, out uint major, out uint minor)
    {
        (block, major, minor) = (false, 0, 0);
        byte* name = stackalloc byte[4096];
        SysResult result = Files.Encode(path, name);
        if (result.IsError)
            return result;
        Libc.Statx status;
        result = SysResult.Of(Libc.statx(
            Libc.AT_FDCWD, name, 0, Libc.STATX_BASIC_STATS, &status));
        if (result.IsError)
            return result;
        const uint blockDevice = 0x6000;
        uint kind = status.Mode & Libc.S_IFMT;
        (block, major, minor) = (kind == blockDevice, status.RdevMajor, status.RdevMinor);
        return kind is blockDevice or Libc.S_IFCHR ? SysResult.Ok : SysResult.Fail(Errno.ENODEV);
    }

    /// <summary>True for two names of one device node; links are followed.</summary>
    public static bool AreSameDevice(string one, string other) =>
        Device(one, out bool block, out uint major, out uint minor).IsOk
        && Device(other, out bool otherBlock, out uint otherMajor, out uint otherMinor).IsOk
        && (block, major, minor) == (otherBlock, otherMajor, otherMinor);

    /// <summary>
    /// 1 when the file system of a path is mounted read-only, else 0 (statfs(2)).
    /// </summary>
    public static SysResult IsOnReadOnlyFileSystem(string path)
    {
        var opened = Files.Open(Files.Cwd, path, Libc.O_PATH);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor fd = opened.Require();
        Libc.StatFs status;
        var result = SysResult.Of(Libc.fstatfs(fd.Number, &status));
        return result.IsError ? result : new SysResult(status.Flags & ReadOnlyFlag);
    }

    /// <summary>
    /// 1 when something is mounted exactly there, else 0: the mount number in fdinfo differs from
    /// the parent's, which also finds bind mounts of one file system.
    /// </summary>
    public static SysResult IsMountPoint(string path)
    {
        var opened = Files.Open(Files.Cwd, path, Libc.O_PATH);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor fd = opened.Require();
        var above = Files.Open(Files.Cwd, ParentOf(fd, path), Libc.O_PATH | Libc.O_DIRECTORY);
        if (above.IsError)
            return SysResult.Fail(above.Error);
        using FileDescriptor parent = above.Require();
        var result = Files.Status(fd.Number, out FileStatus own);
        if (result.IsError)
            return result;
        result = Files.Status(parent.Number, out FileStatus up);
        if (result.IsError)
            return result;

        // Only the root is its own parent.
        bool isRoot = own.Device == up.Device && own.Inode == up.Inode && own.IsDirectory;
        SysResult mount = MountNumber(fd);
        SysResult mountAbove = MountNumber(parent);
        if (mount.IsError || mountAbove.IsError)
            return mount.IsError ? mount : mountAbove;
        return new SysResult(isRoot || mount.Raw != mountAbove.Raw ? 1 : 0);
    }

    // The parent of what a link leads to, not of the link.
    private static string ParentOf(FileDescriptor fd, string path)
    {
        Span<byte> target = stackalloc byte[4096];
        var read = SymbolicLinks.Read(Files.Cwd, $"/proc/self/fd/{fd.Number}", target);
        string real = read.IsOk ? System.Text.Encoding.UTF8.GetString(target[..read.Value]) : path;
        int slash = real.TrimEnd('/').LastIndexOf('/');
        return slash <= 0 ? "/" : real[..slash];
    }

    private static SysResult MountNumber(FileDescriptor fd)
    {
        Span<byte> text = stackalloc byte[1024];
        var read = Files.ReadAll(Files.Cwd, $"/proc/self/fdinfo/{fd.Number}", text);
        if (read.IsError)
            return read;
        ReadOnlySpan<byte> rest = text[..read.Value];
        int at = rest.IndexOf("mnt_id:"u8);
        if (at < 0)
            return SysResult.Fail(Errno.ENODATA);
        rest = rest[(at + 7)..].TrimStart("\t "u8);
        return System.Buffers.Text.Utf8Parser.TryParse(rest, out int number, out _)
            ? new SysResult(number)
            : SysResult.Fail(Errno.ENODATA);
    }
}
