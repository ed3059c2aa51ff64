using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>inotify(7).</summary>
internal static unsafe partial class Libc
{
    internal const int IN_CLOEXEC = 0x80000;
    internal const int IN_NONBLOCK = 0x800;
    internal const uint IN_MODIFY = 0x2;
    internal const uint IN_MASK_ADD = 0x2000_0000;
    internal const uint IN_IGNORED = 0x8000;
    internal const uint IN_Q_OVERFLOW = 0x4000;

    /// <summary>struct inotify_event without its name.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InotifyEvent
    {
        internal int Watch;
        internal uint Mask;
        internal uint Cookie;
        internal uint NameLength;
    }

    [LibraryImport("libc")]
    internal static partial int inotify_init1(int flags);

    [LibraryImport("libc")]
    internal static partial int inotify_add_watch(int fd, byte* path, uint mask);

    [LibraryImport("libc")]
    internal static partial int inotify_rm_watch(int fd, int watch);
}
