using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>
/// A lock that goes with its descriptor: it survives an exec that keeps the descriptor, and ends
/// with the last process that has it, however that ends (flock(2)).
/// </summary>
public static class FileLock
{
    /// <summary>Makes the file when it is missing. EAGAIN: somebody else holds it.</summary>
    public static SysResult<FileDescriptor> TryTake(string path)
    {
        var opened = Files.Open(
            Files.Cwd, path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_NOFOLLOW, 0b110_000_000);
        if (opened.IsError)
            return opened;
        var locked = SysResult.Of(Libc.flock(
            opened.Require().Number, Libc.LOCK_EX | Libc.LOCK_NB));
        if (locked.IsOk)
            return opened;
        opened.Require().Dispose();
        return SysResult<FileDescriptor>.Fail(locked, "lock " + path);
    }
}
