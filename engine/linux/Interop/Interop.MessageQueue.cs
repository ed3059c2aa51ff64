using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>mq_open(3) and mq_unlink(3).</summary>
internal static unsafe partial class Libc
{
    /// <summary>struct mq_attr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct QueueAttributes
    {
        internal nint Flags;
        internal nint MaxMessages;
        internal nint MessageSize;
        internal nint Current;
        private fixed long _reserved[4];
    }

    [LibraryImport("libc")]
    internal static partial int mq_open(
        byte* name, int flags, uint mode, QueueAttributes* attributes);

    [LibraryImport("libc")]
    internal static partial int mq_unlink(byte* name);
}
