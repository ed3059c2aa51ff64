using System.Buffers.Binary;
using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>
/// Names in a directory that is open for reading (getdents64(2)), without "." and "..".
/// </summary>
public static unsafe class DirectoryList
{
    private const byte DT_UNKNOWN = 0;
    private const byte DT_DIR = 4;
    private const int HeaderSize = 19;

    /// <summary>
    /// Appends the names of directories; E2BIG when there are more than the limit.
    /// </summary>
    public static SysResult Subdirectories(
        FileDescriptor directory, int limit, List<string> names) =>
        List(directory, limit, directoriesOnly: true, names);

    /// <summary>Appends all names; E2BIG when there are more than the limit.</summary>
    public static SysResult Names(FileDescriptor directory, int limit, List<string> names) =>
        List(directory, limit, directoriesOnly: false, names);

    private static SysResult List(
        FileDescriptor directory, int limit, bool directoriesOnly, List<string> names)
    {
        byte* buffer = stackalloc byte[8192];
        Libc.lseek(directory.Number, 0, 0);
        while (true)
        {
            var read = SysResult.Of(Libc.getdents64(directory.Number, buffer, 8192));
            if (read.Error == Errno.EINTR)
                continue;
            if (read.IsError || read.Value == 0)
                return read;
            var entries = new ReadOnlySpan<byte>(buffer, read.Value);
            while (entries.Length > HeaderSize)
            {
                int size = BinaryPrimitives.ReadUInt16LittleEndian(entries[16..]);
                if (size <= HeaderSize || size > entries.Length)
                    return SysResult.Fail(Errno.EBADMSG);
                byte type = entries[18];
                var name = entries[HeaderSize..size];
                name = name[..Math.Max(0, name.IndexOf((byte)0))];
                entries = entries[size..];
                bool wanted = !directoriesOnly || type is DT_DIR or DT_UNKNOWN;
                if (!wanted || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                    continue;
                if (names.Count == limit)
                    return SysResult.Fail(Errno.E2BIG);
                names.Add(Encoding.UTF8.GetString(name));
            }
        }
    }
}
