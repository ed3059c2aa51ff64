using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>
/// A lock that goes with its descriptor: it survives an exec that keeps the descriptor, and ends
/// with the last process that has it, however that ends (flock(2)).
/// </summary>
public static class FileLock
{
    /// <summary>Makes the file when it is missing. EAGAIN: somebody else holds it.</summary>
    public static SysResult<FileDescriptor> TryTake(string path) =>
        Take(path, Libc.LOCK_EX | Libc.LOCK_NB);

    /// <summary>The same, but waits until nobody else holds it.</summary>
    public static SysResult<FileDescriptor> Take(string path) => Take(path, Libc.LOCK_EX);

    private static SysResult<FileDescriptor> Take(string path, int operation)
    {
        var opened = Files.Open(
            Files.Cwd, path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_NOFOLLOW, 0b110_000_000);
        if (opened.IsError)
            return opened;
        SysResult locked;
        do
        {
            locked = SysResult.Of(Libc.flock(opened.Require().Number, operation));
        }
        while (locked.Error == Errno.EINTR);

        if (locked.IsOk)
            return opened;
        opened.Require().Dispose();
        return SysResult<FileDescriptor>.Fail(locked, "lock " + path);
    }
}
