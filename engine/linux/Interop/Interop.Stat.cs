using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>fstat(2) by statx(2), whose layout is the same everywhere, and fstatfs(2).</summary>
internal static unsafe partial class Libc
{
    internal const int W_OK = 2;
    internal const uint STATX_BASIC_STATS = 0x7FF;
    internal const uint S_IFMT = 0xF000;
    internal const uint S_IFSOCK = 0xC000;
    internal const uint S_IFLNK = 0xA000;
    internal const uint S_IFREG = 0x8000;
    internal const uint S_IFBLK = 0x6000;
    internal const uint S_IFDIR = 0x4000;
    internal const uint S_IFCHR = 0x2000;
    internal const uint S_IFIFO = 0x1000;
    internal const long PROC_SUPER_MAGIC = 0x9FA0;
    internal const long SYSFS_MAGIC = 0x62656572;
    internal const long TMPFS_MAGIC = 0x01021994;
    internal const long RAMFS_MAGIC = 0x858458F6;
    internal const long CGROUP_SUPER_MAGIC = 0x27E0EB;
    internal const long CGROUP2_SUPER_MAGIC = 0x63677270;

    /// <summary>struct statx; the fields that are used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(0)] internal uint Mask;
        [FieldOffset(8)] internal ulong Attributes;
        [FieldOffset(16)] internal uint LinkCount;
        [FieldOffset(20)] internal uint Uid;
        [FieldOffset(24)] internal uint Gid;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(40)] internal ulong Size;
        [FieldOffset(96)] internal long ChangedSeconds;
        [FieldOffset(104)] internal uint ChangedNanoseconds;
        [FieldOffset(112)] internal long ModifiedSeconds;
        [FieldOffset(120)] internal uint ModifiedNanoseconds;
        [FieldOffset(128)] internal uint RdevMajor;
        [FieldOffset(132)] internal uint RdevMinor;
        [FieldOffset(136)] internal uint DevMajor;
        [FieldOffset(140)] internal uint DevMinor;
    }

    /// <summary>struct statfs on x86-64; the field that is used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    internal struct StatFs
    {
        [FieldOffset(0)] internal long Type;
        [FieldOffset(80)] internal long Flags;
    }

    [LibraryImport("libc")]
    internal static partial int statx(int directory, byte* path, int flags, uint mask, Statx* into);

    [LibraryImport("libc")]
    internal static partial int faccessat(int directory, byte* path, int mode, int flags);

    [LibraryImport("libc")]
    internal static partial int fstatfs(int fd, StatFs* into);
}
