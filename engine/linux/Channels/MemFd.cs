using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Channels;

/// <summary>
/// memfd_create(2): bytes without a file system, to hand from one process to another. Never
/// executable: where the kernel can say so (Linux 6.3), it is sealed against it.
/// </summary>
public static unsafe class MemFd
{
    private const int NameMax = 249;

    /// <summary>An empty one that can be written and sealed.</summary>
    public static SysResult<FileDescriptor> Create(string name)
    {
        byte* encoded = stackalloc byte[NameMax + 1];
        if (!Encoding.UTF8.TryGetBytes(name, new Span<byte>(encoded, NameMax), out int length))
            return SysResult<FileDescriptor>.Fail(Errno.ENAMETOOLONG, "memfd_create");
        encoded[length] = 0;
        const uint Flags = Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING;
        var made = SysResult.Of(Libc.syscall_memfd_create(
            Libc.SYS_memfd_create, encoded, Flags | Libc.MFD_NOEXEC_SEAL));

        // EINVAL: the flag is not known before Linux 6.3.
        if (made.Error == Errno.EINVAL)
            made = SysResult.Of(Libc.syscall_memfd_create(
                Libc.SYS_memfd_create, encoded, Flags));
        return Descriptors.Own(made, "memfd_create " + name);
    }

    /// <summary>One with this content, sealed: nobody can change or shorten it any more.</summary>
    public static SysResult<FileDescriptor> CreateSealed(string name, ReadOnlySpan<byte> content)
    {
        var made = Create(name);
        if (made.IsError)
            return made;
        var fd = made.Require();
        var result = fd.WriteAll(content);
        if (result.IsOk)
            result = Seal(fd);
        if (result.IsOk)
            return made;
        fd.Dispose();
        return SysResult<FileDescriptor>.Fail(result, "memfd " + name);
    }

    /// <summary>Forbids every change from now on.</summary>
    public static SysResult Seal(FileDescriptor fd) => SysResult.Of(Libc.fcntl(
        fd.Number,
        Libc.F_ADD_SEALS,
        Libc.F_SEAL_SEAL | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_WRITE));

    /// <summary>
    /// Reads one whole, from its beginning. EPERM unless it is sealed against writing and
    /// shrinking (an unsealed one could change while it is read), EFBIG beyond the limit.
    /// </summary>
    /// <param name="content">Empty on error.</param>
    public static SysResult ReadSealed(FileDescriptor fd, int limit, out byte[] content)
    {
        content = [];
        const int Needed = Libc.F_SEAL_WRITE | Libc.F_SEAL_SHRINK;
        var seals = SysResult.Of(Libc.fcntl(fd.Number, Libc.F_GET_SEALS, 0));
        if (seals.IsError)
            return seals;
        if ((seals.Value & Needed) != Needed)
            return SysResult.Fail(Errno.EPERM);
        var status = Files.Status(fd.Number, out var facts);
        if (status.IsError)
            return status;
        if (facts.Size > (ulong)limit)
            return SysResult.Fail(Errno.EFBIG);
        byte[] bytes = new byte[(int)facts.Size];
        fixed (byte* start = bytes)
        {
            for (int total = 0; total < bytes.Length;)
            {
                var read = SysResult.Of(Libc.pread(
                    fd.Number, start + total, (nuint)(bytes.Length - total), total));
                if (read.Error == Errno.EINTR)
                    continue;
                if (read.IsError)
                    return read;
                if (read.Value == 0)
                    return SysResult.Fail(Errno.EIO);
                total += read.Value;
            }
        }

        content = bytes;
        return new SysResult(bytes.Length);
    }
}
