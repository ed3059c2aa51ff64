using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>utmpx of the C library (getutxent(3), updwtmp(3)).</summary>
internal static unsafe partial class Libc
{
    /// <summary>struct utmpx on x86-64.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    internal struct LoginRecord
    {
        [FieldOffset(0)] internal short Type;
        [FieldOffset(4)] internal int Pid;
        [FieldOffset(8)] internal fixed byte Line[32];
        [FieldOffset(40)] internal fixed byte Id[4];
        [FieldOffset(44)] internal fixed byte User[32];
        [FieldOffset(76)] internal fixed byte Host[256];
        [FieldOffset(336)] internal int Session;
        [FieldOffset(340)] internal int Seconds;
        [FieldOffset(344)] internal int Microseconds;
    }

    [LibraryImport("libc")]
    internal static partial void setutxent();

    [LibraryImport("libc")]
    internal static partial void endutxent();

    [LibraryImport("libc")]
    internal static partial LoginRecord* pututxline(LoginRecord* record);

    [LibraryImport("libc")]
    internal static partial LoginRecord* getutxid(LoginRecord* wanted);

    [LibraryImport("libc")]
    internal static partial void updwtmpx(byte* file, LoginRecord* record);
}
