using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// unshare(2), setns(2), chroot(2), and the mount interface that works on descriptors.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int CLONE_NEWNS = 0x00020000;
    internal const int CLONE_NEWUTS = 0x04000000;
    internal const int CLONE_NEWIPC = 0x08000000;
    internal const int CLONE_NEWUSER = 0x10000000;
    internal const int CLONE_NEWNET = 0x40000000;
    internal const nuint MS_REC = 16384;
    internal const nuint MS_PRIVATE = 1 << 18;
    internal const nuint MS_SLAVE = 1 << 19;
    internal const nuint MS_SHARED = 1 << 20;
    internal const nuint MS_MOVE = 8192;
    internal const long SYS_open_tree = 428;
    internal const long SYS_move_mount = 429;
    internal const long SYS_mount_setattr = 442;
    internal const long SYS_pivot_root = 155;
    internal const long OPEN_TREE_CLONE = 1;
    internal const long AT_RECURSIVE = 0x8000;
    internal const int AT_NO_AUTOMOUNT = 0x800;
    internal const long MOVE_MOUNT_F_EMPTY_PATH = 4;
    internal const ulong MOUNT_ATTR_RDONLY = 1;
    internal const ulong MOUNT_ATTR_NOSUID = 2;
    internal const ulong MOUNT_ATTR_NODEV = 4;
    internal const ulong MOUNT_ATTR_NOEXEC = 8;

    /// <summary>struct mount_attr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MountAttributes
    {
        internal ulong Set;
        internal ulong Clear;
        internal ulong Propagation;
        internal ulong UserNamespace;
    }

    [LibraryImport("libc")]
    internal static partial int unshare(int flags);

    [LibraryImport("libc")]
    internal static partial int setns(int fd, int type);

    [LibraryImport("libc")]
    internal static partial int chroot(byte* path);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_open_tree(
        long number, long directory, byte* path, long flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_move_mount(
        long number, long from, byte* fromPath, long to, byte* toPath, long flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_mount_setattr(
        long number, long directory, byte* path, long flags, MountAttributes* attributes,
        nuint size);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_pivot_root(long number, byte* root, byte* old);
}
