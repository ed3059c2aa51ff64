using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>
/// Opening a relative path that cannot leave its directory: openat2(2) with RESOLVE_BENEATH and
/// RESOLVE_NO_SYMLINKS; where the call is refused (seccomp of old container managers, ENOSYS), one
/// component after the other.
/// </summary>
internal static unsafe class BeneathPath
{
    private const int ComponentsMax = 64;

    internal static SysResult Open(int directory, byte* path, int flags)
    {
        var how = new Libc.OpenHow
        {
            Flags = (ulong)(uint)(flags | Libc.O_CLOEXEC),
            Resolve = Libc.RESOLVE_BENEATH | Libc.RESOLVE_NO_SYMLINKS | Libc.RESOLVE_NO_MAGICLINKS,
        };
        while (true)
        {
            var result = SysResult.Of(Libc.syscall_openat2(
                Libc.SYS_openat2, directory, path, &how, (nuint)sizeof(Libc.OpenHow)));

            // EAGAIN: a rename somewhere made the kernel unable to prove it; asking again is right.
            if (result.Error is Errno.EINTR or Errno.EAGAIN)
                continue;
            return result.Error is Errno.ENOSYS or Errno.EPERM
                ? OpenByComponents(directory, path, flags)
                : result;
        }
    }

    /// <summary>The fallback; modifies the path in place while it walks.</summary>
    internal static SysResult OpenByComponents(int directory, byte* path, int flags)
    {
        if (*path == (byte)'/')
            return SysResult.Fail(Errno.EXDEV);
        int current = directory;
        for (int depth = 0; depth < ComponentsMax; depth++)
        {
            byte* end = path;
            while (*end is not 0 and not (byte)'/')
                end++;
            bool last = *end == 0;
            if (end - path == 2 && path[0] == (byte)'.' && path[1] == (byte)'.')
                return CloseAnd(current, directory, SysResult.Fail(Errno.EXDEV));
            *end = 0;
            int stepFlags = last ? flags : Libc.O_PATH | Libc.O_DIRECTORY;
            var opened = Files.OpenRaw(current, path, stepFlags | Libc.O_NOFOLLOW);
            CloseAnd(current, directory, opened);
            if (last || opened.IsError)
                return opened;
            current = opened.Value;
            path = end + 1;
            while (*path == (byte)'/')
                path++;
            if (*path == 0)
                return Reopen(current, flags);
        }

        return CloseAnd(current, directory, SysResult.Fail(Errno.ENAMETOOLONG));
    }

    private static SysResult Reopen(int current, int flags)
    {
        byte* dot = stackalloc byte[2] { (byte)'.', 0 };
        return CloseAnd(current, -1, Files.OpenRaw(current, dot, flags));
    }

    private static SysResult CloseAnd(int current, int keep, SysResult result)
    {
        if (current != keep)
            Libc.close(current);
        return result;
    }
}
