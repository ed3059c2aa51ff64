using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>What fstat(2) says, as far as it is used.</summary>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="Device">st_dev as the shim's registry holds it: makedev(major, minor).</param>
public readonly record struct FileStatus(
    uint Mode, uint Uid, uint Gid, uint LinkCount, ulong Device, ulong Inode, ulong Size)
{
    /// <summary>Nanoseconds since 1970 of the last write; it can be set back.</summary>
    public long ModifiedNs { get; init; }

    /// <summary>Nanoseconds since 1970 of the last change of content or inode.</summary>
    public long ChangedNs { get; init; }

    public bool IsDirectory => (Mode & Libc.S_IFMT) == Libc.S_IFDIR;
    public bool IsRegular => (Mode & Libc.S_IFMT) == Libc.S_IFREG;
    public bool IsSocket => (Mode & Libc.S_IFMT) == Libc.S_IFSOCK;
    public bool IsFifo => (Mode & Libc.S_IFMT) == Libc.S_IFIFO;
    public bool IsCharacterDevice => (Mode & Libc.S_IFMT) == Libc.S_IFCHR;
    public bool IsSymlink => (Mode & Libc.S_IFMT) == Libc.S_IFLNK;

    /// <summary>The nine permission bits and the three above them.</summary>
    public uint Permissions => Mode & 0xFFF;

    /// <summary>
    /// A file with this name alone that nobody but its owner (and root's group) may write.
    /// </summary>
    public bool IsOwnersAlone => LinkCount == 1 && (Mode & 0b010) == 0
        && ((Mode & 0b010_000) == 0 || Gid == 0);
}

/// <summary>
/// Calls that take a path, at most 4,095 bytes of UTF-8 without NUL (ENAMETOOLONG, EINVAL
/// otherwise), relative to a directory descriptor or, with <see cref="Cwd"/>, as openat(2) does.
/// </summary>
public static unsafe class Files
{
    /// <summary>AT_FDCWD.</summary>
    public const int Cwd = Libc.AT_FDCWD;

    private const int PathMax = 4096;

