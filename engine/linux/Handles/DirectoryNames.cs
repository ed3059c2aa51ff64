using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>The names in an open directory (getdents64(2)).</summary>
public static unsafe class DirectoryNames
{
    private const int BufferSize = 32 * 1024;
    private const int NameOffset = 19;

    /// <summary>
    /// Reads all names but <c>.</c> and <c>..</c>, in the file system's order. A name that is not
    /// UTF-8 cannot be opened again by what is returned; the caller then fails on it by name.
    /// </summary>
    /// <param name="limit">EFBIG beyond so many.</param>
    public static SysResult Read(FileDescriptor directory, int limit, List<string> into)
    {
        byte[] buffer = new byte[BufferSize];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var got = SysResult.Of(
                    Libc.getdents64(directory.Number, start, (nuint)buffer.Length));
                if (got.Error == Errno.EINTR)
                    continue;
                if (got.IsError || got.Value == 0)
                    return got;
                for (int at = 0; at < got.Value;)
                {
                    int length = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16));
                    var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(
                        start + at + NameOffset);
                    at += length;
                    if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                        continue;
                    if (into.Count == limit)
                        return SysResult.Fail(Errno.EFBIG);
                    into.Add(Encoding.UTF8.GetString(name));
                }
            }
        }
    }
}
