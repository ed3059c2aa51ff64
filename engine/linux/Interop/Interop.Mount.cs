using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// mount(2), umount2(2), swapoff(2), and the steps of the newer mount interface that probe it.
/// </summary>
internal static unsafe partial class Libc
{
    internal const nuint MS_RDONLY = 1;
    internal const nuint MS_NOSUID = 2;
    internal const nuint MS_NODEV = 4;
    internal const nuint MS_NOEXEC = 8;
    internal const nuint MS_REMOUNT = 32;
    internal const nuint MS_BIND = 4096;
    internal const nuint MS_STRICTATIME = 1 << 24;
    internal const int MNT_DETACH = 2;
    internal const int UMOUNT_NOFOLLOW = 8;
    internal const long SYS_fsopen = 430;
    internal const long SYS_fsconfig = 431;
    internal const long FSOPEN_CLOEXEC = 1;
    internal const long FSCONFIG_SET_FLAG = 0;
    internal const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;
    internal const nuint LOOP_CLR_FD = 0x4C01;

    [LibraryImport("libc")]
    internal static partial int mount(
        byte* source, byte* target, byte* type, nuint flags, void* data);

    [LibraryImport("libc")]
    internal static partial int umount2(byte* target, int flags);

    [LibraryImport("libc")]
    internal static partial int swapoff(byte* path);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_fsopen(long number, byte* type, long flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_fsconfig(
        long number, long fd, long command, byte* key, byte* value, long auxiliary);
}
