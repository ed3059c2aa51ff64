using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>Making, renaming, linking and removing names.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport("libc")]
    internal static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc")]
    internal static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc")]
    internal static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport("libc")]
    internal static partial int mkfifoat(int directory, byte* path, uint mode);

    [LibraryImport("libc")]
    internal static partial int mknodat(int directory, byte* path, uint mode, ulong device);

    [LibraryImport("libc")]
    internal static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc")]
    internal static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport("libc")]
    internal static partial int fchown(int fd, uint uid, uint gid);

    [LibraryImport("libc")]
    internal static partial int fchownat(int directory, byte* path, uint uid, uint gid, int flags);

    [LibraryImport("libc")]
    internal static partial uint umask(uint mask);

    [LibraryImport("libc")]
    internal static partial nint getdents64(int fd, byte* buffer, nuint size);
}
