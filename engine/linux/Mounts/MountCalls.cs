using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Mounts;

/// <summary>mount(2) and umount2(2) as results.</summary>
internal static unsafe class MountCalls
{
    private const int PathMax = 4096;

    internal static SysResult Mount(
        string source, string target, string type, nuint flags, string options)
    {
        byte* from = stackalloc byte[PathMax];
        byte* to = stackalloc byte[PathMax];
        byte* kind = stackalloc byte[PathMax];
        byte* data = stackalloc byte[PathMax];
        var result = Files.Encode(source, from);
        if (result.IsOk)
            result = Files.Encode(target, to);
        if (result.IsOk)
            result = Files.Encode(type, kind);
        if (result.IsOk)
            result = Files.Encode(options, data);
        return result.IsError ? result : SysResult.Of(Libc.mount(from, to, kind, flags, data));
    }

    internal static SysResult Unmount(string target, int flags)
    {
        byte* to = stackalloc byte[PathMax];
        var result = Files.Encode(target, to);
        return result.IsError ? result : SysResult.Of(Libc.umount2(to, flags));
    }

    internal static SysResult RemountReadOnly(string target)
    {
        byte* to = stackalloc byte[PathMax];
        var result = Files.Encode(target, to);
        return result.IsError
            ? result
            : SysResult.Of(Libc.mount(null, to, null, Libc.MS_REMOUNT | Libc.MS_RDONLY, null));
    }

    internal static SysResult SwapOff(string path)
    {
        byte* name = stackalloc byte[PathMax];
        var result = Files.Encode(path, name);
        return result.IsError ? result : SysResult.Of(Libc.swapoff(name));
    }

    /// <summary>1 when something is mounted exactly there, 0 when not.</summary>
    internal static SysResult IsMountPoint(string path)
    {
        byte* name = stackalloc byte[PathMax];
        var result = Files.Encode(path, name);
        if (result.IsError)
            return result;
        Libc.Statx status;
        result = SysResult.Of(Libc.statx(
            Libc.AT_FDCWD, name, Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_NO_AUTOMOUNT,
            Libc.STATX_BASIC_STATS, &status));
        return result.IsError
            ? result
            : new SysResult((status.Attributes & Libc.STATX_ATTR_MOUNT_ROOT) != 0 ? 1 : 0);
    }
}