    /// <summary>openat(2); O_CLOEXEC and O_NOCTTY are always added.</summary>
    public static SysResult<FileDescriptor> Open(
        int directory, string path, int flags, uint mode = 0)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        if (encoded.IsOk)
            encoded = OpenRaw(directory, name, flags, mode);
        return Descriptors.Own(encoded, "open " + path);
    }

    /// <summary>openat(2) of an encoded, NUL-terminated name.</summary>
    internal static SysResult OpenRaw(int directory, byte* name, int flags, uint mode = 0)
    {
        while (true)
        {
            var result = SysResult.Of(
                Libc.openat(directory, name, flags | Libc.O_CLOEXEC | Libc.O_NOCTTY, mode));
            if (result.Error != Errno.EINTR)
                return result;
        }
    }

    /// <summary>
    /// openat2(2) below <paramref name="directory"/>: no symbolic link, no way out. On a kernel
    /// without openat2 each component is opened with O_NOFOLLOW and ".." is refused.
    /// </summary>
    public static SysResult<FileDescriptor> OpenBeneath(
        FileDescriptor directory, string path, int flags)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        if (encoded.IsOk)
            encoded = BeneathPath.Open(directory.Number, name, flags);
        return Descriptors.Own(encoded, "openat2 " + path);
    }

    /// <summary>mkdirat(2).</summary>
    public static SysResult MakeDirectory(int directory, string path, uint mode)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        return encoded.IsError ? encoded : SysResult.Of(Libc.mkdirat(directory, name, mode));
    }

    /// <summary>unlinkat(2).</summary>
    public static SysResult Unlink(int directory, string path)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        return encoded.IsError ? encoded : SysResult.Of(Libc.unlinkat(directory, name, 0));
    }

    /// <summary>unlinkat(2) with AT_REMOVEDIR.</summary>
    public static SysResult RemoveDirectory(int directory, string path)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        return encoded.IsError
            ? encoded
            : SysResult.Of(Libc.unlinkat(directory, name, Libc.AT_REMOVEDIR));
    }

    /// <summary>symlinkat(2).</summary>
    public static SysResult MakeSymlink(string target, int directory, string path)
    {
        byte* name = stackalloc byte[PathMax];
        byte* content = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        if (encoded.IsOk)
            encoded = Encode(target, content);
        return encoded.IsError
            ? encoded
            : SysResult.Of(Libc.symlinkat(content, directory, name));
    }

    /// <summary>fchmodat(2); follows a symbolic link.</summary>
    public static SysResult ChangeMode(int directory, string path, uint mode)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        return encoded.IsError ? encoded : SysResult.Of(Libc.fchmodat(directory, name, mode, 0));
    }

    /// <summary>
    /// Changes the owner of what has the name, never of what a symbolic link points to. EMLINK for
    /// a file that has another name too: that name may be somebody else's. What is looked at is
    /// what is changed, whatever is put in its place meanwhile (CVE-2018-15687); ESTALE when
    /// somebody does just that.
    /// </summary>
    public static SysResult ChangeOwner(int directory, string path, uint uid, uint gid)
    {
        var opened = Open(directory, path, Libc.O_PATH | Libc.O_NOFOLLOW);
        if (opened.IsError)
            return SysResult.Fail(opened.Error);
        using FileDescriptor fd = opened.Require();
        var looked = Status(fd.Number, out FileStatus status);
        if (looked.IsError)
            return looked;
        byte empty = 0;
        if (status.IsDirectory)
            return SysResult.Of(Libc.fchownat(fd.Number, &empty, uid, gid, Libc.AT_EMPTY_PATH));
        if (status.LinkCount > 1)
            return SysResult.Fail(Errno.EMLINK);

        // Its other name may be the one that is left, and the link here taken away since.
        if (!IsAloneAt(directory, path, status))
            return SysResult.Fail(Errno.ESTALE);
        var changed = SysResult.Of(
            Libc.fchownat(fd.Number, &empty, uid, gid, Libc.AT_EMPTY_PATH));
        if (changed.IsError || IsAloneAt(directory, path, status))
            return changed;
        var restored = SysResult.Of(
            Libc.fchownat(fd.Number, &empty, status.Uid, status.Gid, Libc.AT_EMPTY_PATH));
        return restored.IsError ? restored : SysResult.Fail(Errno.ESTALE);
    }

    private static bool IsAloneAt(int directory, string path, in FileStatus opened) =>
        Status(directory, path, out FileStatus now).IsOk
        && now.Inode == opened.Inode && now.Device == opened.Device && now.LinkCount == 1;

    /// <summary>
    /// Opens a regular file for reading, no link, and says what was opened: EINVAL when it is no
    /// regular file. The status is that of the descriptor, whatever has the name by then.
    /// </summary>
    public static SysResult<FileDescriptor> OpenRegular(
        int directory, string path, out FileStatus status)
    {
        // Looked at first as well: opening a device can do something.
        var looked = Status(directory, path, out status);
        if (looked.IsOk && !status.IsRegular)
            looked = SysResult.Fail(Errno.EINVAL);
        if (looked.IsError)
            return SysResult<FileDescriptor>.Fail(looked, "open " + path);
        var opened = Open(
            directory, path, Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK);
        if (opened.IsError)
            return opened;
        looked = Status(opened.Require().Number, out status);
        if (looked.IsOk && status.IsRegular)
            return opened;
        opened.Require().Dispose();
        return SysResult<FileDescriptor>.Fail(
            looked.IsError ? looked : SysResult.Fail(Errno.EINVAL), "open " + path);
    }

    /// <summary>
    /// faccessat(2) with the real ids: EACCES, EROFS, ENOENT when it would be refused.
    /// </summary>
    public static SysResult Access(int directory, string path, int mode)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        return encoded.IsError ? encoded : SysResult.Of(Libc.faccessat(directory, name, mode, 0));
    }

    /// <summary>lstat of a path.</summary>
    public static SysResult Status(int directory, string path, out FileStatus status)
    {
        status = default;
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        return encoded.IsError
            ? encoded
            : StatusRaw(directory, name, Libc.AT_SYMLINK_NOFOLLOW, out status);
    }

    /// <summary>fstat of a descriptor.</summary>
    public static SysResult Status(int fd, out FileStatus status)
    {
        byte empty = 0;
        return StatusRaw(fd, &empty, Libc.AT_EMPTY_PATH, out status);
    }

    /// <summary>
    /// The magic number of the file system that a descriptor lies on (statfs(2)).
    /// </summary>
    public static SysResult FileSystemType(int fd)
    {
        Libc.StatFs status;
        var result = SysResult.Of(Libc.fstatfs(fd, &status));
        return result.IsError ? result : new SysResult(status.Type);
    }

    /// <summary>
    /// Reads a small file whole: EFBIG when it does not fit. For files the kernel makes up, and
    /// for tmpfs; never for a disk.
    /// </summary>
    public static SysResult ReadAll(int directory, string path, Span<byte> into)
    {
        byte* name = stackalloc byte[PathMax];
        var encoded = Encode(path, name);
        return encoded.IsError ? encoded : ReadAllRaw(directory, name, into, whole: true);
    }

    /// <summary>Writes a small value to a file that exists (cgroupfs, procfs, sysfs).</summary>
    public static SysResult WriteValue(int directory, string path, ReadOnlySpan<byte> value)
    {
        byte* name = stackalloc byte[PathMax];
        var result = Encode(path, name);
        if (result.IsOk)
            result = OpenRaw(directory, name, Libc.O_WRONLY);
        if (result.IsError)
            return result;
        int fd = result.Value;
        result = Descriptors.Write(fd, value);
        Libc.close(fd);
        return result;
    }

    /// <summary>
    /// Reads up to the buffer's size; with <paramref name="whole"/> EFBIG beyond it.
    /// </summary>
    internal static SysResult ReadAllRaw(int directory, byte* name, Span<byte> into, bool whole)
    {
        var opened = OpenRaw(directory, name, Libc.O_RDONLY | Libc.O_NONBLOCK);
        if (opened.IsError)
            return opened;
        int fd = opened.Value;
        var result = whole ? Descriptors.ReadAll(fd, into) : Descriptors.ReadUpTo(fd, into);
        Libc.close(fd);
        return result;
    }

    /// <summary>UTF-8 with a NUL into a buffer of <see cref="PathMax"/> bytes.</summary>
    internal static SysResult Encode(string path, byte* into)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            return SysResult.Fail(Errno.EINVAL);
        if (!Encoding.UTF8.TryGetBytes(path, new Span<byte>(into, PathMax - 1), out int length))
            return SysResult.Fail(Errno.ENAMETOOLONG);
        into[length] = 0;
        return new SysResult(length);
    }

    internal static SysResult StatusRaw(int directory, byte* name, int flags, out FileStatus status)
    {
        Libc.Statx raw;
        var result = SysResult.Of(
            Libc.statx(directory, name, flags, Libc.STATX_BASIC_STATS, &raw));
        status = result.IsError
            ? default
            : new(
                raw.Mode,
                raw.Uid,
                raw.Gid,
                raw.LinkCount,
                MakeDevice(raw.DevMajor, raw.DevMinor),
                raw.Inode,
                raw.Size)
            {
                ModifiedNs = (raw.ModifiedSeconds * 1_000_000_000) + raw.ModifiedNanoseconds,
                ChangedNs = (raw.ChangedSeconds * 1_000_000_000) + raw.ChangedNanoseconds,
            };
        return result;
    }

    /// <summary>makedev(3).</summary>
    internal static ulong MakeDevice(uint major, uint minor) =>
        ((ulong)(major & 0xFFFF_F000) << 32) | ((ulong)(major & 0xFFF) << 8)
        | ((ulong)(minor & 0xFFFF_FF00) << 12) | (minor & 0xFF);
}
