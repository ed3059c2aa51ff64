using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Watches;

/// <summary>What inotify(7) told once.</summary>
/// <param name="Name">The entry of a directory that it is about; empty for none.</param>
public readonly record struct PathNews(int Watch, uint Mask, string Name);

/// <summary>
/// An inotify descriptor over paths. The prepare helper makes it and adds the watches, which may
/// wait for a disk; PID 1 only reads it, which never does. Not thread-safe.
/// </summary>
public static unsafe class PathInotify
{
    public const uint Modify = 0x2;
    public const uint Attributes = 0x4;
    public const uint CloseWrite = 0x8;
    public const uint MovedFrom = 0x40;
    public const uint MovedTo = 0x80;
    public const uint Create = 0x100;
    public const uint Delete = 0x200;
    public const uint DeleteSelf = 0x400;
    public const uint MoveSelf = 0x800;

    /// <summary>Told whatever was asked for: the watch, or something, was lost.</summary>
    public const uint Lost = Libc.IN_IGNORED | Libc.IN_Q_OVERFLOW;

    private const int PathMax = 4096;
    private const int HeaderBytes = 16;

    /// <summary>A new one, without watches.</summary>
    public static SysResult<FileDescriptor> Open() => Descriptors.Own(
        SysResult.Of(Libc.inotify_init1(Libc.IN_CLOEXEC | Libc.IN_NONBLOCK)), "inotify_init1");

    /// <summary>Adds to what is told of a path; the number is the same for one inode.</summary>
    public static SysResult Add(FileDescriptor inotify, string path, uint mask)
    {
        int size = Encoding.UTF8.GetByteCount(path);
        if (size >= PathMax || path.Contains('\0', StringComparison.Ordinal))
            return SysResult.Fail(Errno.ENAMETOOLONG);
        byte* name = stackalloc byte[PathMax];
        Encoding.UTF8.GetBytes(path, new Span<byte>(name, PathMax));
        name[size] = 0;
        return SysResult.Of(
            Libc.inotify_add_watch(inotify.Number, name, mask | Libc.IN_MASK_ADD));
    }

    /// <summary>
    /// What was told since, as much as the buffer holds; a descriptor that is none of inotify's
    /// gives nothing.
    /// </summary>
    public static List<PathNews> Read(FileDescriptor inotify, Span<byte> buffer)
    {
        var news = new List<PathNews>();
        SysResult read = inotify.Read(buffer);
        ReadOnlySpan<byte> rest = read.IsError ? default : buffer[..read.Value];
        while (rest.Length >= HeaderBytes)
        {
            int watch = BitConverter.ToInt32(rest);
            uint mask = BitConverter.ToUInt32(rest[4..]);
            uint length = BitConverter.ToUInt32(rest[12..]);
            rest = rest[HeaderBytes..];
            if (length > (uint)rest.Length)
                break;
            ReadOnlySpan<byte> name = rest[..(int)length];
            int end = name.IndexOf((byte)0);
            news.Add(new PathNews(
                watch, mask, Encoding.UTF8.GetString(end < 0 ? name : name[..end])));
            rest = rest[(int)length..];
        }

        return news;
    }
}
